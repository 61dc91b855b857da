using System.Globalization;
using System.Text;

namespace Edge.Upstream.Proxies;

/// <summary>A forward proxy. Immutable; compared by value, so that a reload keeps the connections through it. Prints without user and password.</summary>
public sealed record ProxyAddress
{
    /// <summary>The proxy itself is spoken to over TLS.</summary>
    public required bool UseTls { get; init; }

    /// <summary>DNS name or IP literal (IPv6 without brackets).</summary>
    public required string Host { get; init; }

    /// <summary>1..65535.</summary>
    public required int Port { get; init; }

    /// <summary>The value of <c>proxy-authorization</c>; null = none. Secret.</summary>
    public string? Authorization { get; init; }

    /// <summary>
    /// Reads <c>[http[s]://][user[:password]@]host[:port]</c>. Without a scheme it is http, without a port 80 or 443, as in Go; curl takes 1080 for both, which nobody
    /// means today. User and password may be percent-encoded, and go out as RFC 7617 Basic in UTF-8.
    /// </summary>
    /// <param name="text">The url.</param>
    /// <param name="proxy">The proxy.</param>
    /// <returns>Null, or what is wrong in words that hold nothing of the text.</returns>
    public static string? TryParse(string text, out ProxyAddress? proxy)
    {
        proxy = null;
        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return "is not the url of a proxy";
        if (uri.Scheme is not ("http" or "https")) return "is a kind of proxy that is not spoken";
        if (uri.Port == 0 || uri.AbsolutePath.Length > 1 || uri.Query.Length > 0 || uri.Fragment.Length > 0) return "is not the url of a proxy: only a host and a port stand in one";
        var user = Uri.UnescapeDataString(uri.UserInfo);
        if (user.Any(char.IsControl)) return "holds a control character in its user or password";
        proxy = new ProxyAddress
        {
            UseTls = uri.Scheme == Uri.UriSchemeHttps,
            Host = uri.IdnHost.Trim('[', ']'),
            Port = uri.Port,
            Authorization = user.Length == 0 ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user.Contains(':', StringComparison.Ordinal) ? user : user + ":")),
        };
        return null;
    }

    /// <summary><c>host:port</c>, with brackets around IPv6.</summary>
    public static string Authority(string host, int port) =>
        (host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host) + ":" + port.ToString(CultureInfo.InvariantCulture);

    public override string ToString() => $"{(UseTls ? "https" : "http")}://{Authority(Host, Port)}";
}
