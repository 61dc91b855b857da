using System.Buffers;
using Edge.Simd.Json;

namespace Edge.Guard.Restore;

/// <summary>Writes a value where its placeholder stood, escaped as its surroundings are.</summary>
internal static class ValueWriter
{
    // RFC 3986, section 2.3: what stands for itself in any part of a URL.
    private static readonly SearchValues<byte> _unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);
    private static readonly SearchValues<byte> _markup = SearchValues.Create("&<>\""u8);

    /// <summary>Writes a value.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="value">Plain UTF-8.</param>
    /// <param name="style">As the placeholder was written: a value in a URL or in markup is encoded as such, too.</param>
    /// <param name="level">How many JSON strings it stands in, one inside the other; 0 = none.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> value, SpellingStyle style, int level)
    {
        switch (style)
        {
            case SpellingStyle.Percent:
                WritePercent(output, value);
                break;
            case SpellingStyle.Html:
                WriteHtml(output, value, level);
                break;
            default:
                WriteJson(output, value, level);
                break;
        }
    }

    /// <summary>The value looks different inside a JSON string.</summary>
    public static bool NeedsEscape(ReadOnlySpan<byte> value) => JsonStrings.IndexOfSpecial(value) >= 0;

    /// <summary>Writes text as it stands in so many JSON strings, one inside the other.</summary>
    public static void WriteJson(IBufferWriter<byte> output, ReadOnlySpan<byte> text, int level)
    {
        while (!text.IsEmpty)
        {
            var plain = level == 0 ? -1 : JsonStrings.IndexOfSpecial(text);
            if (plain < 0) plain = text.Length;
            output.Write(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty) return;
            WriteEscape(output, text[0], level);
            text = text[1..];
        }
    }

    private static void WritePercent(IBufferWriter<byte> output, ReadOnlySpan<byte> value)
    {
        Span<byte> code = stackalloc byte[3];
        while (!value.IsEmpty)
        {
            var plain = value.IndexOfAnyExcept(_unreserved);
            if (plain < 0) plain = value.Length;
            output.Write(value[..plain]);
            value = value[plain..];
            if (value.IsEmpty) return;
            code[0] = (byte)'%';
            code[1] = Hex(value[0] >> 4, 'A');
            code[2] = Hex(value[0] & 15, 'A');
            output.Write(code);
            value = value[1..];
        }
    }

    private static void WriteHtml(IBufferWriter<byte> output, ReadOnlySpan<byte> value, int level)
    {
        while (!value.IsEmpty)
        {
            var plain = value.IndexOfAny(_markup);
            if (plain < 0) plain = value.Length;
            WriteJson(output, value[..plain], level);
            value = value[plain..];
            if (value.IsEmpty) return;
            output.Write(value[0] switch { (byte)'&' => "&amp;"u8, (byte)'<' => "&lt;"u8, (byte)'>' => "&gt;"u8, _ => "&quot;"u8 });
            value = value[1..];
        }
    }

    // Each level writes a backslash as two, and before a quote one of its own. A control character is a letter behind one backslash, which the levels outside double.
    private static void WriteEscape(IBufferWriter<byte> output, byte b, int level)
    {
        var slashes = b switch { (byte)'"' => (1 << level) - 1, (byte)'\\' => 1 << level, _ => 1 << (level - 1) };
        var span = output.GetSpan(slashes + 5);
        span[..slashes].Fill((byte)'\\');
        var letter = b switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)0,
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => (byte)'u',
        };
        if (letter == 0)
        {
            output.Advance(slashes);
            return;
        }
        span[slashes] = letter;
        var length = slashes + 1;
        if (letter == 'u')
        {
            "00"u8.CopyTo(span[length..]);
            span[length + 2] = Hex(b >> 4, 'a');
            span[length + 3] = Hex(b & 15, 'a');
            length += 4;
        }
        output.Advance(length);
    }

    private static byte Hex(int nibble, char ten) => (byte)(nibble < 10 ? '0' + nibble : ten + nibble - 10);
}
