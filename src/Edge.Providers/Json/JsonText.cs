using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Edge.Providers.Json;

/// <summary>
/// Text on its way from one JSON to another: either the bytes between a JSON string's quotes, escapes untouched, or plain UTF-8. Escapes mean the
/// same in every dialect, so text that came out of JSON goes back into JSON byte for byte: no unescaping, no loss, and half a surrogate pair that a
/// provider cut between two chunks joins its other half again.
/// </summary>
[SuppressMessage("Performance", "CA1815", Justification = "A ref struct has no use for equality operators.")]
public readonly ref struct JsonText
{
    public JsonText(ReadOnlySpan<byte> bytes, bool isEscaped)
    {
        Bytes = bytes;
        IsEscaped = isEscaped;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The bytes are JSON-escaped and hold at least one escape; else they are the text itself and valid unescaped UTF-8.</summary>
    public bool IsEscaped { get; }

    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>Plain UTF-8 that may need escaping when written.</summary>
    public static JsonText Plain(ReadOnlySpan<byte> utf8) => new(utf8, isEscaped: false);

    /// <summary>It says <paramref name="text"/>, escapes resolved.</summary>
    public bool Is(ReadOnlySpan<byte> text)
    {
        if (!IsEscaped) return Bytes.SequenceEqual(text);
        if (Bytes.Length < text.Length) return false;
        byte[]? rented = null;
        var buffer = Bytes.Length <= 256 ? stackalloc byte[256] : rented = ArrayPool<byte>.Shared.Rent(Bytes.Length);
        var same = buffer[..Unescape(buffer)].SequenceEqual(text);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return same;
    }

    /// <summary>Writes the text, escapes resolved, into <paramref name="destination"/> (at least <see cref="Bytes"/>.Length long).</summary>
    /// <returns>Bytes written. A lone surrogate becomes U+FFFD, as in every lossy decoder.</returns>
    public int Unescape(Span<byte> destination)
    {
        if (!IsEscaped)
        {
            Bytes.CopyTo(destination);
            return Bytes.Length;
        }
        int read = 0, written = 0;
        while (read < Bytes.Length)
        {
            var rest = Bytes[read..];
            var plain = rest.IndexOf((byte)'\\');
            if (plain < 0) plain = rest.Length;
            rest[..plain].CopyTo(destination[written..]);
            read += plain;
            written += plain;
            if (read < Bytes.Length) written += UnescapeOne(ref read, destination[written..]);
        }
        return written;
    }

    /// <summary>Writes the text as the inside of a JSON string.</summary>
    public void WriteEscaped(IBufferWriter<byte> output)
    {
        if (IsEscaped || !NeedsEscape(Bytes)) output.Write(Bytes);
        else WriteEscapedSlow(output);
    }

    public override string ToString()
    {
        if (!IsEscaped) return Encoding.UTF8.GetString(Bytes);
        var buffer = ArrayPool<byte>.Shared.Rent(Bytes.Length);
        var text = Encoding.UTF8.GetString(buffer, 0, Unescape(buffer));
        ArrayPool<byte>.Shared.Return(buffer);
        return text;
    }

    private static bool NeedsEscape(ReadOnlySpan<byte> plain) => Simd.Json.JsonStrings.IndexOfSpecial(plain) >= 0;

    private void WriteEscapedSlow(IBufferWriter<byte> output)
    {
        var rest = Bytes;
        while (!rest.IsEmpty)
        {
            var plain = Simd.Json.JsonStrings.IndexOfSpecial(rest);
            if (plain < 0) plain = rest.Length;
            output.Write(rest[..plain]);
            rest = rest[plain..];
            if (rest.IsEmpty) return;
            WriteEscape(rest[0], output);
            rest = rest[1..];
        }
    }

    private static void WriteEscape(byte b, IBufferWriter<byte> output)
    {
        var shortForm = b switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => (byte)0,
        };
        if (shortForm != 0)
        {
            output.Write([(byte)'\\', shortForm]);
            return;
        }
        output.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', Hex(b >> 4), Hex(b & 15)]);
    }

    private static byte Hex(int nibble) => (byte)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);

    private int UnescapeOne(ref int read, Span<byte> destination)
    {
        var escape = Bytes[read + 1];
        if (escape != 'u')
        {
            read += 2;
            destination[0] = escape switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                _ => escape,
            };
            return 1;
        }
        var unit = HexUnit(Bytes.Slice(read + 2, 4));
        read += 6;
        if (char.IsHighSurrogate((char)unit) && read + 6 <= Bytes.Length && Bytes[read] == '\\' && Bytes[read + 1] == 'u')
        {
            var low = HexUnit(Bytes.Slice(read + 2, 4));
            if (char.IsLowSurrogate((char)low))
            {
                read += 6;
                return new Rune((char)unit, (char)low).EncodeToUtf8(destination);
            }
        }
        return (Rune.TryCreate((char)unit, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(destination);
    }

    private static int HexUnit(ReadOnlySpan<byte> digits) =>
        int.Parse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
}
