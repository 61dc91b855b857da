using System.Text;

namespace Edge.Fuzz;

/// <summary>What a hostile or broken peer might make of a JSON text: values of the wrong kind where the shape stays valid, and bytes that do not.</summary>
internal static class Mutant
{
    private static readonly byte[][] _values =
    [
        .. new[]
        {
            "null", "true", "false", "0", "-1", "1e999", "0.5", "2147483648", "-9223372036854775809", "18446744073709551616", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\\\\"", "\"\\u0000\"", "\"\uFFFD😀\"", "[]", "{}",
            "[null]", "[{}]", "[[]]", "{\"type\":null}", "{\"type\":\"text\",\"text\":1}", "[{\"type\":\"text\",\"text\":\"y\"}]", "{\"\":{}}", "\"data:image/png;base64,AAAA\"", "\"data:,\"", "\"http://\"",
            string.Concat(Enumerable.Repeat("[", 70)) + string.Concat(Enumerable.Repeat("]", 70)), "\"" + new string('a', 300) + "\"",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] _scraps =
    [
        .. new[] { "\"", "\\", "{", "}", "[", "]", ",", ":", "\\u", "\\ud83d", "\n", "\r\n\r\n", "\0", "0", "-", "e", "null", "data: ", "event: error\n" }.Select(Encoding.UTF8.GetBytes), [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xFF],
    ];

    /// <summary>One to three changes; most of them keep the text valid JSON.</summary>
    public static byte[] Of(ReadOnlySpan<byte> json, Random random)
    {
        var text = new List<byte>(json.Length + 64);
        text.AddRange(json);
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            if (random.Next(5) == 0) Bytes(text, random);
            else Value(text, random);
        }
        return [.. text];
    }

    private static void Bytes(List<byte> text, Random random)
    {
        var at = random.Next(text.Count + 1);
        var length = Math.Min(random.Next(1, 12), text.Count - at);
        switch (random.Next(5))
        {
            case 0:
                text.InsertRange(at, _scraps[random.Next(_scraps.Length)]);
                break;
            case 1:
                text.RemoveRange(at, length);
                break;
            case 2:
                if (at < text.Count) text[at] = (byte)random.Next(256);
                break;
            case 3:
                text.InsertRange(at, text.GetRange(at, length));
                break;
            default:
                text.RemoveRange(at, text.Count - at);
                break;
        }
    }

    // A member's value becomes another one, is copied from elsewhere in the text, or goes with its name.
    private static void Value(List<byte> text, Random random)
    {
        if (!TryMember(text, random, out var name, out var start, out var end)) return;
        switch (random.Next(6))
        {
            case 0 or 1 or 2:
                Replace(text, start, end, _values[random.Next(_values.Length)]);
                break;
            case 3:
                if (TryMember(text, random, out _, out var from, out var to)) Replace(text, start, end, [.. text.GetRange(from, to - from)]);
                break;
            case 4:
                // The member twice, the second time with another value.
                text.InsertRange(end, [(byte)',', .. text.GetRange(name, start - name), .. _values[random.Next(_values.Length)]]);
                break;
            default:
                if (end < text.Count && text[end] == ',') text.RemoveRange(name, end + 1 - name);
                else if (name > 0 && text[name - 1] == ',') text.RemoveRange(name - 1, end + 1 - name);
                break;
        }
    }

    private static void Replace(List<byte> text, int start, int end, byte[] value)
    {
        text.RemoveRange(start, end - start);
        text.InsertRange(start, value);
    }

    // Some member from its quote to the end of its value. Finds nothing where the text is no longer JSON enough.
    private static bool TryMember(List<byte> text, Random random, out int name, out int start, out int end)
    {
        (name, start, end) = (0, 0, 0);
        if (text.Count == 0) return false;
        var colon = text.IndexOf((byte)':', random.Next(text.Count));
        if (colon < 2 || text[colon - 1] != '"') return false;
        name = text.LastIndexOf((byte)'"', colon - 2);
        if (name < 0) return false;
        start = colon + 1;
        var (depth, inString) = (0, false);
        for (end = start; end < text.Count; end++)
        {
            var c = text[end];
            if (inString)
            {
                if (c == '\\') end++;
                else if (c == '"') inString = false;
            }
            else if (c == '"') inString = true;
            else if (c is (byte)'{' or (byte)'[') depth++;
            else if (c is (byte)'}' or (byte)']' && depth-- == 0) return true;
            else if (c == ',' && depth == 0) return true;
        }
        return false;
    }
}
