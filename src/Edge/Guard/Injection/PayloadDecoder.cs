using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Edge.Guard.Injection;

/// <summary>Looks into runs that may be text in base64, hexadecimal or binary. What does not decode to text is passed over; depth, runs and bytes are bounded.</summary>
internal static class PayloadDecoder
{
    // Shorter ones hold too little to order anything: 24 letters of base64 are 18.
    private const int MinRun = 24;

    // A chunk with more runs than this is a file of some kind; each run is cut at what Scratch has room for.
    private const int MaxRuns = 32;

    public static void Look(ReadOnlySpan<byte> chunk, TextShapes shapes, int depth, ref Evidence evidence)
    {
        if (depth >= Scratch.MaxDepth) return;
        var runs = 0;
        for (var at = 0; at < chunk.Length && runs < MaxRuns;)
        {
            if (!IsBase64(chunk[at]))
            {
                at++;
                continue;
            }
            var end = at;
            while (end < chunk.Length && IsBase64(chunk[end])) end++;
            if (end - at >= MinRun)
            {
                runs++;
                var run = chunk[at..end];
                var output = Scratch.OfThread.Decoded(depth);
                var length = Hex(run, output);
                if (length == 0) length = Base64Text(run, output);
                Judge(output[..length], depth, at, end, ref evidence);
            }
            at = end;
        }
        if ((shapes & TextShapes.Digits) != 0) LookAtNumbers(chunk, depth, ref evidence);
    }

    // "01101001 01100111 ..." and "69 67 6e ...": groups of eight binary digits or of two hexadecimal ones with one space between them.
    private static void LookAtNumbers(ReadOnlySpan<byte> chunk, int depth, ref Evidence evidence)
    {
        var output = Scratch.OfThread.Decoded(depth);
        var length = 0;
        var start = 0;
        for (var at = 0; at <= chunk.Length;)
        {
            var size = length < output.Length ? Group(chunk, at, out var value) : Group(default, 0, out value);
            if (size == 0)
            {
                if (length >= MinRun / 2) Judge(output[..length], depth, start, Math.Min(at, chunk.Length), ref evidence);
                length = 0;
                at++;
                continue;
            }
            if (length == 0) start = at;
            output[length++] = value;
            at += size;
            if (at < chunk.Length && chunk[at] == ' ') at++;
        }
    }

    private static int Group(ReadOnlySpan<byte> text, int at, out byte value)
    {
        value = 0;
        if (at >= text.Length || !char.IsAsciiHexDigit((char)text[at]) || (at > 0 && char.IsAsciiLetterOrDigit((char)text[at - 1]))) return 0;
        var end = at;
        while (end < text.Length && end < at + 9 && char.IsAsciiHexDigit((char)text[end])) end++;
        if (end < text.Length && char.IsAsciiLetterOrDigit((char)text[end])) return 0;
        if (end - at == 2)
        {
            value = (byte)((HexValue(text[at]) << 4) | HexValue(text[at + 1]));
            return 2;
        }
        if (end - at != 8) return 0;
        for (var i = at; i < end; i++)
        {
            if (text[i] is not ((byte)'0' or (byte)'1')) return 0;
            value = (byte)((value << 1) | (text[i] & 1));
        }
        return 8;
    }

    private static int Hex(ReadOnlySpan<byte> run, Span<byte> output)
    {
        if (run.Length % 2 != 0 || run.ContainsAnyExcept(_hexDigits)) return 0;
        var length = Math.Min(run.Length / 2, output.Length);
        for (var i = 0; i < length; i++) output[i] = (byte)((HexValue(run[i * 2]) << 4) | HexValue(run[(i * 2) + 1]));
        return length;
    }

    private static readonly SearchValues<byte> _hexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private static int HexValue(byte b) => b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10;

    private static int Base64Text(ReadOnlySpan<byte> run, Span<byte> output)
    {
        run = run.TrimEnd((byte)'=');
        var cut = run[..Math.Min(run.Length / 4 * 4, output.Length / 3 * 4)];
        // The URL alphabet differs in two letters that text rarely needs.
        if (Base64.DecodeFromUtf8(cut, output, out _, out var written, isFinalBlock: false) is not (OperationStatus.Done or OperationStatus.NeedMoreData)) return 0;
        return written;
    }

    private static void Judge(Span<byte> decoded, int depth, int start, int end, ref Evidence evidence)
    {
        if (!IsText(decoded)) return;
        var inner = evidence.ForDecoded();
        var shapes = InjectionDetector.Look(decoded, depth + 1, ref inner);
        if ((shapes & (TextShapes.LongRun | TextShapes.Digits)) != 0) Look(decoded, shapes, depth + 1, ref inner);
        evidence.AddDecoded(inner, start, end);
    }

    // Random bytes are printable ASCII three times in eight: a text of 18 of them that is all printable is one.
    private static bool IsText(ReadOnlySpan<byte> decoded)
    {
        if (decoded.Length < MinRun / 2) return false;
        var odd = 0;
        foreach (var b in decoded)
        {
            if (b is < (byte)' ' and not ((byte)'\n' or (byte)'\r' or (byte)'\t') or 0x7f) return false;
            if (b >= 0x80) odd++;
        }
        return odd == 0 || (odd * 4 < decoded.Length * 3 && Rune.DecodeFromUtf8(decoded, out _, out _) == OperationStatus.Done);
    }

    private static bool IsBase64(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'+' or (byte)'/' or (byte)'=';
}
