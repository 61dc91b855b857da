using System.Buffers;
using System.Text;
using Edge.Upstream.Http1;

namespace Edge.Upstream.Proxies;

/// <summary>
/// Asks a proxy for a tunnel (RFC 9110 section 9.3.6): <c>CONNECT host:port</c>, an answer of the 200s, and from then on the target's bytes. Its time limit
/// is the caller's token.
/// </summary>
internal static class ProxyTunnel
{
    // The answer's head alone; what a refusal says beyond it is not read.
    private const int MaxHead = 16 * 1024;

    /// <returns>Null when the tunnel stands, else what the proxy did instead.</returns>
    /// <exception cref="IOException">The connection to the proxy broke.</exception>
    public static async Task<string?> OpenAsync(Stream proxy, string host, int port, string? authorization, CancellationToken cancel)
    {
        var authority = ProxyAddress.Authority(host, port);
        var credentials = authorization is null ? "" : $"proxy-authorization: {authorization}\r\n";
        await proxy.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n{credentials}\r\n"), cancel);

        var head = new ResponseHead();
        head.Reset();
        var buffer = ArrayPool<byte>.Shared.Rent(MaxHead);
        try
        {
            for (var filled = 0; ;)
            {
                var count = await proxy.ReadAsync(buffer.AsMemory(filled, MaxHead - filled), cancel);
                if (count == 0) return "the proxy closed the connection before it answered";
                filled += count;
                var progress = head.Parse(buffer.AsSpan(0, filled));
                while (progress == HeadProgress.Complete && head.Status < 200 && head.Status != 101)
                {
                    buffer.AsSpan(head.Length, filled - head.Length).CopyTo(buffer);
                    filled -= head.Length;
                    head.Reset();
                    progress = head.Parse(buffer.AsSpan(0, filled));
                }
                if (progress == HeadProgress.Malformed) return $"the proxy's answer is not HTTP: {head.Problem}";
                if (progress == HeadProgress.Complete) return Judge(head, filled);
                if (filled == MaxHead) return "the proxy's answer is larger than allowed";
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Length and transfer coding of a success mean nothing (RFC 9110): there is no body, the tunnel begins.
    private static string? Judge(ResponseHead head, int filled) => head.Status switch
    {
        407 => "the proxy wants a user and a password, or others (status 407)",
        >= 200 and < 300 when filled > head.Length => "the proxy sent bytes of its own into the tunnel",
        >= 200 and < 300 => null,
        _ => $"the proxy refused the tunnel with status {head.Status}",
    };
}
