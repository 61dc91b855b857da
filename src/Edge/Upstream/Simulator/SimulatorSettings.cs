namespace Edge.Upstream.Simulator;

/// <summary>How one simulator provider answers. Immutable.</summary>
public sealed record SimulatorSettings
{
    /// <summary>Of ids, of lorem's words and of <see cref="SimulatorControl.FaultRate"/>; a request's own <c>seed</c> comes before it, but for the fault rate.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens of text in one event of a stream, 1..10000.</summary>
    public int ChunkTokens { get; init; } = 1;

    /// <summary>From the request to the response head, 0..1 day.</summary>
    public TimeSpan FirstByteDelay { get; init; }

    /// <summary>Between two chunks of text of a stream, 0..1 day. The n-th chunk is due n delays after the head, however fast it is read.</summary>
    public TimeSpan ChunkDelay { get; init; }

    /// <summary>Said in place of the default reply. The models <c>echo</c> and <c>lorem</c> keep their own texts.</summary>
    public string? Reply { get; init; }

    /// <summary>Whether a client's <c>x-edge-simulate</c> header counts; else it is ignored.</summary>
    public bool AllowRequestControl { get; init; }

    /// <summary>In force for every request; a request's own directives come on top.</summary>
    public SimulatorControl Faults { get; init; } = SimulatorControl.None;
}
