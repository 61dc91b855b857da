namespace Edge.Simd.Pii;

public static partial class CandidateScan
{
    internal static int FindScalar(ReadOnlySpan<byte> text, int from, Span<int> positions, out int next)
    {
        Check(positions);
        var count = 0;
        var at = from;
        for (; at < text.Length && count < positions.Length; at++)
        {
            if (IsCandidate(text, at)) positions[count++] = at;
        }
        next = at;
        return count;
    }

    internal static bool IsCandidate(ReadOnlySpan<byte> text, int at) => text[at] switch
    {
        >= (byte)'0' and <= (byte)'9' => at == 0 || text[at - 1] is < (byte)'0' or > (byte)'9',
        (byte)'@' or (byte)':' or (byte)'=' or (byte)'_' => true,
        (byte)'-' => IsDash(text, at - 1) ? !IsDash(text, at - 2) : IsDash(text, at - 3) && !IsDash(text, at - 2),
        _ => false,
    };

    private static bool IsDash(ReadOnlySpan<byte> text, int at) => at >= 0 && text[at] == '-';
}
