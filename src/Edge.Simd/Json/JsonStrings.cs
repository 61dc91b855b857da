using System.Buffers;

namespace Edge.Simd.Json;

/// <summary>Scans inside JSON strings.</summary>
public static class JsonStrings
{
    private static readonly SearchValues<byte> _special = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    /// <summary>Index of the first quote, backslash or control character (below 0x20); -1 where there is none.</summary>
    public static int IndexOfSpecial(ReadOnlySpan<byte> text) => text.IndexOfAny(_special);
}
