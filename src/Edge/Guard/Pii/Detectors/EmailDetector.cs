namespace Edge.Guard.Pii.Detectors;

/// <summary>E-mail addresses: the dot-atom of RFC 5321, section 4.1.2, which is at most 64 bytes there and here as long as it is (what were left would be sent), and a domain of at least two labels (RFC 1035, or UTF-8 by RFC 6531).</summary>
internal static class EmailDetector
{
    public static void Detect(ref PiiScan scan, int at)
    {
        var start = at;
        // A '@' is no part of it, so that this is linear in the text.
        var slash = -1;
        while (IsLocal(scan[start - 1]) || (scan[start - 1] is (byte)'\'' or (byte)'/' && char.IsAsciiLetterOrDigit((char)scan[start - 2]) && char.IsAsciiLetterOrDigit((char)scan[start])))
        {
            start--;
            if (scan[start] != '/') continue;
            // A path; the slash of "a@b.example/c@d.example" is between two addresses.
            if (slash >= 0)
            {
                start = slash + 1;
                break;
            }
            slash = start;
        }
        if (slash >= start && scan[start - 1] is (byte)'@' or (byte)'/' or (byte)':') start = slash + 1;
        while (start < at && scan[start] == '.') start++;
        if (start == at || scan[at - 1] == '.') return;

        // Labels of 1 to 63 bytes, without a hyphen at either end; the last one has a letter first. What does not fit ends the domain before it.
        var end = at + 1;
        var label = end;
        var good = 0;
        var labels = 0;
        while (end - at < 255)
        {
            while (end - label < 64 && (char.IsAsciiLetterOrDigit((char)scan[end]) || scan[end] == '-' || scan[end] >= 0x80)) end++;
            var length = end - label;
            if (length is 0 or > 63 || scan[label] == '-') break;
            labels++;
            var trimmed = end;
            while (scan[trimmed - 1] == '-') trimmed--;
            if (labels > 1 && trimmed - label >= 2 && !char.IsAsciiDigit((char)scan[label])) good = trimmed;
            if (trimmed != end || scan[end] != '.') break;
            label = ++end;
        }
        if (good == 0) return;
        scan.Add(start, good, PiiEntity.EmailAddress, Confidence.Certain);
    }

    // Without '=', '`' and '|', which RFC 5321 allows and which in text are nearly always the neighbour of an address; an apostrophe and a slash only within a word.
    private static bool IsLocal(byte b) => char.IsAsciiLetterOrDigit((char)b) || b >= 0x80 || (b != 0 && ".!#$%&*+-?^_{}~"u8.Contains(b));
}
