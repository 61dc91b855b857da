using System.Text;
using System.Text.Json.Nodes;
using Edge.Admin;
using Edge.Admin.V1;
using Edge.Configuration;
using Edge.Storage;
using Edge.Tests.Configuration;
using Edge.Tests.Pipeline;
using Edge.Tests.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Tests.Admin.V1;

/// <summary>The admin plane over a real database, without sockets.</summary>
internal sealed class AdminV1Kit : IAsyncDisposable
{
    public const string Operator = "operator-0123456789", Viewer = "viewer-0123456789", Auditor = "auditor-0123456789", Developer = "developer-0123456789", Admin = "admin-0123456789";

    /// <summary>Of the organisations acme and rival.</summary>
    public const string AcmeOwner = "acme-owner-0123456789", AcmeViewer = "acme-viewer-0123456789", RivalOwner = "rival-owner-0123456789";

    private readonly AdminApi _api;
    private readonly AdminApplication _application;

    private AdminV1Kit(EdgeConfig config, TimeProvider time)
    {
        Gateway = new PipelineKit(config: config);
        Policy = Gateway.Pipeline.Policy;
        V1 = new AdminV1(AdminResources.All(Policy), Policy.Database, Policy.Journal, Gateway.Log, time);
        Policy.Journal.Writer = (change, _) =>
        {
            Changes.Add(change);
            return default;
        };
        _api = new AdminApi(Gateway.State, Gateway.Traffic, Gateway.Pipeline.Cache, Gateway.Log, time, V1);
        _application = new AdminApplication(
            Gateway.State, Gateway.Lifetime, new Edge.Telemetry.GatewayMetrics(), null!, Gateway.Pipeline, Gateway.Completed, new Edge.Upstream.UpstreamClient(TimeProvider.System), _api);
    }

    public Database Database => Policy.Database;

    public PipelineKit Gateway { get; }

    public PolicyServices Policy { get; }

    public AdminV1 V1 { get; }

    public List<AdminChange> Changes { get; } = [];

    public static async Task<AdminV1Kit> StartAsync(Databases databases, string kind = "memory", string yaml = "", TimeProvider? time = null)
    {
        var (stores, folder) = await databases.ConfigAsync(kind);
        var config = new FakeEnvironment().Load($"{yaml}\nproviders: {{ fake: {{ base_url: http://127.0.0.1:1/v1 }} }}\n").Valid();
        config = config with
        {
            Admin = new AdminConfig
            {
                Tokens =
                [
                    Token("operator", Operator, AdminRole.Operator), Token("viewer", Viewer, AdminRole.Viewer), Token("auditor", Auditor, AdminRole.Auditor),
                    Token("developer", Developer, AdminRole.Developer), Token("admin", Admin, AdminRole.Admin),
                    Token("acme-owner", AcmeOwner, AdminRole.Owner, "acme"), Token("acme-viewer", AcmeViewer, AdminRole.Viewer, "acme"), Token("rival-owner", RivalOwner, AdminRole.Owner, "rival"),
                ],
            },
            Stores = stores with { DataDirectory = folder },
        };
        var kit = new AdminV1Kit(config, time ?? TimeProvider.System);
        await kit.Policy.StartAsync(TestContext.Current.CancellationToken);
        return kit;
    }

    /// <param name="method">HTTP method.</param>
    /// <param name="target">Below /admin/v1, with its query.</param>
    /// <param name="body">Empty = none.</param>
    /// <param name="token">Whose.</param>
    /// <param name="headers">Further ones.</param>
    public async Task<Answer> SendAsync(string method, string target, string body = "", string token = Operator, params (string Name, string Value)[] headers)
    {
        var transport = new NullTransport { Method = method }.Begin(Encoding.UTF8.GetBytes(body));
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        transport.Path = "/admin/v1" + Uri.UnescapeDataString(mark < 0 ? target : target[..mark]);
        ((IHttpRequestFeature)transport).QueryString = mark < 0 ? "" : target[mark..];
        transport.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = System.Net.IPAddress.Loopback });
        transport.RequestHeaders.Authorization = "Bearer " + token;
        foreach (var (name, value) in headers) transport.RequestHeaders[name] = value;
        await _application.ProcessRequestAsync(transport);
        return new Answer(transport.StatusCode, transport.WrittenText, transport.ResponseHeaders.ETag.ToString(), transport);
    }

    /// <summary>Of a request that must succeed.</summary>
    public async Task<JsonNode> OkAsync(string method, string target, string body = "", string token = Operator)
    {
        var answer = await SendAsync(method, target, body, token);
        Assert.True(answer.Status is 200 or 201, $"{method} {target}: {answer.Status} {answer.Text}");
        return answer.Json;
    }

    public async ValueTask DisposeAsync() => await Policy.DisposeAsync();

    private static AdminTokenConfig Token(string name, string token, AdminRole role, string? organisation = null) =>
        new() { Name = name, Token = new Secret(token), Role = role, Organisation = organisation };

    /// <param name="Status">HTTP status.</param>
    /// <param name="Text">Body.</param>
    /// <param name="ETag">Empty = none.</param>
    /// <param name="Transport">All of it.</param>
    internal sealed record Answer(int Status, string Text, string ETag, NullTransport Transport)
    {
        public JsonNode Json => JsonNode.Parse(Text)!;

        public string? Code => Json["error"]?["code"]?.GetValue<string>();

        public string? Field => Json["error"]?["param"]?.GetValue<string>();

        public string Message => Json["error"]!["message"]!.GetValue<string>();
    }
}
