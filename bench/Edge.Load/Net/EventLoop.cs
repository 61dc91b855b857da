using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Load.Net;

/// <summary>Something that owns a descriptor or a timer in an <see cref="EventLoop"/>.</summary>
internal abstract class LoopHandler
{
    /// <summary>The slot in the loop, or -1 when not registered.</summary>
    internal int Slot = -1;

    public abstract void OnReady(bool readable, bool writable);

    /// <param name="tag">What was given to <see cref="EventLoop.Schedule"/>; a handler compares it to tell a timer that outlived its purpose.</param>
    public virtual void OnTimer(int tag)
    {
    }
}

/// <summary>
/// One thread, one level-triggered epoll, one heap of timers. Times are <see cref="Stopwatch"/> ticks, which are nanoseconds on Linux.
/// </summary>
internal sealed unsafe class EventLoop : IDisposable
{
    private const int MaxEvents = 512;
    private const int ReceiveBytes = 64 * 1024;

    // struct epoll_event is packed on x86-64 alone (man 2 epoll_ctl): 12 bytes with the data at 4, elsewhere 16 with the data at 8.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    private readonly int _epoll;
    private readonly byte* _events;
    private readonly byte* _receive;
    private readonly List<LoopHandler?> _handlers = [];
    private readonly Stack<int> _freeSlots = new();
    private readonly Stack<int> _freedInThisRound = new();
    private readonly PriorityQueue<(LoopHandler Handler, int Tag), long> _timers = new();
    private bool _preciseWait = true;
    private volatile bool _stopped;
    private long _lastTimers;

    public EventLoop()
    {
        _epoll = Libc.EpollCreate(Libc.EpollCloExec);
        if (_epoll < 0)
            throw new IOException($"epoll_create1: errno {Marshal.GetLastPInvokeError()}");
        _events = (byte*)NativeMemory.AllocZeroed((nuint)(MaxEvents * EventSize));
        _receive = (byte*)NativeMemory.AllocZeroed(ReceiveBytes);
    }

    /// <summary>
    /// The least time between two rounds of timers, nanoseconds. Thousands of streams that tick at their own phases would otherwise wake
    /// the process for each event; a network card that coalesces interrupts spreads arrivals about as coarsely.
    /// </summary>
    public long TimerQuantum { get; init; }

    public static long Now => Stopwatch.GetTimestamp();

    public static long Nanoseconds(double milliseconds) => (long)(milliseconds * 1_000_000);

