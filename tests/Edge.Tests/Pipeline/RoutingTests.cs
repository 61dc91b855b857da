using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Providers;

namespace Edge.Tests.Pipeline;

public class RoutingTests
{
    [Theory]
    [InlineData("fake/anything", "anything")]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("o3-mini", "o3-mini")]
    [InlineData("gpt\\u002d4o", "gpt-4o")]
    [InlineData("fake/a/b", "a/b")]
    [InlineData("whatever", "whatever")]
    public async Task A_name_finds_its_provider(string asked, string sent)
    {
        var kit = new PipelineKit().Answer(() => CannedResponse.Json("{}"));
        var answer = await kit.SendAsync($"{{\"model\":\"{asked}\",\"messages\":[{{\"role\":\"user\"}}]}}");
        Assert.Equal(200, answer.StatusCode);
        Assert.Contains($"\"model\":\"{sent}\"", kit.SentBody);
    }

    [Theory]
    [InlineData("fake/sonar", "perplexity/sonar")]
    [InlineData("fake/perplexity/sonar", "perplexity/sonar")]
    [InlineData("perplexity/sonar", "perplexity/sonar")]
    [InlineData("fake/openai/gpt-5.5", "openai/gpt-5.5")]
    public async Task A_name_without_its_maker_gets_the_providers_own(string asked, string sent)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("perplexity"));
        await kit.SendAsync($"{{\"model\":\"{asked}\",\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}]}}");
        Assert.Contains($"\"model\":\"{sent}\"", kit.SentBody);
    }

    [Theory]
    [InlineData("bedrock", "/v1/chat/completions", ".")]
    [InlineData("bedrock", "/v1/chat/completions", "..")]
    [InlineData("bedrock", "/v1/embeddings", "..")]
    [InlineData("bedrock", "/v1/chat/completions", "\\u002e.")]
    [InlineData("huggingface", "/v1/embeddings", "..")]
    public async Task A_model_is_no_dot_segment_of_a_path(string type, string path, string model)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find(type));

        var answer = await kit.SendAsync(
            $"{{\"model\":\"fake/{model}\",\"input\":\"x\",\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}]}}", transport => transport.Path = transport.RawTarget = path);

        Assert.Equal(400, answer.StatusCode);
        Assert.Contains("\"param\":\"model\"", answer.WrittenText, StringComparison.Ordinal);
        Assert.Null(kit.SentTarget);
    }

    [Fact]
    public void Aliases_listed_models_and_their_order()
    {
        var state = GatewayStateBuilder.Build(Config(), TimeProvider.System);
        Assert.Equal(("one", "shared"), Route(state, "shared"));
        Assert.Equal(("two", "shared"), Route(state, "two/shared"));
        Assert.Equal(("two", "own"), Route(state, "own"));
        Assert.Equal(("two", "own"), Route(state, "nick"));
        Assert.Equal(("two", "own"), Route(state, "nick2"));
        Assert.Equal(("any", "x/y"), Route(state, "free"));
        Assert.False(state.TryGetRoute("unlisted"u8, out _));
        Assert.False(state.TryGetRoute("off/m"u8, out _));
        Assert.Null(state.DefaultTarget);
        Assert.Contains("\"id\":\"nick\"", Encoding.UTF8.GetString(state.Models.Json.Span));
        Assert.NotNull(state.Models.Find("two/own", anthropic: false));
        Assert.Null(state.Models.Find("off/m", anthropic: false));
    }

    [Fact]
    public void A_default_provider_takes_what_no_list_holds()
    {
        var config = Config();
        var state = GatewayStateBuilder.Build(config with { Routing = config.Routing with { DefaultProvider = "any" } }, TimeProvider.System);
        Assert.Equal("any", state.DefaultTarget!.Name);
    }

    [Fact]
    public void The_simulator_answers_for_unknown_models_only_when_it_is_alone()
    {
        var simulator = new ProviderConfig { Name = "simulator", Type = ProviderType.Simulator };
        Assert.Equal("simulator", GatewayStateBuilder.Build(new EdgeConfig { Providers = [simulator] }, TimeProvider.System).DefaultTarget!.Name);
        var both = new EdgeConfig { Providers = [simulator, Compatible("real")] };
        Assert.Equal("real", GatewayStateBuilder.Build(both, TimeProvider.System).DefaultTarget!.Name);
        var listed = new EdgeConfig { Providers = [simulator, Compatible("real", "m")] };
        Assert.Null(GatewayStateBuilder.Build(listed, TimeProvider.System).DefaultTarget);
    }

    [Theory]
    [InlineData("http://[::1]:8000/v1", "host: [::1]:8000\r\n", "::1")]
    [InlineData("https://[2001:db8::1]/v1", "host: [2001:db8::1]\r\n", "2001:db8::1")]
    [InlineData("https://api.example.com/v1", "host: api.example.com\r\n", "api.example.com")]
    [InlineData("https://b\u00fccher.example:8443/v1", "host: xn--bcher-kva.example:8443\r\n", "xn--bcher-kva.example")]
    public void The_host_header_is_what_a_strict_server_takes(string url, string line, string host)
    {
        var provider = Compatible("p") with { ApiRoot = new Uri(url) };
        var target = Assert.Single(GatewayStateBuilder.Build(new EdgeConfig { Providers = [provider] }, TimeProvider.System).Targets);
        Assert.Contains(line, Encoding.ASCII.GetString(target.Headers.Span));
        Assert.Equal(host, target.Endpoint.Host);
    }

    private static EdgeConfig Config() => new()
    {
        Providers =
        [
            Compatible("one", "shared"), Compatible("two", "shared", "own"), Compatible("off", "m") with { Enabled = false }, Compatible("any"),
        ],
        Models = new ModelsConfig { Aliases = new Dictionary<string, string> { ["nick2"] = "nick", ["nick"] = "two/own", ["free"] = "any/x/y" } },
        Routing = new RoutingConfig { DefaultProvider = "one" },
    };

    private static ProviderConfig Compatible(string name, params string[] models) => new()
    {
        Name = name,
        Type = ProviderType.OpenAiCompatible,
        ApiRoot = new Uri("http://127.0.0.1:1/v1"),
        Models = models,
    };

    private static (string Provider, string Model) Route(GatewayState state, string name)
    {
        Assert.True(state.TryGetRoute(Encoding.UTF8.GetBytes(name), out var route), name);
        return (route.Target.Name, Encoding.UTF8.GetString(route.Model.Span));
    }
}
