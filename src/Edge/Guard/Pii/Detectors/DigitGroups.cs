namespace Edge.Guard.Pii.Detectors;

/// <summary>Groups of digits with whatever people, tables and disguises put between them: what a check digit then has to confirm.</summary>
internal static class DigitGroups
{
    /// <summary>The most bytes between two groups: " - ".</summary>
    public const int MostBetween = 3;

    /// <summary>Spaces and hyphens may be mixed; points, slashes and underscores stand at all places or at none: else two decimals or dates in a row were one number.</summary>
    public static byte Kind(byte b) => b switch
    {
        (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'-' => (byte)' ',
        (byte)'.' or (byte)'/' or (byte)'_' => b,
        _ => 0,
    };

    /// <summary>How many bytes are between the group that ends here and the next digit; 0 where none follows.</summary>
    /// <param name="scan">The text.</param>
    /// <param name="end">Behind a group.</param>
    /// <param name="kind">Of all of them.</param>
    public static int Between(ref PiiScan scan, int end, out byte kind)
    {
        kind = Kind(scan[end]);
        if (kind == 0) return 0;
        for (var length = 1; length <= (kind == ' ' ? MostBetween : 1); length++)
        {
            var b = scan[end + length];
            if (char.IsAsciiDigit((char)b)) return length;
            if (Kind(b) != kind) return 0;
        }
        return 0;
    }

    /// <summary>Whether no further group of the kind is on either side: what is within a longer list is one of its numbers.</summary>
    public static bool AreAlone(ref PiiScan scan, int start, int end, byte kind)
    {
        var before = start;
        while (start - before < MostBetween && Kind(scan[before - 1]) == kind) before--;
        return (before == start || !char.IsAsciiDigit((char)scan[before - 1])) && (Between(ref scan, end, out var next) == 0 || next != kind);
    }
}
