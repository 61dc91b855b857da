namespace Edge.Guard.Pii.Detectors;

/// <summary>IPv4 addresses in dotted decimal (RFC 1123, section 2.1), not a piece of a longer version number.</summary>
internal static class Ipv4Detector
{
    private static readonly byte[][] _words = Shape.WordList("ip|ipv4|address|host|server|addr|connect");

    public static void Detect(ref PiiScan scan, int at)
    {
        if (!scan.StartsWord(at) || (scan[at - 1] == '.' && char.IsAsciiDigit((char)scan[at - 2]))) return;
        var end = End(ref scan, at);
        if (end == 0 || !scan.EndsWord(end) || (scan[end] == '.' && char.IsAsciiDigit((char)scan[end + 1]))) return;
        if (scan[end] == '/' && char.IsAsciiDigit((char)scan[end + 1]))
        {
            var mask = end + 1;
            while (mask < end + 3 && char.IsAsciiDigit((char)scan[mask])) mask++;
            if (scan.EndsWord(mask)) end = mask;
        }
        scan.Add(at, end, PiiEntity.IpAddress, scan.HasContext(at, end, _words) ? Confidence.InContext : Confidence.Likely);
    }

    /// <summary>The end of four numbers up to 255 with dots between; 0 where there are none.</summary>
    internal static int End(ref PiiScan scan, int at)
    {
        for (var part = 0; ; part++)
        {
            var value = 0;
            var length = 0;
            for (; length < 4 && char.IsAsciiDigit((char)scan[at]); length++) value = (value * 10) + scan[at++] - '0';
            if (length is 0 or > 3 || value > 255 || (length > 1 && scan[at - length] == '0')) return 0;
            if (part == 3) return at;
            if (scan[at++] != '.') return 0;
        }
    }
}
