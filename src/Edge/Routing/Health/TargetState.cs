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
    // The share of failures of a target that nobody calls halves in this time: it may have healed.
    private const double ForgetErrors = 60;

    // A day: the sum must not overflow within the life of a process.
    private const double MostFirstToken = 86_400_000;

    private readonly TimeProvider _time;
    private readonly double _secondsPerTick;
    private int _inFlight;
    private long _throttledUntil;
    private long _ejectedUntil;
    private long _lastBegin;
    private long _lastEnd;
    private long _judged;
    private long _firstTokens;
    private long _firstTokenSum;
    private long _wholeAnswers;
    private long _wholeAnswerSum;
    private long _requests;
    private long _failures;
    private volatile CallError? _lastError;

    public TargetState(ProviderState provider, string model, TimeProvider time)
    {
        Provider = provider;
        Model = model;
        _time = time;
        _secondsPerTick = 1.0 / time.TimestampFrequency;
        WholeAnswer = new PeakEwma(time);
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

    /// <summary>From the request sent to the first event of a stream.</summary>
    public PeakEwma FirstToken { get; }

    /// <summary>From the request sent to the head of an answer that is not streamed, which comes when all of it is generated.</summary>
    public PeakEwma WholeAnswer { get; }

    /// <summary>Between two tokens of a stream.</summary>
    public PeakEwma InterToken { get; }

    public LatencyQuantile FirstTokenQuantile { get; } = new();

    /// <summary>Of <see cref="WholeAnswer"/>.</summary>
    public LatencyQuantile WholeAnswerQuantile { get; } = new();

    /// <summary>Tokens of an answer: over some two hundred of them, since their lengths differ as much as prompts do.</summary>
    public Average OutputTokens { get; } = new(0.01);

    /// <summary>Share of failures of the last calls, 0..1; 0 before the first, so that one failure is a tenth and not all.</summary>
    public Average ErrorRate { get; } = new(0.1, 0);

    /// <summary><see cref="ErrorRate"/>, less the longer nobody has called the target. 0..1.</summary>
    public double RecentErrors(long now)
    {
        var rate = ErrorRate.Value;
        return rate == 0 ? 0 : rate / (1 + (Math.Max(0, now - Volatile.Read(ref _lastEnd)) * _secondsPerTick / ForgetErrors));
    }

    /// <summary>When the last call began; 0 = there was none.</summary>
    public long LastBegin => Volatile.Read(ref _lastBegin);

    /// <summary>Since the last call began; infinite = there was none.</summary>
    public double SecondsSinceBegin(long now) => LastBegin is var last && last == 0 ? double.PositiveInfinity : Math.Max(0, now - last) * _secondsPerTick;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Calls that were under way when calls ended well, lately: the load that the measured times belong to.</summary>
    public Average UsualInFlight { get; } = new(0.05, 0);

    public long Requests => Interlocked.Read(ref _requests);

    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Calls since the start that went well or failed: what <see cref="Failures"/> is a part of.</summary>
    public long Judged => Interlocked.Read(ref _judged);

    /// <summary>Streams since the start whose first token came.</summary>
    public long FirstTokens => Interlocked.Read(ref _firstTokens);

    /// <summary>Microseconds to the first token of all of them.</summary>
    public long FirstTokenSum => Interlocked.Read(ref _firstTokenSum);

    /// <summary>Answers since the start that were not streamed.</summary>
    public long WholeAnswers => Interlocked.Read(ref _wholeAnswers);

    /// <summary>Microseconds to the head of all of them.</summary>
    public long WholeAnswerSum => Interlocked.Read(ref _wholeAnswerSum);

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
    /// <param name="isProbe">The breaker is open or half open, and the call decides about it.</param>
    public bool TryBegin(long now, bool force, out bool isProbe)
    {
        if (!Breaker.TryEnter(now, out isProbe))
        {
            if (!force) return false;
            isProbe = Breaker.EnterForced(now);
        }
        Interlocked.Increment(ref _inFlight);
        Interlocked.Increment(ref _requests);
        Volatile.Write(ref _lastBegin, now);
        Retries.Request(now);
        return true;
    }

    /// <summary>A call is over.</summary>
    /// <param name="result">How.</param>
    /// <param name="isProbe">As <see cref="TryBegin"/> said.</param>
    /// <param name="firstToken">Milliseconds to the first token; negative = there was none.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="error">What went wrong; null = nothing.</param>
    /// <param name="isWhole">The answer was not streamed: <paramref name="firstToken"/> is the time to its head, which is another thing than the first token of a stream.</param>
    /// <param name="began">As <see cref="TryBegin"/> was told; one from before an outage is not counted against the target after it. The default counts.</param>
    public void End(CallResult result, bool isProbe, double firstToken, long now, CallError? error = null, bool isWhole = false, long began = long.MaxValue)
    {
        var left = Interlocked.Decrement(ref _inFlight);
        if (result == CallResult.Ok) UsualInFlight.Observe(left);
        Volatile.Write(ref _lastEnd, now);
        if (error is not null) _lastError = error;
        var measured = isWhole ? WholeAnswer : FirstToken;
        // What was cancelled would have taken at least so long: the loser of a hedge that had hardly begun is not fast for that.
        if (result == CallResult.Unknown ? firstToken >= measured.Value : result == CallResult.Ok && firstToken >= 0)
        {
            measured.Observe(firstToken, now);
            (isWhole ? WholeAnswerQuantile : FirstTokenQuantile).Observe(firstToken);
            var micro = (long)(Math.Min(firstToken, MostFirstToken) * 1000);
            Interlocked.Add(ref isWhole ? ref _wholeAnswerSum : ref _firstTokenSum, micro);
            Interlocked.Increment(ref isWhole ? ref _wholeAnswers : ref _firstTokens);
        }
        if (result is CallResult.Ok or CallResult.Failed) Interlocked.Increment(ref _judged);
        if (result == CallResult.Failed) Interlocked.Increment(ref _failures);
        if (result is CallResult.Ok or CallResult.Failed) ErrorRate.Observe(result == CallResult.Failed ? 1 : 0);
        Breaker.Leave(result, isProbe, firstToken, now, began);
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
