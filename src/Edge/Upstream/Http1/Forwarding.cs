using System.Text;
using Edge.Upstream.Proxies;

namespace Edge.Upstream.Http1;

/// <summary>What a proxy needs in a plain request beyond what the provider does (RFC 9112 section 3.2.2, RFC 9110 section 11.7.2).</summary>
internal sealed class Forwarding
{
    private Forwarding(byte[] origin, byte[] lines)
    {
        Origin = origin;
        Lines = lines;
    }

    /// <summary>What stands before the path: <c>http://host:port</c>.</summary>
    public byte[] Origin { get; }

    /// <summary>Header lines; may hold the proxy's password.</summary>
    public byte[] Lines { get; }

    public int Length => Origin.Length + Lines.Length;

    /// <summary>Null where requests go to the endpoint itself, also through a tunnel.</summary>
    public static Forwarding? Of(UpstreamEndpoint endpoint)
    {
        if (endpoint is not { Proxy: { } proxy, UseTls: false }) return null;
        var authority = endpoint.Port == 80 ? ProxyAddress.Authority(endpoint.Host, 80)[..^3] : ProxyAddress.Authority(endpoint.Host, endpoint.Port);
        var lines = proxy.Authorization is { } authorization ? $"proxy-authorization: {authorization}\r\n" : "";
        return new Forwarding(Encoding.ASCII.GetBytes("http://" + authority), Encoding.ASCII.GetBytes(lines));
    }
}
