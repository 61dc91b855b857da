using System.Buffers;
using System.IO.Pipelines;
using Edge.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Upstream;

/// <summary>
/// Where a stream's events are written. Until the head is sent they are held: a provider whose first event is an error gets its honest status that way, and the
/// server's writer has no memory to give before the head.
/// </summary>
public sealed class StreamOutput : IBufferWriter<byte>, IDisposable
{
    private readonly PooledBuffer _held = new();
    private PipeWriter? _writer;
    private StreamKeeper? _keeper;
    private long _silence;
    private long _restsSince;
    private int _turn;
    private long _waitsSince;
    private IHttpRequestLifetimeFeature? _slow;
    private TaskCompletionSource? _kept;
    private bool _isHolding;
    private int _end;

    // Whose turn it is to write: the pump's, nobody's (the pump waits for the provider), the keeper's.
    private const int Busy = 0;
    private const int Resting = 1;
    private const int Keeping = 2;

    internal StreamOutput? Next { get; set; }

    internal StreamOutput? Previous { get; set; }

    public bool IsStarted => _writer is not null;

    /// <summary>The client's connection broke while something was being written: nothing that is written now arrives.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Bytes written since Begin, held ones included.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes that the server has not been told to send yet.</summary>
    public long Unflushed => _writer is null ? 0 : _writer.CanGetUnflushedBytes ? _writer.UnflushedBytes : Length > 0 ? 1 : 0;

    /// <summary>Until <see cref="Release"/> nothing that is written can reach the client.</summary>
    public void Hold() => _isHolding = true;

    /// <summary>What is written from here on is the stream's end, which may be dropped again.</summary>
    /// <param name="at">A value of <see cref="Length"/> since <see cref="Hold"/>.</param>
    public void MarkEnd(long at) => _end = (int)(at - (Length - _held.Length));

    /// <summary>All that is written from now on is the stream's end, and held.</summary>
    public void HoldEnd()
    {
        Hold();
        MarkEnd(Length);
    }

    /// <summary>The end must not go out.</summary>
    public void DropEnd() => _held.Replace(_end, _held.Length - _end, []);

    /// <summary>What was held may go.</summary>
    public void Release()
    {
        _isHolding = false;
        if (IsGone) _held.Clear();
        else if (_writer is not null) Start(_writer);
    }

    public void Begin()
    {
        _isHolding = false;
        _keeper?.Remove(this);
        _keeper = null;
        _slow = null;
        _held.Clear();
        _writer = null;
        IsGone = false;
        Length = 0;
    }

    /// <summary>Nobody reads any more what is written.</summary>
    public void Discard() => IsGone = true;

    /// <summary>The head is written: what was held goes first.</summary>
    public void Start(PipeWriter writer)
    {
        _writer = writer;
        // Not by the library's Write, which throws where a connection that has just been aborted has no memory to give.
        for (var rest = _held.Span; !rest.IsEmpty;)
        {
            var span = writer.GetSpan();
            if (span.IsEmpty)
            {
                IsGone = true;
                break;
            }
            var count = Math.Min(span.Length, rest.Length);
            rest[..count].CopyTo(span);
            writer.Advance(count);
            rest = rest[count..];
        }
        _held.Clear();
    }

    /// <summary>From now on a comment goes out whenever the stream has been silent for that long.</summary>
    /// <param name="keeper">Writes it.</param>
    /// <param name="silence">In timestamps.</param>
    public void BeginKeeping(StreamKeeper keeper, long silence)
    {
        _silence = silence;
        _turn = Busy;
        _keeper = keeper;
        keeper.Add(this);
    }

    /// <summary>The pump waits for the provider: the keeper may write meanwhile.</summary>
    public void Rest(long now)
    {
        if (_keeper is null) return;
        _restsSince = now;
        Volatile.Write(ref _turn, Resting);
    }

    /// <summary>The pump writes again. False = the keeper is writing: <see cref="WakeAsync"/> first.</summary>
    public bool TryWake() => _keeper is null || Interlocked.CompareExchange(ref _turn, Busy, Resting) != Keeping;

    /// <summary>Waits until the keeper has written.</summary>
    public async ValueTask WakeAsync()
    {
        while (!TryWake()) await Volatile.Read(ref _kept)!.Task;
    }

    /// <summary>The client takes nothing for now; null = it does again.</summary>
    public void Wait(IHttpRequestLifetimeFeature? client)
    {
        Volatile.Write(ref _waitsSince, 0);
        Volatile.Write(ref _slow, client);
    }

    /// <summary>Cuts a client off that has taken nothing for so long.</summary>
    internal void Drop(long now, long limit)
    {
        if (Volatile.Read(ref _slow) is not { } client) return;
        var since = Volatile.Read(ref _waitsSince);
        // The clock is the keeper's: the pump has none at hand.
        if (since == 0) Volatile.Write(ref _waitsSince, now);
        else if (limit > 0 && now - since >= limit) client.Abort();
    }

    internal bool IsSilentSince(long now) => _silence > 0 && Volatile.Read(ref _turn) == Resting && now - _restsSince >= _silence;

    internal void KeepAlive(long now)
    {
        var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _kept, kept);
        if (Interlocked.CompareExchange(ref _turn, Keeping, Resting) != Resting) return;
        _restsSince = now;
        _ = KeepAliveAsync(kept);
    }

    private async Task KeepAliveAsync(TaskCompletionSource kept)
    {
        try
        {
            var comment = ": keep-alive\n\n"u8;
            // Ours, whatever becomes of the stream meanwhile.
            if (_writer is { } writer && writer.GetSpan(comment.Length) is { IsEmpty: false } span)
            {
                comment.CopyTo(span);
                writer.Advance(comment.Length);
                await writer.FlushAsync();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The client is gone; the pump finds out by itself.
        }
        finally
        {
            Volatile.Write(ref _turn, Resting);
            kept.SetResult();
        }
    }

    public void Dispose() => _held.Dispose();

    public void Advance(int count)
    {
        Length += count;
        if (_writer is null || _isHolding) _held.Advance(count);
        // Into memory of our own that nobody reads.
        else if (!IsGone) _writer.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_writer is null || _isHolding || IsGone) return _held.GetMemory(sizeHint);
        var memory = _writer.GetMemory(sizeHint);
        return memory.Length >= Math.Max(sizeHint, 1) ? memory : Gone(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_writer is null || _isHolding || IsGone) return _held.GetSpan(sizeHint);
        var span = _writer.GetSpan(sizeHint);
        return span.Length >= Math.Max(sizeHint, 1) ? span : Gone(sizeHint).Span;
    }

    // The server's writer has no memory left to give once the connection is aborted, which may be in the midst of an event.
    private Memory<byte> Gone(int sizeHint)
    {
        IsGone = true;
        return _held.GetMemory(sizeHint);
    }
}
