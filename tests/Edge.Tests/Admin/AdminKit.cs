using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Edge.Admin;
using Edge.Configuration;
using Edge.Providers;
using Edge.Telemetry;
using Edge.Tests.Pipeline;
using Edge.Upstream;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Tests.Admin;

/// <summary>Both planes of one gateway without sockets: <c>fake</c> serves the model m, groq stands by.</summary>
internal sealed class AdminKit
{
    public const string Token = "0123456789abcdef";
    public const string Viewer = "viewer-0123456789abcdef";
    public const string Body = """{"model":"fake/m","messages":[{"role":"user","content":"hi"}]}""";
    public const string StreamBody = """{"model":"fake/m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    public const string Good = """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    private readonly AdminApplication _admin;

    public AdminKit(AdminConfig? admin = null, Func<EdgeConfig, EdgeConfig>? change = null, TimeProvider? time = null)
    {
        var config = new EdgeConfig
        {
            Admin = admin ?? new AdminConfig { Token = new Secret(Token), Tokens = [new() { Name = "grafana", Token = new Secret(Viewer), Role = AdminRole.Viewer }] },
            Routing = new RoutingConfig { FallbackChain = ["groq/m"], Retry = new RetryConfig { PerTarget = 1 } },
        };
        Gateway = new PipelineKit(more: [ProviderCatalog.Find("groq")!], config: change?.Invoke(config) ?? config);
        Gateway.AnswerOf = _ => CannedResponse.Json(Good);
        Metrics = new GatewayMetrics();
        Worker = new MetricsWorker(Gateway.Completed, Metrics, TimeProvider.System);
        var api = new AdminApi(Gateway.State, Gateway.Traffic, Gateway.Pipeline.Cache, Gateway.Log, time ?? TimeProvider.System);
        _admin = new AdminApplication(
            Gateway.State, Gateway.Lifetime, Metrics, Worker, Gateway.Pipeline, Gateway.Completed, new UpstreamClient(TimeProvider.System), api);
    }

    public PipelineKit Gateway { get; }

    public GatewayMetrics Metrics { get; }

    public MetricsWorker Worker { get; }

    public static string Stream { get; } =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":null}]}\n\n"
        + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    /// <summary>One request to the admin listener.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="body">Empty = none.</param>
    /// <param name="authorization">Null = no header.</param>
    /// <param name="from">The client's address.</param>
    public async Task<NullTransport> SendAsync(string method, string target, string body = "", string? authorization = "Bearer " + Token, string from = "127.0.0.1")
    {
        var transport = new NullTransport { Method = method }.Begin(Encoding.UTF8.GetBytes(body));
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        transport.Path = mark < 0 ? target : target[..mark];
        ((IHttpRequestFeature)transport).QueryString = mark < 0 ? "" : target[mark..];
        transport.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Parse(from) });
        if (authorization is not null) transport.RequestHeaders.Authorization = authorization;
        await _admin.ProcessRequestAsync(transport);
        return transport;
    }

    public async Task<JsonNode> JsonAsync(string method, string target, string body = "")
    {
        var answer = await SendAsync(method, target, body);
        Assert.True(answer.StatusCode == 200, answer.WrittenText);
        return JsonNode.Parse(answer.WrittenText)!;
    }

    /// <summary>One request with a client's key.</summary>
    public Task<NullTransport> ChatAsync(string? key = null, string body = Body) => Gateway.SendAsync(body, transport =>
    {
        if (key is not null) transport.RequestHeaders.Authorization = "Bearer " + key;
    });

    public static string Code(NullTransport answer) => JsonNode.Parse(answer.WrittenText)!["error"]!["code"]!.GetValue<string>();

    /// <summary>The lines of /metrics that begin so.</summary>
    public async Task<string[]> MetricsAsync(string start) =>
        [.. (await SendAsync("GET", "/metrics", authorization: null)).WrittenText.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public static EdgeConfig WithKeys(EdgeConfig config) => config with
    {
        Auth = new AuthConfig
        {
            ApiKeys = [new() { Key = new Secret("sk-a"), Name = "a" }, new() { Key = new Secret("sk-b"), Name = "b", Debug = true }, new() { Key = new Secret("sk-unnamed") }],
        },
    };
}
