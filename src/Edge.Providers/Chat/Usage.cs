namespace Edge.Providers.Chat;

/// <summary>
/// What a provider says a request used, in tokens, kinds kept apart. Counters only ever replace what came before (a provider reports running totals).
/// -1 = not reported.
/// </summary>
public record struct Usage()
{
    /// <summary>Every input token, those read from and written to a provider's prompt cache included.</summary>
    public long Input { get; set; } = -1;

    /// <summary>Every output token, reasoning included.</summary>
    public long Output { get; set; } = -1;

    /// <summary>The part of <see cref="Input"/> that came out of the provider's prompt cache.</summary>
    public long CacheRead { get; set; } = -1;

    /// <summary>The part of <see cref="Input"/> that was written into the provider's prompt cache, all lifetimes together.</summary>
    public long CacheWrite { get; set; } = -1;

    /// <summary>The part of <see cref="CacheWrite"/> that lives for an hour (dearer than five minutes).</summary>
    public long CacheWrite1h { get; set; } = -1;

    /// <summary>The part of <see cref="Output"/> that was reasoning.</summary>
    public long Reasoning { get; set; } = -1;

    /// <summary>Audio tokens within <see cref="Input"/> and <see cref="Output"/>.</summary>
    public long AudioInput { get; set; } = -1;

    public long AudioOutput { get; set; } = -1;

    /// <summary>Image tokens within <see cref="Input"/> and <see cref="Output"/>.</summary>
    public long ImageInput { get; set; } = -1;

    public long ImageOutput { get; set; } = -1;

    /// <summary>Predicted-output tokens that were used, and that were not but are paid for.</summary>
    public long AcceptedPrediction { get; set; } = -1;

    public long RejectedPrediction { get; set; } = -1;

    /// <summary>Both together; what only one reports counts as it is.</summary>
    public readonly Usage Plus(in Usage other) => new()
    {
        Input = Sum(Input, other.Input),
        Output = Sum(Output, other.Output),
        CacheRead = Sum(CacheRead, other.CacheRead),
        CacheWrite = Sum(CacheWrite, other.CacheWrite),
        CacheWrite1h = Sum(CacheWrite1h, other.CacheWrite1h),
        Reasoning = Sum(Reasoning, other.Reasoning),
        AudioInput = Sum(AudioInput, other.AudioInput),
        AudioOutput = Sum(AudioOutput, other.AudioOutput),
        ImageInput = Sum(ImageInput, other.ImageInput),
        ImageOutput = Sum(ImageOutput, other.ImageOutput),
        AcceptedPrediction = Sum(AcceptedPrediction, other.AcceptedPrediction),
        RejectedPrediction = Sum(RejectedPrediction, other.RejectedPrediction),
    };

    private static long Sum(long one, long other) => one < 0 ? other : other < 0 ? one : one + other;

    /// <summary>At least the two main counters were reported.</summary>
    public readonly bool IsReported => Input >= 0 && Output >= 0;
}
