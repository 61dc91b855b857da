namespace Edge.Upstream.Simulator;

/// <summary>
/// What a request is to suffer: the directives of an <c>x-edge-simulate</c> header or of the configuration. Null and false = not asked for.
/// <see cref="SimulatorControlParser"/> reads the text form and holds the ranges.
/// </summary>
public sealed record SimulatorControl
{
    /// <summary>No directive at all.</summary>
    public static SimulatorControl None { get; } = new();

    /// <summary>An error response of this status, 400..599.</summary>
    public int? Status { get; init; }

    /// <summary>Seconds in a retry-after header, 0..86400.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Before the response head, in place of the configured first-byte delay.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Between chunks, in place of the configured delay.</summary>
    public TimeSpan? ChunkDelay { get; init; }

    /// <summary>The connection breaks after this many bytes of the body. A shorter body is complete.</summary>
    public long? CutAfter { get; init; }

    /// <summary>The connection breaks after this many events; a body that is no stream counts as one.</summary>
    public int? CutAfterEvents { get; init; }

    /// <summary>No response head, ever.</summary>
    public bool Hang { get; init; }

    /// <summary>Silence after this many bytes of the body. A shorter body is complete.</summary>
    public long? HangAfter { get; init; }

    /// <summary>Bytes in one piece of the body at most, with the chunk delay between pieces.</summary>
    public int? Drip { get; init; }

    /// <summary>After this many events an error object and the end; of a body that is no stream, an error object in its place.</summary>
    public int? ErrorEvent { get; init; }

    /// <summary>A clean end behind the last text: no finish reason, no usage, no <c>[DONE]</c>.</summary>
    public bool NoDone { get; init; }

    /// <summary>After this many events one that is broken JSON; a body that is no stream is broken itself.</summary>
    public int? Malformed { get; init; }

    /// <summary>The connection is refused.</summary>
    public bool Refuse { get; init; }

    /// <summary>The reply is this many words of lorem, whichever the model.</summary>
    public int? Tokens { get; init; }

    /// <summary>The reply, whatever the request says.</summary>
    public string? Text { get; init; }

    /// <summary>Part of the requests, 0..1, that the faults strike; null = every one. Without any fault beside it: status 503.</summary>
    public double? FaultRate { get; init; }

    /// <summary>In place of the configured seed and of the request's own.</summary>
    public long? Seed { get; init; }

    /// <summary>At least one directive that makes an answer fail, as opposed to pace and text.</summary>
    public bool HasFault => Status is not null || CutAfter is not null || CutAfterEvents is not null || Hang || HangAfter is not null
        || ErrorEvent is not null || NoDone || Malformed is not null || Refuse;

    /// <summary>The same pace and text, but nothing fails.</summary>
    public SimulatorControl WithoutFaults() => this with
    {
        Status = null,
        RetryAfter = null,
        CutAfter = null,
        CutAfterEvents = null,
        Hang = false,
        HangAfter = null,
        ErrorEvent = null,
        NoDone = false,
        Malformed = null,
        Refuse = false,
    };

    /// <summary>What holds for one request: <see cref="FaultRate"/> decided by a coin that knows nothing but the seed and the request's number.</summary>
    internal SimulatorControl Decide(ulong seed, long requestNumber)
    {
        if (FaultRate is not { } rate) return this;
        // 53 bits: what a double holds exactly, so that a rate of 1 strikes always and a rate of 0 never.
        var coin = (SimulatorHash.Mix(seed ^ SimulatorHash.Mix((ulong)requestNumber)) >> 11) * (1.0 / (1L << 53));
        if (coin >= rate) return WithoutFaults();
        return HasFault ? this : this with { Status = 503 };
    }
}
