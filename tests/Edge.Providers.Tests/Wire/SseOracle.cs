using System.Text;

namespace Edge.Providers.Tests.Wire;

/// <summary>One block of a stream, as the oracle and the reader under test both report it.</summary>
public sealed record SseBlock(string Type, string Data, bool HasData);

/// <summary>
/// The rules of WHATWG HTML 9.2.6 in the most direct way that can be written: the whole stream at once, character by character, no state between calls.
/// </summary>
public static class SseOracle
{
    /// <summary>The events that are dispatched, in order.</summary>
    public static List<SseBlock> Events(ReadOnlySpan<byte> stream)
    {
        // Latin-1 keeps every byte a character of its own; the reader under test does not decode either.
        var text = Encoding.Latin1.GetString(stream);
        if (text.StartsWith("\u00EF\u00BB\u00BF", StringComparison.Ordinal)) text = text[3..];
        var lines = new List<string>();
        var line = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\r' or '\n'))
            {
                line.Append(text[i]);
                continue;
            }
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n') i++;
            lines.Add(line.ToString());
            line.Clear();
        }

        var events = new List<SseBlock>();
        var data = "";
        var type = "";
        foreach (var l in lines)
        {
            if (l.Length == 0)
            {
                if (data.Length > 0) events.Add(new SseBlock(type, data[..^1], true));
                (data, type) = ("", "");
                continue;
            }
            var colon = l.IndexOf(':', StringComparison.Ordinal);
            if (colon == 0) continue;
            var field = colon < 0 ? l : l[..colon];
            var value = colon < 0 ? "" : l[(colon + 1)..];
            if (value.StartsWith(' ')) value = value[1..];
            if (field == "data") data += value + "\n";
            else if (field == "event") type = value;
        }
        return events;
    }
}
