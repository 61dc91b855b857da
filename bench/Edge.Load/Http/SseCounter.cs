namespace Edge.Load.Http;

/// <summary>
/// Counts what a chat stream carried, fed in pieces of any size (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
/// Only events that carry text count as tokens, so that a role chunk, a usage chunk or one that a gateway adds does not disturb the comparison.
/// </summary>
internal sealed class SseCounter
{
    // Far above any chunk of a chat; a longer line is cut and can then be neither a token nor the end.
    private const int MaxLine = 256 * 1024;

    private byte[] _carry = [];
    private int _carried;

    /// <summary>Events with text: a non-empty <c>delta.content</c> (OpenAI) or a <c>text_delta</c> (Anthropic).</summary>
    public int Tokens { get; private set; }

    /// <summary><c>data:</c> lines of any kind, the terminator included.</summary>
    public int DataLines { get; private set; }

    /// <summary><c>data: [DONE]</c> or a <c>message_stop</c> was seen.</summary>
    public bool Done { get; private set; }

    /// <summary>An error event was seen.</summary>
    public bool Failed { get; private set; }

    /// <summary>Data came after the end.</summary>
    public bool AfterDone { get; private set; }

    public void Reset() => (Tokens, DataLines, Done, Failed, AfterDone, _carried) = (0, 0, false, false, false, 0);

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Carry(bytes);
                return;
            }
            if (_carried == 0)
                Line(bytes[..end]);
            else
            {
                Carry(bytes[..end]);
                Line(_carry.AsSpan(0, _carried));
                _carried = 0;
            }
            bytes = bytes[(end + 1)..];
        }
    }

    private void Line(ReadOnlySpan<byte> line)
    {
        if (!line.IsEmpty && line[^1] == '\r')
            line = line[..^1];
        if (!line.StartsWith("data:"u8))
            return;
        AfterDone |= Done;
        DataLines++;
        line = line[5..];
        if (!line.IsEmpty && line[0] == ' ')
            line = line[1..];
        if (line.SequenceEqual("[DONE]"u8) || line.IndexOf("\"message_stop\""u8) >= 0)
            Done = true;
        else if (IsToken(line))
            Tokens++;
        else if (line.StartsWith("{\"error\""u8) || line.StartsWith("{\"type\":\"error\""u8))
            Failed = true;
    }

    private static bool IsToken(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> content = "\"content\":\""u8;
        var at = json.IndexOf(content);
        if (at >= 0)
            return json.Length > at + content.Length && json[at + content.Length] != '"';
        return json.IndexOf("\"text_delta\""u8) >= 0;
    }

    private void Carry(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxLine - _carried)];
        if (_carried + bytes.Length > _carry.Length)
            Array.Resize(ref _carry, Math.Min(MaxLine, Math.Max(512, (_carried + bytes.Length) * 2)));
        bytes.CopyTo(_carry.AsSpan(_carried));
        _carried += bytes.Length;
    }
}
