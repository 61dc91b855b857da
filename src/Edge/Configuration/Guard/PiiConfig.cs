using Edge.Guard.Policy;

namespace Edge.Configuration;

/// <summary>Personal data and secrets in requests, and in what the model makes up.</summary>
public sealed record PiiConfig
{
    /// <summary>Null = <c>security.pii_detection</c>, or on where a compliance mode is chosen.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Null = the compliance mode's.</summary>
    public GuardAction? Action { get; init; }

    /// <summary>By entity.</summary>
    public IReadOnlyDictionary<string, GuardAction> Actions { get; init; } = new Dictionary<string, GuardAction>();

    /// <summary>1..100: how sure a detector must be.</summary>
    public int MinConfidence { get; init; } = 50;

    /// <summary>Null = the compliance mode's.</summary>
    public GuardAction? OutputAction { get; init; }

    public IReadOnlyDictionary<string, GuardAction> OutputActions { get; init; } = new Dictionary<string, GuardAction>();

    /// <summary>By entity.</summary>
    public IReadOnlyDictionary<string, CustomDetectorConfig> Custom { get; init; } = new Dictionary<string, CustomDetectorConfig>();

    internal static ConfigSection<PiiConfig> Section { get; } = new ConfigSection<PiiConfig>(
            "guard_pii", "Personal data and secrets: what is found in a request is kept from the provider, and put back into the answer.", new())
        .Field("enabled", GuardKinds.OptionalBool, c => c.Enabled, (c, v) => c with { Enabled = v },
            "Look for them.", defaultText: "`security.pii_detection`; true with a `mode`")
        .Field("action", GuardKinds.OptionalAction, c => c.Action, (c, v) => c with { Action = v },
            "For every entity that `actions` does not name.", defaultText: "`tokenize`, or what the `mode` says")
        .Field("actions", GuardKinds.ActionsByEntity(GuardKinds.Action), c => c.Actions, (c, v) => c with { Actions = v },
            "By entity, such as `CREDIT_CARD: block`.", defaultText: "what the `mode` says; `URL` and `DATE_TIME`: allow")
        .Field("min_confidence", Kinds.Int(1, 100), c => c.MinConfidence, (c, v) => c with { MinConfidence = v },
            "How sure a detector must be: 100 = the format proves itself, 85 = words around say so, 60 = little else looks like it, 35 = a check digit fits.")
        .Field("output_action", GuardKinds.OptionalOutputAction, c => c.OutputAction, (c, v) => c with { OutputAction = v },
            "For what the model itself produces and the request did not hold.", defaultText: "`allow`, or what the `mode` says")
        .Field("output_actions", GuardKinds.ActionsByEntity(GuardKinds.OutputAction), c => c.OutputActions, (c, v) => c with { OutputActions = v }, "The same by entity.")
        .Field("custom", new SectionMapKind<CustomDetectorConfig>(CustomDetectorConfig.Section, "entity", GuardKinds.CheckEntityForm), c => c.Custom, (c, v) => c with { Custom = v },
            "Detectors of your own.");
}

/// <summary>A detector that the configuration defines.</summary>
public sealed record CustomDetectorConfig
{
    public IReadOnlyList<string> Literals { get; init; } = [];

    public string Regex { get; init; } = "";

    public IReadOnlyList<string> Context { get; init; } = [];

    public string Validator { get; init; } = "none";

    public int Confidence { get; init; } = 85;

    internal static ConfigSection<CustomDetectorConfig> Section { get; } = new ConfigSection<CustomDetectorConfig>(
            "guard_custom_detector", "An entity of your own: a list of literals, a regular expression, or both.", new())
        .Field("literals", new ListKind<string>(Kinds.NonEmptyText), c => c.Literals, (c, v) => c with { Literals = v }, "Texts, found in any case of ASCII letters.")
        .Field("regex", Kinds.Text, c => c.Regex, (c, v) => c with { Regex = v }, "A .NET regular expression without look-around and back-references; matched in linear time.")
        .Field("context", new ListKind<string>(Kinds.NonEmptyText), c => c.Context, (c, v) => c with { Context = v },
            "Words of which one must stand near it; without one it is found with confidence 35 only.")
        .Field("validator", Kinds.NonEmptyText, c => c.Validator, (c, v) => c with { Validator = v }, "What a match must pass besides: `none`, `luhn`, `iban`, `mod97`, `mod11_10`, `verhoeff`.")
        .Field("confidence", Kinds.Int(1, 100), c => c.Confidence, (c, v) => c with { Confidence = v }, "Of a match.");
}
