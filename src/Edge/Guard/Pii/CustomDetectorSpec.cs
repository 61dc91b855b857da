namespace Edge.Guard.Pii;

/// <summary>A detector as the configuration states it: literals, a regular expression, or both.</summary>
internal sealed record CustomDetectorSpec
{
    /// <summary>The entity's name, upper snake case: one of its own, or a built-in one whose detection it adds to.</summary>
    public required string Name { get; init; }

    /// <summary>Texts, found as whole words and in any case of their ASCII letters.</summary>
    public IReadOnlyList<string> Literals { get; init; } = [];

    /// <summary>A .NET regular expression that <see cref="System.Text.RegularExpressions.RegexOptions.NonBacktracking"/> supports; null or empty: none.</summary>
    public string? Regex { get; init; }

    /// <summary>Words of which one must stand near; without it a match has <see cref="Pii.Confidence.Possible"/> at most. None: no such word is needed.</summary>
    public IReadOnlyList<string> Context { get; init; } = [];

    /// <summary>One of <see cref="CustomValidators.Names"/>.</summary>
    public string Validator { get; init; } = "none";

    /// <summary>1..100, of a match.</summary>
    public int Confidence { get; init; } = Pii.Confidence.InContext;
}
