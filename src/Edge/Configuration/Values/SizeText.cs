using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Edge.Configuration;

/// <summary>
/// Sizes in bytes: <c>4096</c>, <c>512KiB</c> (x 1024), <c>1MB</c> (x 1000 x 1000), <c>1.5GiB</c>. A whole number of bytes.
/// </summary>
public static class SizeText
{
    public const string Allowed = "a size such as 65536, 512KiB, 10MiB or 1MB";

    private static readonly (string Name, long Bytes)[] _units =
    [
        ("TiB", 1L << 40),
        ("GiB", 1L << 30),
        ("MiB", 1L << 20),
        ("KiB", 1L << 10),
        ("B", 1),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("KB", 1000),
        ("kB", 1000),
    ];

    /// <param name="text">The text, without surrounding space.</param>
    /// <param name="value">Zero or more bytes.</param>
    /// <param name="error">A clause without the value.</param>
    public static bool TryParse(string text, out long value, [NotNullWhen(false)] out string? error)
    {
        value = 0;
        error = "is not a size";
        var length = NumberWithUnit.Length(text);
        if (length == 0) return false;
        var name = text.AsSpan(length).TrimStart();
        long unit = 0;
        if (name.IsEmpty) unit = 1;
        foreach (var (known, bytes) in _units)
        {
            if (name.SequenceEqual(known)) unit = bytes;
        }
        if (unit == 0)
        {
            error = "has an unknown unit";
            return false;
        }
        return NumberWithUnit.TryMultiply(text.AsSpan(0, length), unit, out value, out error!);
    }

    /// <summary>In the largest binary unit that leaves no rest. Zero or more.</summary>
    public static string Format(long bytes)
    {
        foreach (var (name, unit) in _units)
        {
            if (unit > 1 && bytes >= unit && bytes % unit == 0) return (bytes / unit).ToString(CultureInfo.InvariantCulture) + name;
            if (unit == 1) break;
        }
        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
