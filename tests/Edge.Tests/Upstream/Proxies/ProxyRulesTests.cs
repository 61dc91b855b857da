using Edge.Model;
using Edge.Tests.Configuration;
using Edge.Upstream.Proxies;

namespace Edge.Tests.Upstream.Proxies;

public class ProxyRulesTests
{
    [Theory]
    [InlineData("http://proxy:3128", "http://proxy:3128", null)]
    [InlineData("proxy:3128", "http://proxy:3128", null)]
    [InlineData("proxy", "http://proxy:80", null)]
    [InlineData("https://proxy", "https://proxy:443", null)]
    [InlineData("http://[::1]:3128/", "http://[::1]:3128", null)]
    [InlineData("http://user:pa%3Ass@proxy:3128", "http://proxy:3128", "Basic dXNlcjpwYTpzcw==")]
    [InlineData("user:pass@proxy:3128", "http://proxy:3128", "Basic dXNlcjpwYXNz")]
    [InlineData("http://user@proxy", "http://proxy:80", "Basic dXNlcjo=")]
    [InlineData("http://us%C3%A9r:p@proxy", "http://proxy:80", "Basic dXPDqXI6cA==")]
    public void A_proxy_is_read(string text, string printed, string? authorization)
    {
        Assert.Null(ProxyAddress.TryParse(text, out var proxy));
        Assert.Equal((printed, authorization), (proxy!.ToString(), proxy.Authorization));
    }

