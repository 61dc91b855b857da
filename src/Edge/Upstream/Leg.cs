using Edge.Model;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Wire;
using Edge.Routing.Health;

namespace Edge.Upstream;

/// <summary>
/// One call of a provider for a request: where it goes, what is sent, what came. A request has one at a time, two while it is hedged. Pooled with its context.
/// </summary>
public sealed class Leg : IDisposable
{
    private CancellationTokenSource? _cancel;
    private CancellationTokenRegistration _clientGone;
    private CancellationTokenRegistration _deadline;
    private bool _isBegun;
    private bool _isProbe;
    private bool _hasPlace;
    private long _begunAt;

    public ModelRoute Route { get; set; } = null!;

    /// <summary>The dialect that is spoken to the provider.</summary>
    public Dialect Wire { get; set; }

    /// <summary>The client's changes on the way to the target.</summary>
    public EditList Edits { get; } = new();

    public UpstreamRequest Request { get; } = new();

    /// <summary>The request body, then the answer, in another dialect than it came.</summary>
    public PooledBuffer Translated { get; } = new();

    public UpstreamResponse? Response { get; set; }

    /// <summary>Which of the target's keys it uses.</summary>
    public int CredentialKey { get; set; }

    /// <summary>Names of fields that the provider has no counterpart for, for a response header; null = none.</summary>
    public string? DroppedFields { get; set; }

    /// <summary>TimeProvider timestamps; 0 = not reached.</summary>
    public long SentAt { get; set; }

    public long HeadAt { get; set; }

    /// <summary>Which of its request's calls it is, from 0.</summary>
    public int Number { get; set; }

    /// <summary>The answer is asked for as a stream.</summary>
    public bool IsStream { get; set; }

    /// <summary>The client took its answer more slowly than the provider gave it.</summary>
    public bool WasHeldUp { get; set; }

    /// <summary>The first piece of a stream where it was read to see who is faster; null = it was not.</summary>
    public UpstreamRead? FirstRead { get; set; }

    /// <summary>When the first event of a stream, or the head of a whole answer, was there.</summary>
    public long FirstTokenAt { get; set; }

    /// <summary>The header line that makes this call the provider's parent.</summary>
    public ReadOnlyMemory<byte> TraceLine(in Telemetry.Tracing.TraceContext trace)
    {
        if (_traceLine is null)
        {
            _traceLine = new byte[13 + Telemetry.Tracing.TraceContext.ParentLength + 2];
            "traceparent: "u8.CopyTo(_traceLine);
            "\r\n"u8.CopyTo(_traceLine.AsSpan(_traceLine.Length - 2));
        }
        trace.WriteParent(Number, _traceLine.AsSpan(13));
        return _traceLine;
    }

    private byte[]? _traceLine;

    /// <summary>Counts as a call of its target from here on. False = the breaker does not let it through.</summary>
    /// <param name="route">The target.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="force">In any case.</param>
    public bool TryBegin(ModelRoute route, long now, bool force)
    {
        if (!route.State.TryBegin(now, force, out _isProbe)) return false;
        Route = route;
        _begunAt = now;
        return _isBegun = true;
    }

    /// <summary>A call of its target is under way.</summary>
    public bool IsBegun => _isBegun;

    /// <summary>It holds one of the provider's places.</summary>
    public void TakePlace() => _hasPlace = true;

    /// <summary>Tells the target how the call ended, once.</summary>
    /// <param name="result">How.</param>
    /// <param name="time">The clock.</param>
    /// <param name="error">What went wrong; null = nothing.</param>
    public void Settle(CallResult result, TimeProvider time, CallError? error = null)
    {
        if (!_isBegun) return;
        _isBegun = false;
        if (_hasPlace) Route.State.Provider.Gate.Leave(result);
        _hasPlace = false;
        var first = FirstTokenAt > 0 && SentAt > 0 ? time.GetElapsedTime(SentAt, FirstTokenAt).TotalMilliseconds : -1;
        Route.State.End(result, _isProbe, first, time.GetTimestamp(), error, isWhole: !IsStream, began: _begunAt);
    }

    /// <summary>
    /// What ends the exchange with the provider: the client left, or the gateway's time to stop is over. One source per leg, used again until it has fired, so that the
    /// usual request makes none.
    /// </summary>
    public CancellationToken BeginExchange(CancellationToken clientGone, CancellationToken deadline)
    {
        _cancel ??= new CancellationTokenSource();
        _clientGone = clientGone.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _cancel);
        _deadline = deadline.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _cancel);
        return _cancel.Token;
    }

    /// <summary>From now on neither of the two ends the exchange by itself.</summary>
    public void EndExchange()
    {
        _clientGone.Dispose();
        _deadline.Dispose();
        _clientGone = _deadline = default;
        if (_cancel is not { IsCancellationRequested: true }) return;
        _cancel.Dispose();
        _cancel = null;
    }

    /// <summary>Ends the exchange: its loser's, in a hedge.</summary>
    public void Cancel() => _cancel?.Cancel();

    /// <summary>Gives back what only the way to the provider needs.</summary>
    public void ReleaseRequest()
    {
        Edits.Clear();
        Request.Clear();
        Translated.Clear();
    }

    /// <summary>The exchange is over: nothing of it stays.</summary>
    public void Clear()
    {
        ReleaseRequest();
        Response?.Dispose();
        Response = null;
        EndExchange();
        Route = null!;
        DroppedFields = null;
        FirstRead = null;
        IsStream = WasHeldUp = false;
        CredentialKey = Number = 0;
        SentAt = HeadAt = FirstTokenAt = 0;
    }

    public void Dispose()
    {
        EndExchange();
        _cancel?.Dispose();
        Translated.Dispose();
    }
}
