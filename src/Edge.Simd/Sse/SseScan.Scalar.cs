namespace Edge.Simd.Sse;

public static partial class SseScan
{
    internal static int IndexOfBlankLineScalar(ReadOnlySpan<byte> bytes, SseLineState state)
    {
        var lineStart = state != SseLineState.InLine;
        var afterCr = state == SseLineState.AfterCr;
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            var endsLine = b is Lf or Cr;
            var secondOfCrLf = b == Lf && afterCr;
            if (endsLine && lineStart && !secondOfCrLf) return i;
            lineStart = endsLine;
            afterCr = b == Cr;
        }
        return -1;
    }
}