    [Theory]
    [InlineData("socks5://proxy:1080")]
    [InlineData("ftp://proxy")]
    [InlineData("http://")]
    [InlineData("http://proxy:99999")]
    [InlineData("http://proxy:0")]
    [InlineData("http://proxy/path")]
    [InlineData("http://proxy?q=1")]
    [InlineData("http://proxy#f")]
    [InlineData("http://us%0D%0Aer:secret@proxy")]
    [InlineData("://proxy")]
    [InlineData("a b")]
    [InlineData("")]
    public void What_is_none_is_refused_without_its_text(string text)
    {
        var problem = ProxyAddress.TryParse(text, out var proxy);
        Assert.Null(proxy);
        Assert.NotNull(problem);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "example.com", false)]
    [InlineData("", "example.com", false)]
    [InlineData(" , ,", "example.com", false)]
    [InlineData("*", "example.com", true)]
    [InlineData("*", "192.0.2.1", true)]
    [InlineData("a.test, *", "example.com", true)]
    [InlineData("example.com", "example.com", true)]
    [InlineData("EXAMPLE.com", "Example.COM", true)]
    [InlineData("example.com", "example.com.", true)]
    [InlineData("example.com.", "api.example.com", true)]
    [InlineData("example.com", "api.example.com", true)]
    [InlineData("example.com", "badexample.com", false)]
    [InlineData("example.com", "example.com.evil", false)]
    [InlineData("example.com", "com", false)]
    [InlineData(".example.com", "api.example.com", true)]
    [InlineData(".example.com", "a.b.example.com", true)]
    [InlineData(".example.com", "example.com", true)]
    [InlineData(".example.com", "badexample.com", false)]
    [InlineData("*.example.com", "api.example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "badexample.com", false)]
    [InlineData(".", "example.com", false)]
    [InlineData("*.", "example.com", false)]
    [InlineData("example.com:443", "example.com", true)]
    [InlineData("example.com:8443", "example.com", false)]
    [InlineData("example.com:x", "example.com", false)]
    [InlineData("example.com:", "example.com", false)]
    [InlineData("a.test example.com", "example.com", true)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.10", false)]
    [InlineData("192.0.2.1:443", "192.0.2.1", true)]
    [InlineData("192.0.2.1:80", "192.0.2.1", false)]
    [InlineData("2.1", "192.0.2.1", false)]
    [InlineData("192.0.2.0/24", "192.0.2.77", true)]
    [InlineData("192.0.2.0/24", "192.0.3.1", false)]
    [InlineData("192.0.2.0/24", "example.com", false)]
    [InlineData("192.0.2.0/33", "192.0.2.1", false)]
    [InlineData("192.0.2.0/x", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8::1", "2001:db8::1", true)]
    [InlineData("2001:db8:0::1", "2001:db8::1", true)]
    [InlineData("[2001:db8::1]", "2001:db8::1", true)]
    [InlineData("[2001:db8::1]:443", "2001:db8::1", true)]
    [InlineData("[2001:db8::1]:80", "2001:db8::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:7::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("[", "example.com", false)]
    [InlineData(":443", "example.com", false)]
    [InlineData("[]:443", "example.com", false)]
    public void No_proxy_covers(string? list, string host, bool covered) => Assert.Equal(covered, NoProxy.Covers(list, host, 443));

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST.", true)]
    [InlineData("a.localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("notlocalhost", false)]
    [InlineData("128.0.0.1", false)]
    [InlineData("localhost.example.com", false)]
    public void Loopback_is(string host, bool loopback) => Assert.Equal(loopback, NoProxy.IsLoopback(host));

    [Theory]
    [InlineData("", true, null)]
    [InlineData("HTTPS_PROXY=http://a", true, "http://a:80")]
    [InlineData("HTTPS_PROXY=http://a", false, null)]
    [InlineData("HTTP_PROXY=http://a", true, null)]
    [InlineData("HTTP_PROXY=http://a", false, "http://a:80")]
    [InlineData("https_proxy=http://low HTTPS_PROXY=http://up", true, "http://low:80")]
    [InlineData("https_proxy= HTTPS_PROXY=http://up", true, "http://up:80")]
    [InlineData("ALL_PROXY=http://all", true, "http://all:80")]
    [InlineData("all_proxy=http://all HTTP_PROXY=http://a", true, "http://all:80")]
    [InlineData("ALL_PROXY=http://all HTTPS_PROXY=http://a", true, "http://a:80")]
    [InlineData("HTTPS_PROXY=http://a NO_PROXY=example.com", true, null)]
    [InlineData("HTTPS_PROXY=http://a no_proxy=other.test NO_PROXY=example.com", true, "http://a:80")]
    public void The_environment_is_read_as_curl_reads_it(string variables, bool useTls, string? expected)
    {
        var proxy = ProxyRules.Choose(null, null, Variables(variables), useTls, "api.example.com", useTls ? 443 : 80, out var problem);
        Assert.Null(problem);
        Assert.Equal(expected, proxy?.ToString());
    }

    [Fact]
    public void A_variable_that_is_no_proxy_is_a_problem_that_names_it_and_not_its_value()
    {
        Assert.Null(ProxyRules.Choose(null, null, Variables("ALL_PROXY=socks5://u:secret@a"), true, "example.com", 443, out var problem));
        Assert.Contains("ALL_PROXY", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
        // Not where it would not be used.
        Assert.Null(ProxyRules.Choose(null, null, Variables("ALL_PROXY=socks5://a"), true, "127.0.0.1", 443, out problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("providers: {p: {url: 'https://api.example.com'}}", "http://env:80")]
    [InlineData("providers: {p: {url: 'https://127.0.0.1'}}", null)]
    [InlineData("providers: {p: {url: 'https://[::1]'}}", null)]
    [InlineData("providers: {p: {url: 'https://skip.test'}}", null)]
    [InlineData("providers: {p: {url: 'https://api.example.com', proxy: none}}", null)]
    [InlineData("providers: {p: {url: 'https://api.example.com', proxy: 'https://u:secret@own:1'}}", "https://own:1")]
    [InlineData("providers: {p: {url: 'https://127.0.0.1', proxy: 'http://own:1'}}", "http://own:1")]
    [InlineData("providers: {p: {url: 'https://skip.test', proxy: 'http://own:1'}}", "http://own:1")]
    [InlineData("providers: {p: {url: 'https://api.example.com'}}\nupstream: {proxy: 'http://common:1'}", "http://common:1")]
    [InlineData("providers: {p: {url: 'https://127.0.0.1'}}\nupstream: {proxy: 'http://common:1'}", null)]
    [InlineData("providers: {p: {url: 'https://skip.test'}}\nupstream: {proxy: 'http://common:1'}", null)]
    [InlineData("providers: {p: {url: 'https://api.example.com'}}\nupstream: {proxy: none}", null)]
    [InlineData("providers: {p: {url: 'https://api.example.com', proxy: 'http://own:1'}}\nupstream: {proxy: none}", "http://own:1")]
    public void The_configuration_decides(string yaml, string? expected)
    {
        var config = new FakeEnvironment().With("HTTPS_PROXY", "http://env").With("NO_PROXY", "skip.test").Load(yaml).Valid();
        Assert.Equal(expected, config.Providers[0].Proxy?.ToString());
        Assert.DoesNotContain("secret", config.Providers[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(config.Providers[0].Proxy, GatewayStateBuilder.Build(config, TimeProvider.System).Targets[0].Endpoint.Proxy);
    }

    [Fact]
    public void What_is_wrong_is_said_without_the_password()
    {
        var own = new FakeEnvironment().Load("providers: {p: {url: 'https://h', proxy: 'socks5://u:secret@own'}}").ErrorTexts();
        Assert.Contains("providers.p.proxy: is a kind of proxy that is not spoken; allowed: none, or the url of an http or https proxy", Assert.Single(own), StringComparison.Ordinal);
        var environment = new FakeEnvironment().With("https_proxy", "socks5://u:secret@own").Load("providers: {p: {url: 'https://h'}}").ErrorTexts();
        Assert.Contains("providers.p: the variable https_proxy is a kind", Assert.Single(environment), StringComparison.Ordinal);
    }

    private static Func<string, string?> Variables(string list)
    {
        var variables = list.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return variables.GetValueOrDefault;
    }
}
