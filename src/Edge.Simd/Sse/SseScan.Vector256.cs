using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Sse;

public static partial class SseScan
{
    /// <param name="bytes">At least one vector long.</param>
    /// <param name="state">What stands before them.</param>
    internal static int IndexOfBlankLineVector256(ReadOnlySpan<byte> bytes, SseLineState state)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var lf = Vector256.Create(Lf);
        var cr = Vector256.Create(Cr);
        var lastStart = bytes.Length - Vector256<byte>.Count;
        var endsLine = state != SseLineState.InLine;
        var isCr = state == SseLineState.AfterCr;
        var at = 0;
        while (true)
        {
            var block = Vector256.LoadUnsafe(ref first, (nuint)at);
            var isLf = Vector256.Equals(block, lf);
            var isCarriage = Vector256.Equals(block, cr);
            // Most blocks of a stream of JSON hold no line end at all.
            if ((isLf | isCarriage) != Vector256<byte>.Zero)
            {
                var blank = BlankLines(isLf.ExtractMostSignificantBits(), isCarriage.ExtractMostSignificantBits(), endsLine, isCr);
                if (blank != 0) return at + BitOperations.TrailingZeroCount(blank);
            }
            if (at == lastStart) return -1;
            // The last block overlaps the one before, so that no scalar tail is needed; what it sees twice was not a blank line the first time.
            at = Math.Min(at + Vector256<byte>.Count, lastStart);
            isCr = bytes[at - 1] == Cr;
            endsLine = isCr || bytes[at - 1] == Lf;
        }
    }
}
