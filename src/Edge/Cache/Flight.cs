using Edge.Model;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;

namespace Edge.Cache;

/// <summary>Why an answer broke off that others were waiting for.</summary>
internal sealed record FlightFailure(ErrorCode Code, string? Field, string? Message, ProviderError? Error, ModelRoute? Route, Outcome Outcome)
{
    /// <summary>Whoever asks again gets the same answer: the request is to blame, or the gateway's configuration.</summary>
    public bool IsCertain => Error is { } error ? error.Side != ErrorSide.Provider : Code != ErrorCode.SafetyViolation && ErrorTexts.Of(Code).Status is >= 400 and < 500;
}

/// <summary>
/// A call of a provider whose answer others may have too, as it comes. The first request makes it and is its leader; the call goes on for as long as anybody of them is there.
/// </summary>
internal sealed class Flight : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _abandoned = new();
    private CancellationTokenRegistration _leader;
    private bool _isLeaderGone, _isOver, _isDisposed;
    private int _followers;
    private volatile ModelRoute? _route;

    public Flight(CacheKey key, bool isStream, bool isShared, long limit)
    {
        Key = key;
        IsStream = isStream;
        IsShared = isShared;
        Log = new AnswerLog(limit);
        Abandoned = _abandoned.Token;
    }

    public CacheKey Key { get; }

    /// <summary>The leader's answer is a stream.</summary>
    public bool IsStream { get; }

    /// <summary>Others may join.</summary>
    public bool IsShared { get; }

    public AnswerLog Log { get; }

    /// <summary>Fires when nobody is left who wants the answer.</summary>
    public CancellationToken Abandoned { get; }

    public bool HasFollowers
    {
        get
        {
            lock (_lock) return _followers > 0;
        }
    }

    /// <summary>Where the answer comes from; null until it begins.</summary>
    public ModelRoute? Route => _route;

    /// <summary>The dialect that it comes in; with <see cref="Route"/>.</summary>
    public Dialect Wire { get; private set; }

    /// <summary>What the provider reported; once it is complete.</summary>
    public Usage Usage { get; set; } = new();

    /// <summary>Set before the log is closed as failed.</summary>
    public FlightFailure? Failure { get; private set; }

    /// <summary>The answer begins.</summary>
    public void Begin(ModelRoute? route, Dialect wire)
    {
        if (_route is not null) return;
        Wire = wire;
        _route = route;
    }

    /// <summary>Watches for the leader to leave.</summary>
    public void Lead(CancellationToken clientGone) => _leader = clientGone.UnsafeRegister(static flight => ((Flight)flight!).LeaderLeft(), this);

    /// <summary>False = it is over, abandoned, or longer than what is kept of it.</summary>
    public bool TryJoin(AnswerReader reader)
    {
        lock (_lock)
        {
            if (!IsShared || _isOver || _abandoned.IsCancellationRequested || !Log.TryFollow(reader)) return false;
            _followers++;
            return true;
        }
    }

    public void Leave(AnswerReader reader)
    {
        bool isAbandoned;
        lock (_lock)
        {
            Log.Leave(reader);
            isAbandoned = --_followers == 0 && _isLeaderGone && !_isOver;
        }
        if (isAbandoned) Abandon();
    }

    /// <summary>The leader's request is over: so is the answer, whole or not.</summary>
    public void Land(FlightFailure? failure)
    {
        // Not Dispose, which would wait for what the leader's leaving has set off.
        _leader.Unregister();
        lock (_lock) _isOver = true;
        Failure = failure;
        if (Log.End == AnswerEnd.None) Log.Close(failure is null ? AnswerEnd.Complete : AnswerEnd.Failed);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _abandoned.Dispose();
        }
    }

    private void LeaderLeft()
    {
        lock (_lock)
        {
            _isLeaderGone = true;
            if (_followers > 0) return;
        }
        Abandon();
    }

    // Not under the lock: what it ends runs here.
    private void Abandon()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
        }
        try
        {
            _abandoned.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Landed in this very moment.
        }
    }
}
