using System.Runtime.Intrinsics;

namespace Edge.Simd.Sse;

/// <summary>What stands before the next byte of an event stream: all that a search has to remember between two pieces.</summary>
public enum SseLineState : byte
{
    /// <summary>A line begins: the start of the stream, or a line has ended with LF.</summary>
    LineStart,

    /// <summary>Inside a line.</summary>
    InLine,

    /// <summary>A line has ended with CR; an LF now belongs to that same line end.</summary>
    AfterCr,

    /// <summary>An event has ended with the CR of its blank line, and the piece with it; an LF now still belongs to that blank line.</summary>
    AfterBlankCr,
}

/// <summary>
/// Finds where events end in a server-sent event stream (WHATWG HTML, section 9.2.6): behind the first blank line, where a line ends with LF, CR or CRLF.
/// Whatever is scanned is never scanned again: the state carries what matters across pieces.
/// </summary>
public static partial class SseScan
{
    private const byte Lf = (byte)'\n';
    private const byte Cr = (byte)'\r';

    /// <summary>Bytes of <paramref name="bytes"/> up to and with the end of the first blank line; -1 where none ends here.</summary>
    /// <remarks>
    /// An event whose blank line ends with a CR as the last byte is reported at once, for the LF that might follow could be a long time in coming. If it comes, it is
    /// reported as a block of its own, one byte long.
    /// </remarks>
    /// <param name="bytes">The next bytes of the stream.</param>
    /// <param name="state">What stands before them; on return, what stands before the first byte that was not consumed.</param>
    public static int EndOfEvent(ReadOnlySpan<byte> bytes, ref SseLineState state)
    {
        if (bytes.IsEmpty) return -1;
        if (state == SseLineState.AfterBlankCr && bytes[0] == Lf)
        {
            state = SseLineState.LineStart;
            return 1;
        }
        var at = IndexOfBlankLine(bytes, state);
        if (at < 0)
        {
            // No blank line, so the last byte alone decides.
            state = bytes[^1] switch { Lf => SseLineState.LineStart, Cr => SseLineState.AfterCr, _ => SseLineState.InLine };
            return -1;
        }
        state = SseLineState.LineStart;
        if (bytes[at] == Lf) return at + 1;
        if (at + 1 == bytes.Length) state = SseLineState.AfterBlankCr;
        else if (bytes[at + 1] == Lf) at++;
        return at + 1;
    }

    // Index of the byte that makes the first blank line complete (its LF, or its CR even where an LF follows); -1 where there is none.
    private static int IndexOfBlankLine(ReadOnlySpan<byte> bytes, SseLineState state)
    {
        if (Vector256.IsHardwareAccelerated && bytes.Length >= Vector256<byte>.Count) return IndexOfBlankLineVector256(bytes, state);
        if (Vector128.IsHardwareAccelerated && bytes.Length >= Vector128<byte>.Count) return IndexOfBlankLineVector128(bytes, state);
        return IndexOfBlankLineScalar(bytes, state);
    }

    // Bit i of the result: byte i completes a blank line, i.e. it ends a line, the byte before it ended one, and the two are not one CRLF.
    private static ulong BlankLines(ulong lf, ulong cr, bool previousEndsLine, bool previousIsCr)
    {
        var ends = lf | cr;
        var endsBefore = (ends << 1) | (previousEndsLine ? 1UL : 0);
        var crBefore = (cr << 1) | (previousIsCr ? 1UL : 0);
        return ends & endsBefore & ~(lf & crBefore);
    }
}
