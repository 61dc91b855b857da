using System.Buffers;

namespace Edge.Guard.Pii.Detectors;

/// <summary>URLs with a scheme (RFC 3986), and those that carry a password: <c>scheme://user:password@host</c>, connection strings among them.</summary>
internal static class UrlDetector
{
    private static readonly SearchValues<byte> _templateMarks = SearchValues.Create("<>{}$*"u8);
    private const int MaxLength = 2048;

    public static void Detect(ref PiiScan scan, int at)
    {
        if (at < scan.LinkEnd || scan[at + 1] != '/' || scan[at + 2] != '/') return;
        var start = at;
        while (at - start < 20 && (char.IsAsciiLetterOrDigit((char)scan[start - 1]) || scan[start - 1] is (byte)'+' or (byte)'.' or (byte)'-')) start--;
        while (start < at && !char.IsAsciiLetter((char)scan[start])) start++;
        if (start == at) return;
        var authority = at + 3;
        var end = authority;
        while (end - start < MaxLength && IsUrl(scan[end])) end++;
        while (end > authority && ".,;:!?)]}'\""u8.Contains(scan[end - 1])) end--;
        scan.LinkEnd = end;
        if (end == authority) return;
        var text = scan.Text;
        var slash = text[authority..end].IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        var host = text.Slice(authority, slash < 0 ? end - authority : slash);
        if (host.IsEmpty) return;
        var credentials = host.LastIndexOf((byte)'@');
        if (credentials > 0 && host[..credentials].IndexOf((byte)':') is >= 0 and var colon && colon < credentials - 1 && !host[colon..credentials].ContainsAny(_templateMarks))
        {
            scan.Add(start, end, PiiEntity.UrlCredentials, Confidence.Certain);
            if (!text[start..at].StartsWith("http"u8)) scan.Add(start, end, PiiEntity.ConnectionString, Confidence.InContext);
        }
        if (host.IndexOf((byte)'.') > 0 || host.StartsWith("localhost"u8) || host[0] == '[')
        {
            scan.Add(start, end, PiiEntity.Url, Confidence.Default);
            if (Secrets.HasLongPath(host, text[authority..end], "hooks.slack.com"u8, "/services/"u8) || Secrets.HasLongPath(host, text[authority..end], "hooks.slack.com"u8, "/triggers/"u8)
                || Secrets.HasLongPath(host, text[authority..end], "webhook.office.com"u8, "/webhookb2/"u8))
            {
                scan.Add(start, end, PiiEntity.ApiKey, Confidence.InContext);
            }
        }
    }

    private static bool IsUrl(byte b) => b > ' ' && b != 0x7F && b is not ((byte)'"' or (byte)'<' or (byte)'>' or (byte)'\\' or (byte)'`' or (byte)'|' or (byte)'^');
}
