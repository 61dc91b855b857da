namespace Edge.Guard.Pii.Detectors;

/// <summary>Private keys in textual armour (RFC 7468): the whole block, or its header where the end is missing.</summary>
internal static class PrivateKeyDetector
{
    public static void Detect(ref PiiScan scan, int at)
    {
        var start = at - 1;
        if (start < scan.LinkEnd || !scan.Text[start..].StartsWith("-----BEGIN "u8)) return;
        var header = scan.Text[(start + 11)..Math.Min(scan.Text.Length, start + 75)];
        var label = header.IndexOf("-----"u8);
        if (label < 0 || header[..label].IndexOf("PRIVATE KEY"u8) < 0) return;
        var body = start + 11 + label + 5;
        // The body has no hyphens, so the search ends at the next armour, and no text makes it go over the same bytes twice.
        var length = scan.Text[body..].IndexOf("-----"u8);
        var end = length < 0 ? scan.Text.Length : body + length;
        if (end - body < 32) return;
        if (length >= 0 && scan.Text[end..].StartsWith("-----END "u8) && scan.Text[(end + 9)..Math.Min(scan.Text.Length, end + 80)].IndexOf("-----"u8) is >= 0 and var closing) end += 9 + closing + 5;
        scan.LinkEnd = scan.BlobEnd = end;
        scan.Add(start, end, PiiEntity.PrivateKey, Confidence.Certain);
    }
}
