using Edge.Cache.Semantic.Gate;

namespace Edge.Cache.Semantic;

/// <summary>What came of a look-up. The names are labels of metrics: they are added to, never renamed.</summary>
internal enum SemanticOutcome
{
    /// <summary>An entry answers the prompt.</summary>
    Hit,

    /// <summary>Nothing in the scope is near enough.</summary>
    Miss,

    /// <summary>Something is near enough, and the gate refused it: <see cref="SemanticResult.Reason"/> says why.</summary>
    Refused,

    /// <summary>The prompt is of a kind that is not looked up: <see cref="SemanticResult.Reason"/> says which.</summary>
    Bypassed,

    /// <summary>Skipped: too many wait already, or the deadline passed before its turn.</summary>
    Busy,

    /// <summary>The model is not loaded, or cannot be.</summary>
    Unavailable,
}

/// <summary>A prompt that was embedded, kept so that its answer can be added without doing it again.</summary>
internal sealed record PreparedPrompt(string Text, PromptForm Form, float[] Vector);

/// <summary>What came of a look-up.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Entry">The entry of a hit; of a refusal the one refused, for a log or a shadow comparison.</param>
/// <param name="Similarity">Its cosine, 0..1.</param>
/// <param name="Reason">Why it was refused or bypassed.</param>
/// <param name="Prompt">Where it was embedded: for <see cref="SemanticLookup.TryAdd(UInt128, PreparedPrompt, ulong)"/> once its answer is there.</param>
internal readonly record struct SemanticResult(SemanticOutcome Outcome, ulong Entry = 0, float Similarity = 0, GateReason Reason = GateReason.None, PreparedPrompt? Prompt = null)
{
    public bool IsHit => Outcome == SemanticOutcome.Hit;
}
