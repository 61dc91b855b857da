namespace Edge.Metering;

/// <summary>Nano-dollars (10^-9 US dollars).</summary>
/// <param name="Input">Of the input tokens, with the fees.</param>
/// <param name="Output">Of the output tokens.</param>
public readonly record struct Cost(long Input, long Output)
{
    /// <summary>What is booked.</summary>
    public long Total => Input + Output;
}
