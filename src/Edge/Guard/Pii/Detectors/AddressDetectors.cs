namespace Edge.Guard.Pii.Detectors;

/// <summary>IPv4 addresses in dotted decimal (RFC 1123, section 2.1), not a piece of a longer version number.</summary>
internal sealed class Ipv4Detector : IDetector
{
    private static readonly byte[][] _words = Shape.WordList("ip|ipv4|address|host|server|addr|connect");

    public byte Anchor => (byte)'0';

    public void Detect(ref PiiScan scan, int at)
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

/// <summary>IPv6 (RFC 4291, section 2.2) and MAC addresses, found by their colons.</summary>
internal sealed class ColonAddressDetector : IDetector
{
    private const int Longest = 45;

    public byte Anchor => (byte)':';

    public void Detect(ref PiiScan scan, int at)
    {
        if (at < scan.LinkEnd || (!IsPart(scan[at - 1]) && scan[at + 1] != ':') || !IsPart(scan[at + 1])) return;
        var start = at;
        while (at - start < 5 && char.IsAsciiHexDigit((char)scan[start - 1])) start--;
        if (at - start > 4 || !scan.StartsWord(start) || scan[start - 1] == ':') return;
        var end = start;
        while (end - start <= Longest && IsPart(scan[end])) end++;
        if (end - start > Longest) return;

        if (end - start == 17 && MacDetector.IsMac(ref scan, start, (byte)':') && scan.EndsWord(end))
        {
            scan.LinkEnd = end;
            scan.Add(start, end, PiiEntity.MacAddress, Confidence.InContext);
            return;
        }
        // "::ffff:192.0.2.1": the dotted part comes after the last colon.
        var dotted = 0;
        if (scan[end] == '.')
        {
            var last = scan.Text[start..end].LastIndexOf((byte)':') + start + 1;
            dotted = Ipv4Detector.End(ref scan, last);
            if (dotted == 0) return;
            end = last;
        }
        else if (scan[end - 1] == ':' && scan[end - 2] != ':') end--;
        if (!IsIpv6(scan.Text[start..end], dotted != 0)) return;
        if (dotted != 0) end = dotted;
        if (!scan.EndsWord(end)) return;
        if (scan[end] == '%')
        {
            // The zone of RFC 4007.
            var zone = end + 1;
            while (zone < end + 16 && char.IsAsciiLetterOrDigit((char)scan[zone])) zone++;
            if (zone > end + 1) end = zone;
        }
        if (scan[end] == '/' && char.IsAsciiDigit((char)scan[end + 1]))
        {
            var mask = end + 1;
            while (mask < end + 4 && char.IsAsciiDigit((char)scan[mask])) mask++;
            end = mask;
        }
        scan.LinkEnd = end;
        scan.Add(start, end, PiiEntity.IpAddress, Confidence.Likely);
    }

    // Groups of one to four hexadecimal digits: eight, or fewer with one "::". A time ("10:30:15") has too few, "a::b" of a programming language no digit.
    private static bool IsIpv6(ReadOnlySpan<byte> text, bool dotted)
    {
        var groups = dotted ? 2 : 0;
        var compressed = false;
        var digits = dotted;
        var i = 0;
        if (text.StartsWith("::"u8))
        {
            compressed = true;
            i = 2;
        }
        while (i < text.Length)
        {
            var length = 0;
            for (; i < text.Length && text[i] != ':'; i++, length++) digits |= char.IsAsciiDigit((char)text[i]);
            if (length is 0 or > 4) return false;
            groups++;
            if (i == text.Length) break;
            i++;
            if (i < text.Length && text[i] == ':')
            {
                if (compressed) return false;
                compressed = true;
                i++;
            }
            else if (i == text.Length && !dotted) return false;
        }
        return compressed ? groups <= 7 && (groups > 0 || text.Length == 2) && (digits || groups > 2) : groups == 8;
    }

    private static bool IsPart(byte b) => b == ':' || char.IsAsciiHexDigit((char)b);
}

/// <summary>MAC addresses with hyphens, found by the second hyphen of "-ab-".</summary>
internal sealed class MacDetector : IDetector
{
    public byte Anchor => (byte)'-';

    public void Detect(ref PiiScan scan, int at)
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
