using Edge.Guard.Pii;
using Edge.Guard.Policy;

namespace Edge.Configuration;

/// <summary>Values of the guard's sections.</summary>
internal static class GuardKinds
{
    public static readonly ScalarKind<GuardAction> Action = Kinds.OneOf(Actions());

    public static readonly ScalarKind<GuardAction?> OptionalAction = Kinds.OneOf([.. Actions().Select(pair => (pair.Word, (GuardAction?)pair.Value))]);

    /// <summary>What can be done about an answer: its placeholders would lead nowhere, so there are none.</summary>
    public static readonly ScalarKind<GuardAction> OutputAction = Kinds.OneOf(OutputActions());

    public static readonly ScalarKind<GuardAction?> OptionalOutputAction = Kinds.OneOf([.. OutputActions().Select(pair => (pair.Word, (GuardAction?)pair.Value))]);

    public static readonly ScalarKind<VerdictAction?> Verdict = Kinds.OneOf<VerdictAction?>(("off", VerdictAction.Off), ("flag", VerdictAction.Flag), ("block", VerdictAction.Block));

    public static readonly ScalarKind<ComplianceMode> Mode =
        Kinds.OneOf(("none", ComplianceMode.None), ("gdpr", ComplianceMode.Gdpr), ("hipaa", ComplianceMode.Hipaa), ("soc2", ComplianceMode.Soc2));

    /// <summary>Null = not said.</summary>
    public static readonly ScalarKind<bool?> OptionalBool = Kinds.OneOf<bool?>(("true", true), ("false", false));

    public static MapKind<GuardAction> ActionsByEntity(ScalarKind<GuardAction> action) => new("entity", action, CheckEntityForm);

    /// <summary>An entity's name: upper snake case. Null = well formed.</summary>
    public static string? CheckEntityForm(string name) =>
        name.Length is > 0 and <= 40 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name[^1] != '_' && !name.Contains("__", StringComparison.Ordinal)
            ? null
            : "is no name of an entity; allowed: letters, digits and single underscores, at most 40, a letter first";

    /// <summary>Null = built in, or declared as a custom detector.</summary>
    public static string? CheckEntity(string name, IEnumerable<string> custom)
    {
        if (PiiEntityNames.TryParse(name, out _)) return null;
        var own = custom.ToList();
        if (own.Contains(name, StringComparer.OrdinalIgnoreCase)) return null;
        var guess = Nearest.Of(name.ToUpperInvariant(), PiiEntityNames.All.Concat(own));
        return $"'{Shown.Text(name)}' is no entity{(guess is null ? "" : $"; did you mean '{guess}'?")}; allowed: an entity of docs/guard.md or a custom detector";
    }

    private static (string Word, GuardAction Value)[] Actions() =>
        [("allow", GuardAction.Allow), ("flag", GuardAction.Flag), ("mask", GuardAction.Mask), ("hash", GuardAction.Hash), ("redact", GuardAction.Redact), ("tokenize", GuardAction.Tokenize), ("block", GuardAction.Block)];

    private static (string Word, GuardAction Value)[] OutputActions() =>
        [("allow", GuardAction.Allow), ("flag", GuardAction.Flag), ("mask", GuardAction.Mask), ("redact", GuardAction.Redact), ("block", GuardAction.Block)];
}
