using Edge.Guard.Content;
using Edge.Guard.Pii;
using Edge.Guard.Policy;

namespace Edge.Guard.Restore;

/// <summary>What is done about personal data, secrets and content that a model produced by itself. Immutable.</summary>
internal sealed record OutputPolicy
{
    /// <summary>By <see cref="PiiEntity"/>, custom ones included: 256 of them. Tokenize and Hash act as Redact: an answer is not put back.</summary>
    public required GuardAction[] Actions { get; init; }

    /// <summary>1..100: below it nothing is done.</summary>
    public required byte MinConfidence { get; init; }

    /// <summary>The name of an entity in errors.</summary>
    public required Func<PiiEntity, string> NameOf { get; init; }

    public CustomDetectors? Custom { get; init; }

    /// <summary>Null = content is not looked at.</summary>
    public ContentFilter? Content { get; init; }

    /// <summary>By category of the filter.</summary>
    public VerdictAction[] ContentActions { get; init; } = [];

    /// <summary>Some entity is looked for.</summary>
    public bool Detects => Actions.AsSpan().IndexOfAnyExcept(GuardAction.Allow) >= 0;

    /// <summary>Some action must see a value whole before the client gets its first byte.</summary>
    public bool Holds => Actions.AsSpan().IndexOfAnyExcept(GuardAction.Allow, GuardAction.Flag) >= 0;

    /// <summary>An expression of the configuration is looked for, and what it finds changes an answer or ends it.</summary>
    public bool CustomActs => Custom is { } custom && custom.Expressed.Any(entity => Actions[(int)entity] is not (GuardAction.Allow or GuardAction.Flag));

    /// <summary>Some action changes an answer or ends it.</summary>
    public bool Acts => Holds || ContentActions.AsSpan().Contains(VerdictAction.Block);
}
