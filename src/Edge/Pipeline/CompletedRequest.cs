using Edge.Cache;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Providers.Chat;
using Edge.Telemetry.Tracing;
using Edge.Tenancy;

namespace Edge.Pipeline;

/// <summary>How a request ended.</summary>
public enum Outcome : byte
{
    /// <summary>Answered in full.</summary>
    Completed,

    /// <summary>The gateway refused it.</summary>
    Rejected,

    /// <summary>The provider answered with an error.</summary>
    ProviderError,

    /// <summary>The provider could not be reached, or broke off.</summary>
    UpstreamFailed,

    /// <summary>The client left before the end.</summary>
    ClientGone,

    /// <summary>Ended by the gateway's own stop.</summary>
    Stopped,

    /// <summary>A defect of the gateway.</summary>
    Failed,
}

/// <summary>What became of a stream whose provider broke off after its beginning, where another may go on with it.</summary>
public enum RecoveryResult : byte
{
    /// <summary>It did not break off, or nobody may.</summary>
    None,

    /// <summary>Another target went on with it to its end.</summary>
    Recovered,

    /// <summary>Nobody could.</summary>
    Failed,
}

/// <summary>The one record that a request leaves behind, for the workers: metrics now; audit, ledger and cache fills as they come. Times in microseconds.</summary>
public readonly record struct CompletedRequest
{
    public required string Id { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>Empty where no target was chosen.</summary>
    public required string Provider { get; init; }

    public required int Status { get; init; }

    public required Outcome Outcome { get; init; }

    public required bool Streamed { get; init; }

    /// <summary>Of all calls whose answer, or a part of it, reached the client.</summary>
    public required Usage Usage { get; init; }

    /// <summary>The provider did not report all of <see cref="Usage"/>: the rest is an estimate.</summary>
    public bool IsUsageEstimated { get; init; }

    /// <summary>Why the gateway refused or could not answer; None = it answered.</summary>
    public ErrorCode ErrorCode { get; init; }

    /// <summary>Its place in a trace, where there is one.</summary>
    public TraceContext Trace { get; init; }

    /// <summary>Nano-dollars.</summary>
    public long Cost { get; init; }

    /// <summary>False = no price is known: <see cref="Cost"/> is 0 for want of one.</summary>
    public bool IsPriced { get; init; }

    /// <summary>Who sent it; null = unknown, as of a copy.</summary>
    public Caller? Caller { get; init; }

    /// <summary>Tokens of the prompt, estimated: what each call costs at least that ended without a report.</summary>
    public long InputEstimate { get; init; }

    /// <summary>A copy of a request, whose answer nobody got.</summary>
    public bool IsShadow { get; init; }

    /// <summary>Of a stream that another provider was to go on with.</summary>
    public RecoveryResult Recovery { get; init; }

    /// <summary>The calls of providers that were made for it.</summary>
    public CompletedAttempts Attempts { get; init; }

    /// <summary>What the cache did.</summary>
    public CacheRecord Cache { get; init; }

    /// <summary>What the guard found; null = nothing.</summary>
    public GuardReport? Guard { get; init; }

    /// <summary>From the first byte of the head to the last byte of the answer.</summary>
    public required long TotalMicroseconds { get; init; }

    /// <summary>Before the request went out to the provider; 0 where it did not.</summary>
    public required long GatewayMicroseconds { get; init; }

    /// <summary>From the request sent to the response head; 0 where there was none.</summary>
    public required long UpstreamMicroseconds { get; init; }
}
