namespace Edge.Guard.Pii.Detectors;

/// <summary>IPv6 (RFC 4291, section 2.2) and MAC addresses, found by their colons.</summary>
internal static class ColonAddressDetector
{
    private const int Longest = 45;

    public static void Detect(ref PiiScan scan, int at)
    {
        if (at < scan.LinkEnd || (!IsPart(scan[at - 1]) && scan[at + 1] != ':') || !IsPart(scan[at + 1])) return;
        // A time has one colon, an address a second within four digits.
        if (scan[at + 1] != ':' && !SecondColon(ref scan, at + 2)) return;
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

    private static bool SecondColon(ref PiiScan scan, int at)
    {
        for (var end = at + 4; at < end; at++)
        {
            if (scan[at] == ':') return true;
            if (!char.IsAsciiHexDigit((char)scan[at])) return false;
        }
        return false;
    }

    private static bool IsPart(byte b) => b == ':' || char.IsAsciiHexDigit((char)b);
}
