using System.Buffers;

namespace Edge.Upstream.Simulator;

/// <summary>What comes next of a body.</summary>
internal enum SimulatorPiece
{
    Data,
    End,
    Cut,

    /// <summary>Nothing, for ever.</summary>
    Hang,
}

/// <summary>The body of a response as the pieces in which it arrives, with what the directives do to it. Knows no time.</summary>
internal sealed class SimulatorBody
{
    // Within the head of every chunk, which is ASCII: the event is broken JSON, not broken UTF-8.
    private const int BrokenLength = 40;

    private readonly ArrayBufferWriter<byte> _buffer;
    private readonly IEnumerator<bool>? _events;
    private readonly SimulatorControl _control;
    private ReadOnlyMemory<byte> _pending;
    private bool _pausesBehindPending;
    private bool _last;
    private long _sent;
    private int _count;

    private SimulatorBody(ArrayBufferWriter<byte> buffer, IEnumerator<bool>? events, SimulatorControl control)
    {
        _buffer = buffer;
        _events = events;
        _control = control;
    }

    /// <summary>Bytes in all where they are known beforehand and the body is not going to be cut; else null.</summary>
    public long? Length => _events is null && _control is { CutAfter: null, CutAfterEvents: null } ? _pending.Length : null;

    public static SimulatorBody Of(SimulatorError error, SimulatorControl control)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        error.Write(buffer);
        return new(buffer, null, control) { _pending = buffer.WrittenMemory, _count = 1 };
    }

    public static SimulatorBody Whole(SimulatorAnswer answer, SimulatorControl control)
    {
        if (control.ErrorEvent is not null) return Of(SimulatorError.Simulated(500), control);
        var buffer = new ArrayBufferWriter<byte>(1024);
        new ChatCompletionWriter(answer, buffer).WriteWhole(control.NoDone);
        return new(buffer, null, control) { _pending = control.Malformed is null ? buffer.WrittenMemory : buffer.WrittenMemory[..BrokenLength], _count = 1 };
    }

    public static SimulatorBody Stream(SimulatorAnswer answer, int chunkTokens, SimulatorControl control)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        return new(buffer, new ChatCompletionWriter(answer, buffer).Events(chunkTokens, control.NoDone), control);
    }

    /// <summary>The next piece; <paramref name="data"/> is valid until the next call. After anything but data the outcome stays the same.</summary>
    /// <param name="data">At least one byte where the outcome is data.</param>
    /// <param name="pause">The chunk delay lies between this piece and the next.</param>
    public SimulatorPiece Next(out ReadOnlyMemory<byte> data, out bool pause)
    {
        data = default;
        pause = false;
        if (_sent == _control.CutAfter) return SimulatorPiece.Cut;
        if (_sent == _control.HangAfter) return SimulatorPiece.Hang;
        // A body that is no stream is one event: cut before it, or behind it.
        var events = _events is null && _sent == 0 ? 0 : _count;
        if (events == _control.CutAfterEvents && (_pending.IsEmpty || events == 0)) return SimulatorPiece.Cut;
        if (_pending.IsEmpty && !NextEvent()) return SimulatorPiece.End;
        var take = (long)_pending.Length;
        take = Math.Min(take, _control.Drip ?? take);
        take = Math.Min(take, _control.CutAfter - _sent ?? take);
        take = Math.Min(take, _control.HangAfter - _sent ?? take);
        data = _pending[..(int)take];
        _pending = _pending[(int)take..];
        _sent += take;
        pause = _pending.IsEmpty ? _pausesBehindPending : _control.Drip is not null;
        return SimulatorPiece.Data;
    }

    private bool NextEvent()
    {
        if (_events is null || _last) return false;
        _buffer.ResetWrittenCount();
        if (_count == _control.ErrorEvent)
        {
            _last = true;
            _buffer.Write("data: "u8);
            SimulatorError.Simulated(500).Write(_buffer);
            _buffer.Write("\n\n"u8);
            _pausesBehindPending = false;
        }
        else
        {
            if (!_events.MoveNext()) return false;
            _pausesBehindPending = _events.Current || _control.Drip is not null;
            if (_count == _control.Malformed) Break();
        }
        _pending = _buffer.WrittenMemory;
        _count++;
        return true;
    }

    private void Break()
    {
        var broken = Math.Min(BrokenLength, _buffer.WrittenCount / 2);
        var head = _buffer.WrittenSpan[..broken].ToArray();
        _buffer.ResetWrittenCount();
        _buffer.Write(head);
        _buffer.Write("\n\n"u8);
    }
}
