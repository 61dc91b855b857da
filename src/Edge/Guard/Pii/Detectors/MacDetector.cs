namespace Edge.Guard.Pii.Detectors;

/// <summary>MAC addresses with hyphens, found by the second hyphen of "-ab-".</summary>
internal static class MacDetector
{
    public static void Detect(ref PiiScan scan, int at)
    {
        var start = at - 5;
        if (start >= 0 && scan.StartsWord(start) && scan[start - 1] != '-' && IsMac(ref scan, start, (byte)'-') && scan.EndsWord(start + 17) && scan[start + 17] != '-')
        {
            scan.Add(start, start + 17, PiiEntity.MacAddress, Confidence.InContext);
        }
    }

    /// <summary>Six pairs of hexadecimal digits with the separator between.</summary>
    internal static bool IsMac(ref PiiScan scan, int start, byte separator)
    {
        for (var i = 0; i < 17; i++)
        {
            if (i % 3 == 2 ? scan[start + i] != separator : !char.IsAsciiHexDigit((char)scan[start + i])) return false;
        }
        return true;
    }
}
