using System.Buffers;

namespace Edge.Guard.Restore;

/// <summary>An event of the client's dialect with a gap for text, and perhaps one for its number.</summary>
internal sealed class SlotEvent
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);
    private int _number = -1, _text = -1;

    public bool IsEmpty => _text < 0;

    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _number = _text = -1;
    }

    public SlotEvent Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public SlotEvent Add(int number)
    {
        System.Buffers.Text.Utf8Formatter.TryFormat(number, _bytes.GetSpan(16), out var length);
        _bytes.Advance(length);
        return this;
    }

    /// <summary>Here its number goes.</summary>
    public SlotEvent AddNumber()
    {
        _number = _bytes.WrittenCount;
        return this;
    }

    /// <summary>Here the text goes.</summary>
    public SlotEvent AddText()
    {
        _text = _bytes.WrittenCount;
        return this;
    }

    /// <summary>Writes the event.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="text">Escaped as in a JSON string.</param>
    /// <param name="number">Its number, where it has one.</param>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text, long number)
    {
        var bytes = _bytes.WrittenSpan;
        var at = 0;
        if (_number >= 0)
        {
            output.Write(bytes[.._number]);
            at = _number;
            System.Buffers.Text.Utf8Formatter.TryFormat(number, output.GetSpan(24), out var length);
            output.Advance(length);
        }
        output.Write(bytes[at.._text]);
        output.Write(text);
        output.Write(bytes[_text..]);
    }
}
