using System.Buffers;

namespace Edge.Guard.Pii.Detectors;

/// <summary>What the detectors of secrets share.</summary>
internal static class Secrets
{
    private static readonly SearchValues<byte> _templateMarks = SearchValues.Create("<>{}$*()[]#"u8);

    // n log2 n
    private static readonly double[] _timesLog2 = [0, .. Enumerable.Range(1, 255).Select(static n => n * Math.Log2(n))];

    /// <summary>Shannon entropy of the bytes, bits each; of at most the first 256.</summary>
    public static double Entropy(ReadOnlySpan<byte> text)
    {
        Span<byte> counts = stackalloc byte[256];
        counts.Clear();
        if (text.Length > 255) text = text[..255];
        foreach (var b in text) counts[b]++;
        var sum = 0.0;
        foreach (var count in counts) sum += _timesLog2[count];
        return text.Length == 0 ? 0 : (_timesLog2[text.Length] - sum) / text.Length;
    }

    /// <summary>A value that stands for one: a variable, a mask, a sample.</summary>
    public static bool IsPlaceholder(ReadOnlySpan<byte> value)
    {
        if (value.IndexOfAny(_templateMarks) >= 0) return true;
        Span<byte> folded = stackalloc byte[Math.Min(value.Length, 64)];
        Edge.Simd.Text.AsciiFold.ToLower(value[..folded.Length], folded);
        ReadOnlySpan<byte> low = folded;
        return low.IndexOf("xxxx"u8) >= 0 || low.IndexOf("example"u8) >= 0 || low.IndexOf("placeholder"u8) >= 0 || low.IndexOf("your_"u8) >= 0 || low.IndexOf("your-"u8) >= 0
            || low.IndexOf("changeme"u8) >= 0 || low.IndexOf("abcdefghij"u8) >= 0 || low.IndexOf("klmnopqrst"u8) >= 0 || low.IndexOf("redacted"u8) >= 0 || low.IndexOf("dummy"u8) >= 0 || low.IndexOf("1234567890123456"u8) >= 0 || (low.Length < 24 && (low.IndexOf("1234567890"u8) >= 0 || low.IndexOf("abcdef"u8) >= 0));
    }

    /// <summary>Whether the URL is of the host, and the path after its prefix is long enough to be a secret.</summary>
    public static bool HasLongPath(ReadOnlySpan<byte> host, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> path) =>
        host.EndsWith(wanted) && rest[host.Length..].StartsWith(path) && rest.Length - host.Length - path.Length >= 40;

    /// <summary>A run of letters, digits, '_', '-', '.', '~' as it is in tokens and identifiers.</summary>
    public static bool IsToken(byte b) => b < 0x80 && ((b < 0x40 ? 0x03FF_6000_0000_0000 : 0x47FF_FFFE_87FF_FFFE) >>> (b & 0x3F) & 1) != 0;
}
