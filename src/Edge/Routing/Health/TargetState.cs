using System.Text;
using Edge.Configuration;

namespace Edge.Routing.Health;

/// <summary>How a call of a target ended, as far as its health is concerned.</summary>
public enum CallResult : byte
{
    /// <summary>The answer came, or an error that is the client's own.</summary>
    Ok,

    /// <summary>The provider failed: unreachable, time-out, 5xx, a broken answer.</summary>
    Failed,

    /// <summary>Too many requests (429, 503 or 529 with its wish to be left alone).</summary>
    Throttled,

    /// <summary>Says nothing about the target: the client left, or a loser of a hedge.</summary>
    Unknown,
}

/// <summary>
/// What the gateway has learnt of one model of one provider. Lives across reloads; used from any thread, without locks on the request path. Times are TimeProvider timestamps, spans milliseconds.
/// </summary>
public sealed class TargetState
{
    private readonly TimeProvider _time;
    private int _inFlight;
    private long _throttledUntil;
    private long _ejectedUntil;
    private long _requests;
    private long _failures;
    private volatile CallError? _lastError;

    public TargetState(ProviderState provider, string model, TimeProvider time)
    {
        Provider = provider;
        Model = model;
        _time = time;
        Breaker = new CircuitBreaker(time);
        Retries = new RetryBudget(time);
        FirstToken = new PeakEwma(time);
        InterToken = new PeakEwma(time);
        Hash = HashOf($"{provider.Name}/{model}");
    }

    public ProviderState Provider { get; }

    /// <summary>The provider's name of it.</summary>
    public string Model { get; }

    /// <summary>Of its name, for sticky choices: the same in every process.</summary>
    public ulong Hash { get; }

    public CircuitBreaker Breaker { get; }

    public RetryBudget Retries { get; }

    public HedgeBudget Hedges { get; } = new();

    /// <summary>From the request sent to the first event of a stream, or to the head of a whole answer.</summary>
    public PeakEwma FirstToken { get; }

    /// <summary>Between two tokens of a stream.</summary>
    public PeakEwma InterToken { get; }

    public LatencyQuantile FirstTokenQuantile { get; } = new();

    /// <summary>Tokens of an answer.</summary>
    public Average OutputTokens { get; } = new();

    /// <summary>Share of failures lately, 0..1.</summary>
    public Average ErrorRate { get; } = new();

    public int InFlight => Volatile.Read(ref _inFlight);

    public long Requests => Interlocked.Read(ref _requests);

    public long Failures => Interlocked.Read(ref _failures);

    public CallError? LastError => _lastError;

    /// <summary>The provider asked to be left alone until then; 0 = it did not.</summary>
    public long ThrottledUntil => Volatile.Read(ref _throttledUntil);

    /// <summary>Much worse than the others until then; 0 = no.</summary>
    public long EjectedUntil => Volatile.Read(ref _ejectedUntil);

    /// <summary>A request may be sent now as far as the target's health goes. Takes nothing: see <see cref="TryBegin"/>.</summary>
    public bool IsAvailable(long now) => Breaker.IsAvailable(now) && ThrottledUntil <= now && Provider.Takes;

    /// <summary>Neither open nor throttled nor ejected nor switched off.</summary>
    public bool IsPreferred(long now) => IsAvailable(now) && EjectedUntil <= now && Provider.IsWell;

    /// <summary>
    /// Begins a call. False = the breaker is open, and no probe is due. Each true is followed by one <see cref="End"/>.
    /// </summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="force">Begin in any case: every target is open.</param>
    /// <param name="isProbe">The breaker is half open, and the call decides about it.</param>
    public bool TryBegin(long now, bool force, out bool isProbe)
    {
        if (!Breaker.TryEnter(now, out isProbe) && !force) return false;
        Interlocked.Increment(ref _inFlight);
        Interlocked.Increment(ref _requests);
        Retries.Request(now);
        return true;
    }

    /// <summary>A call is over.</summary>
    /// <param name="result">How.</param>
    /// <param name="isProbe">As <see cref="TryBegin"/> said.</param>
    /// <param name="firstToken">Milliseconds to the first token; negative = there was none.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="error">What went wrong; null = nothing.</param>
    public void End(CallResult result, bool isProbe, double firstToken, long now, CallError? error = null)
    {
        Interlocked.Decrement(ref _inFlight);
        if (error is not null) _lastError = error;
        if (firstToken >= 0)
        {
            FirstToken.Observe(firstToken, now);
            FirstTokenQuantile.Observe(firstToken);
        }
        if (result == CallResult.Failed) Interlocked.Increment(ref _failures);
        if (result is not CallResult.Unknown) ErrorRate.Observe(result == CallResult.Failed ? 1 : 0);
        Breaker.Leave(result, isProbe, firstToken, now);
    }

    /// <summary>The provider asked to be left alone.</summary>
    public void Throttle(TimeSpan span, long now)
    {
        var until = now + (long)(span.TotalSeconds * _time.TimestampFrequency);
        if (until > ThrottledUntil) Volatile.Write(ref _throttledUntil, until);
    }

    public void Eject(TimeSpan span, long now) => Volatile.Write(ref _ejectedUntil, now + (long)(span.TotalSeconds * _time.TimestampFrequency));

    public void Configure(RoutingConfig config)
    {
        Breaker.Configure(config.Breaker);
        Retries.Configure(config.Retry);
    }

    // FNV-1a: string.GetHashCode is another in every process, and a user must meet the same target behind every copy of the gateway.
    private static ulong HashOf(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(name)) hash = (hash ^ value) * 1099511628211UL;
        return Entropy.Mix(hash);
    }
}

/// <summary>What went wrong last.</summary>
/// <param name="When">Wall clock.</param>
/// <param name="What">A failure's or error kind's name, for people; no text of a provider or client.</param>
/// <param name="Status">HTTP status; 0 = there was none.</param>
public sealed record CallError(DateTimeOffset When, string What, int Status);
