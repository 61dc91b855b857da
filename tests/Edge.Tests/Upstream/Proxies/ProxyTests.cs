using Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Edge.Tests.Upstream.Proxies;

public class ProxyTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private const string Basic = "proxy-authorization: Basic dXNlcjpwYXNz\r\n";

    // What the proxy is asked for is a name that does not resolve here: nothing but the proxy can reach it.
    private const string Elsewhere = "provider.test";

    [Fact]
    public async Task A_plain_request_goes_to_the_proxy_in_absolute_form()
    {
        await using var server = FakeServer.Answering(Hello);
        await using var proxy = new FakeProxy(server.Port);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = UpstreamKit.Endpoint(8080) with { Host = Elsewhere, Proxy = proxy.Address };
        for (var i = 0; i < 3; i++) Assert.Equal(new Outcome(UpstreamFailure.None, 200, "hello"), await client.FetchAsync(endpoint));
        var head = Assert.Single(proxy.Heads);
        Assert.StartsWith("POST http://provider.test:8080/v1/chat/completions HTTP/1.1\r\n" + Basic + "host: example.test\r\n", head, StringComparison.Ordinal);
        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tls_request_goes_through_a_tunnel_and_the_key_is_not_shown_to_the_proxy(bool proxyTls)
    {
        await using var server = FakeServer.Answering(Hello, Laboratory.Instance.Server);
        await using var proxy = new FakeProxy(server.Port, proxyTls ? Laboratory.Instance.Server : null);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = Laboratory.Instance.Endpoint(443) with { Host = Elsewhere, TlsServerName = null, Proxy = proxy.Address };
        if (proxyTls)
        {
            // Its certificate is for another name than the address that it is reached by.
            Assert.Equal(UpstreamFailure.Proxy, (await client.FetchAsync(endpoint)).Failure);
            endpoint = endpoint with { InsecureSkipVerify = true };
        }
        for (var i = 0; i < 3; i++) Assert.Equal(new Outcome(UpstreamFailure.None, 200, "hello"), await client.FetchAsync(endpoint));
        Assert.Equal($"CONNECT provider.test:443 HTTP/1.1\r\nhost: provider.test:443\r\n{Basic}\r\n", Assert.Single(proxy.Heads));
    }

    [Fact]
    public async Task Through_a_tunnel_the_certificate_must_be_the_targets()
    {
        await using var server = FakeServer.Answering(Hello, Laboratory.Instance.Server);
        await using var proxy = new FakeProxy(server.Port);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = Laboratory.Instance.Endpoint(443) with { Host = "other.test", TlsServerName = null, Proxy = proxy.Address };
        Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(endpoint)).Failure);
        Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(endpoint with { Host = Elsewhere, ExtraRoots = null })).Failure);
        Assert.Equal("hello", (await client.FetchAsync(endpoint with { TlsServerName = Elsewhere })).Body);
        Assert.All(client.Counters, counters => Assert.InRange(counters.Open, 0, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Http2_goes_through_a_tunnel_with_tls_and_without(bool tls)
    {
        await using var server = await Http2Provider.StartAsync(tls, HttpProtocols.Http2, context => context.Response.WriteAsync(context.Request.Protocol));
        await using var proxy = new FakeProxy(server.Endpoint.Port);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = server.Endpoint with { Host = Elsewhere, Port = 8443, TlsServerName = null, Proxy = proxy.Address };
        for (var i = 0; i < 3; i++) Assert.Equal(new Outcome(UpstreamFailure.None, 200, "HTTP/2"), await client.FetchAsync(endpoint));
        Assert.Equal($"CONNECT provider.test:8443 HTTP/1.1\r\nhost: provider.test:8443\r\n{Basic}\r\n", Assert.Single(proxy.Heads));
        if (tls) Assert.Equal(UpstreamFailure.Tls, (await client.FetchAsync(endpoint with { Host = "other.test" })).Failure);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 2\r\n\r\nno", "407")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502")]
    [InlineData("HTTP/1.0 403 Forbidden\r\n\r\n<html>no</html>", "403")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", "101")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", "302")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", "not HTTP")]
    [InlineData("\0\0\0\0\n", "not HTTP")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "bytes of its own")]
    [InlineData("HTTP/1.1 200 OK\r\n", "closed")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n", "503")]
    public async Task A_proxy_that_opens_no_tunnel_is_to_blame(string answer, string detail)
    {
        foreach (var version in new[] { UpstreamHttpVersion.Http11, UpstreamHttpVersion.Http2 })
        {
            await using var proxy = new FakeProxy(1) { Answer = answer };
            await using var client = new UpstreamClient(TimeProvider.System);
            var outcome = await client.FetchAsync(Laboratory.Instance.Endpoint(443) with { Host = Elsewhere, Proxy = proxy.Address, HttpVersion = version });
            Assert.Equal(UpstreamFailure.Proxy, outcome.Failure);
            Assert.Contains(detail, outcome.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_head_without_end_is_cut_off()
    {
        await using var proxy = new FakeProxy(1) { Answer = "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("a: b\r\n", 4000)) };
        await using var client = new UpstreamClient(TimeProvider.System);
        var outcome = await client.FetchAsync(Laboratory.Instance.Endpoint(443) with { Host = Elsewhere, Proxy = proxy.Address });
        Assert.Equal(UpstreamFailure.Proxy, outcome.Failure);
    }

    [Fact]
    public async Task A_407_to_a_plain_request_is_the_proxys_and_a_502_is_an_answer()
    {
        await using var asking = new FakeProxy(1) { Answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n" };
        await using var failing = new FakeProxy(1) { Answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno" };
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = UpstreamKit.Endpoint(80) with { Host = Elsewhere };
        Assert.Equal(UpstreamFailure.Proxy, (await client.FetchAsync(endpoint with { Proxy = asking.Address })).Failure);
        Assert.Equal(new Outcome(UpstreamFailure.None, 502, "no"), await client.FetchAsync(endpoint with { Proxy = failing.Address }));
        Assert.StartsWith("POST http://provider.test/v1", asking.Heads[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_to_blame()
    {
        var gone = new FakeProxy(1);
        var address = gone.Address;
        await gone.DisposeAsync();
        await using var client = new UpstreamClient(TimeProvider.System);
        foreach (var bad in new[] { address, address with { Host = new string('x', 70) + ".invalid" } })
        {
            Assert.Equal(UpstreamFailure.Proxy, (await client.FetchAsync(UpstreamKit.Endpoint(80) with { Proxy = bad })).Failure);
            Assert.Equal(UpstreamFailure.Proxy, (await client.FetchAsync(Laboratory.Instance.Endpoint(443) with { Proxy = bad })).Failure);
        }
    }

    [Fact]
    public async Task A_proxy_that_hangs_ends_with_the_connect_time_out()
    {
        await using var proxy = new FakeProxy(1) { Answer = "" };
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        var fetching = client.FetchAsync(Laboratory.Instance.Endpoint(443) with { Host = Elsewhere, Proxy = proxy.Address });
        await UpstreamKit.EventuallyAsync(() =>
        {
            lock (proxy.Heads) return proxy.Heads.Count == 1;
        });
        time.Advance(TimeSpan.FromSeconds(4), client);
        Assert.False(fetching.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2), client);
        Assert.Equal(UpstreamFailure.ConnectTimeout, (await fetching).Failure);
    }
}