    public void Add(LoopHandler handler, int fd, bool writable = false)
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _handlers.Count;
            _handlers.Add(null);
        }
        _handlers[slot] = handler;
        handler.Slot = slot;
        Control(Libc.EpollAdd, fd, slot, writable);
    }

    public void Modify(LoopHandler handler, int fd, bool writable) => Control(Libc.EpollMod, fd, handler.Slot, writable);

    /// <summary>Forgets the handler and closes its descriptor.</summary>
    public void Close(LoopHandler handler, int fd)
    {
        if (handler.Slot >= 0)
        {
            _handlers[handler.Slot] = null;
            // Not reusable before the next wait: an event for the old owner may still stand in this round's list.
            _freedInThisRound.Push(handler.Slot);
            handler.Slot = -1;
        }
        _ = Libc.Close(fd);
    }

    public void Schedule(LoopHandler handler, long at, int tag = 0) => _timers.Enqueue((handler, tag), at);

    /// <summary>Asks the loop to end; any thread may call it, and the loop notices within 100 ms.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Reads what is there into the loop's one buffer, valid until the next call.</summary>
    /// <returns>The bytes; <paramref name="closed"/> tells an end of stream or a reset from "nothing yet".</returns>
    public ReadOnlySpan<byte> Receive(int fd, out bool closed, out bool more)
    {
        var n = Libc.Recv(fd, _receive, ReceiveBytes, 0);
        closed = n == 0 || (n < 0 && Marshal.GetLastPInvokeError() is not (Libc.EAgain or Libc.EIntr));
        more = n == ReceiveBytes;
        return new ReadOnlySpan<byte>(_receive, (int)Math.Max(n, 0));
    }

    /// <summary>Sends what the kernel takes now.</summary>
    /// <returns>Bytes taken, 0 when the socket is full, -1 when it is broken.</returns>
    public static int Send(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data)
        {
            var n = Libc.Send(fd, p, data.Length, Libc.MsgNoSignal);
            if (n >= 0)
                return (int)n;
            return Marshal.GetLastPInvokeError() is Libc.EAgain or Libc.EIntr ? 0 : -1;
        }
    }

    public void Run()
    {
        // The default slack of 50 us would be added to every intended send time.
        _ = Libc.Prctl(Libc.PrSetTimerSlack, 1);
        while (!_stopped)
        {
            var ready = Wait();
            for (var i = 0; i < ready; i++)
            {
                var flags = Unsafe.ReadUnaligned<int>(_events + (i * EventSize));
                var slot = Unsafe.ReadUnaligned<int>(_events + (i * EventSize) + DataOffset);
                // A hang-up is delivered as readable: the read that follows tells which kind it is.
                _handlers[slot]?.OnReady((flags & (Libc.EpollIn | Libc.EpollErr | Libc.EpollHup)) != 0, (flags & Libc.EpollOut) != 0);
            }
            while (_freedInThisRound.TryPop(out var freed))
                _freeSlots.Push(freed);
            FireTimers();
        }
    }

    public void Dispose()
    {
        _ = Libc.Close(_epoll);
        NativeMemory.Free(_events);
        NativeMemory.Free(_receive);
    }

    private void FireTimers()
    {
        if (!_timers.TryPeek(out _, out var next))
            return;
        var now = Now;
        if (next > now || (TimerQuantum > 0 && now - _lastTimers < TimerQuantum))
            return;
        _lastTimers = now;
        while (_timers.TryPeek(out var timer, out next) && next <= now)
        {
            _timers.Dequeue();
            timer.Handler.OnTimer(timer.Tag);
        }
    }

    private int Wait()
    {
        // The wait is bounded even without timers, so that Stop() from another thread needs no wake-up descriptor.
        var wait = Nanoseconds(100);
        if (_timers.TryPeek(out _, out var next))
        {
            var now = Now;
            wait = Math.Clamp(Math.Max(next, _lastTimers + TimerQuantum) - now, 0, wait);
        }
        int ready;
        if (_preciseWait)
        {
            var timeout = new Libc.TimeSpec { Seconds = 0, Nanoseconds = wait };
            try
            {
                ready = Libc.EpollPwait2(_epoll, _events, MaxEvents, &timeout, null);
                if (ready >= 0)
                    return ready;
                var error = Marshal.GetLastPInvokeError();
                if (error == Libc.EIntr)
                    return 0;
                if (error != Libc.ENoSys)
                    throw new IOException($"epoll_pwait2: errno {error}");
            }
            catch (EntryPointNotFoundException)
            {
                // glibc before 2.35; the same fallback as for Linux before 5.11.
            }
            _preciseWait = false;
        }
        ready = Libc.EpollWait(_epoll, _events, MaxEvents, (int)((wait + 999_999) / 1_000_000));
        return Math.Max(ready, 0);
    }

    private void Control(int operation, int fd, int slot, bool writable)
    {
        var change = stackalloc byte[16];
        Unsafe.WriteUnaligned(change, Libc.EpollIn | (writable ? Libc.EpollOut : 0));
        Unsafe.WriteUnaligned(change + DataOffset, (long)slot);
        if (Libc.EpollCtl(_epoll, operation, fd, change) != 0)
            throw new IOException($"epoll_ctl: errno {Marshal.GetLastPInvokeError()}");
    }
}
