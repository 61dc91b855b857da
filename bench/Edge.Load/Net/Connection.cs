namespace Edge.Load.Net;

/// <summary>A stream socket in a loop, with room for what the kernel did not take at once.</summary>
internal abstract class Connection(EventLoop loop) : LoopHandler
{
    // A peer that reads nothing must not fill this process's memory.
    private const int MaxPending = 32 * 1024 * 1024;

    private byte[] _pending = [];
    private int _pendingStart;
    private int _pendingEnd;
    private bool _wantsWrite;

    protected EventLoop Loop { get; } = loop;

    protected int Fd { get; private set; } = -1;

    public bool IsOpen => Fd >= 0;

    /// <summary>Something is still to be sent.</summary>
    protected bool HasPending => _pendingEnd > _pendingStart;

    protected void Attach(int fd, bool connecting)
    {
        Fd = fd;
        _wantsWrite = connecting;
        Loop.Add(this, fd, connecting);
    }

    public void Close()
    {
        if (Fd < 0)
            return;
        Loop.Close(this, Fd);
        Fd = -1;
        _pendingStart = _pendingEnd = 0;
        _wantsWrite = false;
    }

    /// <summary>Sends, or keeps, all of <paramref name="data"/>, in order.</summary>
    /// <returns>False when the peer is gone; the connection is then still to be closed by the caller.</returns>
    protected bool Send(ReadOnlySpan<byte> data)
    {
        if (_pendingEnd == _pendingStart)
        {
            var sent = EventLoop.Send(Fd, data);
            if (sent < 0)
                return false;
            if (sent == data.Length)
                return true;
            data = data[sent..];
        }
        if (_pendingEnd - _pendingStart + data.Length > MaxPending)
            return false;
        Keep(data);
        WantWrite(true);
        return true;
    }

    /// <summary>Sends what was kept; call it when the socket is writable.</summary>
    protected bool Flush()
    {
        if (_pendingEnd > _pendingStart)
        {
            var sent = EventLoop.Send(Fd, _pending.AsSpan(_pendingStart.._pendingEnd));
            if (sent < 0)
                return false;
            _pendingStart += sent;
        }
        if (_pendingStart == _pendingEnd)
        {
            _pendingStart = _pendingEnd = 0;
            WantWrite(false);
        }
        return true;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (_pendingEnd + data.Length > _pending.Length)
        {
            var kept = _pending.AsSpan(_pendingStart.._pendingEnd);
            var room = kept.Length + data.Length <= _pending.Length ? _pending : new byte[Math.Max(4096, (kept.Length + data.Length) * 2)];
            kept.CopyTo(room);
            (_pending, _pendingStart, _pendingEnd) = (room, 0, kept.Length);
        }
        data.CopyTo(_pending.AsSpan(_pendingEnd));
        _pendingEnd += data.Length;
    }

    private void WantWrite(bool wants)
    {
        if (_wantsWrite == wants)
            return;
        _wantsWrite = wants;
        Loop.Modify(this, Fd, wants);
    }
}
