using System.Net.Sockets;
using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Server;
using Edge.Telemetry;
using Edge.Tests.Configuration;
using Edge.Upstream;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Edge.Tests.Upstream;

/// <summary>The gateway's data plane on a port of its own, with a configuration from YAML: real sockets on both sides.</summary>
internal sealed class GatewayKit : IAsyncDisposable
{
    private readonly UpstreamClient _client = new(TimeProvider.System);
    private readonly CompletedRequestQueue _completed = new(1024);
    private readonly CancellationTokenSource _over = new();
    private readonly Log _log;
    private readonly KestrelServer _server;
    private readonly Task _sweeping;

    private GatewayKit(EdgeConfig config)
    {
        _log = new Log(Stream.Null, TimeProvider.System, LogSeverity.Error);
        Pipeline = new RequestPipeline(
            new GatewayStateHolder(GatewayStateBuilder.Build(config, TimeProvider.System)), new AttemptStage(_client, new ShadowCalls(_client, new CompletedRequestQueue(16), TimeProvider.System, new Edge.Routing.Entropy(1), _log), TimeProvider.System, _log),
            new ResponseStage(TimeProvider.System, _log), _completed, new RequestIds(), Lifetime, TimeProvider.System, _log);
        _server = KestrelFactory.DataPlane(config.Server, certificates: null, port: null, NullLoggerFactory.Instance);
        _sweeping = _client.RunAsync(_over.Token);
    }

    public GatewayLifetime Lifetime { get; } = new();

    public RequestPipeline Pipeline { get; }

    public UpstreamConnectionCounters[] Upstream => [.. _client.Counters];

    public int Port { get; private set; }

    /// <param name="provider">YAML of the one provider's section below its name <c>fake</c>, indented by four.</param>
    /// <param name="more">YAML of other sections.</param>
    public static Task<GatewayKit> StartAsync(string provider, string more = "") =>
        StartAsync(new FakeEnvironment().Load($"{more}\nproviders:\n  fake:\n{provider}").Valid());

    public static async Task<GatewayKit> StartAsync(EdgeConfig config)
    {
        var kit = new GatewayKit(config with { Server = config.Server with { Listen = [ListenAddress.Loopback(0)] } });
        await kit._server.StartAsync(kit.Pipeline, CancellationToken.None);
        kit.Port = new Uri(kit._server.Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return kit;
    }

    /// <summary>The record of a request, once it is settled.</summary>
    public async Task<CompletedRequest> RecordAsync()
    {
        var one = new CompletedRequest[1];
        await UpstreamKit.EventuallyAsync(() => _completed.Take(one) == 1);
        return one[0];
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", Port, TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>Sends a request as it stands; the answer's head and body, empty where the gateway closed instead.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var answer = new FakeConnection(socket, new NetworkStream(socket), 1);
        var head = await answer.ReadRequestAsync().WaitAsync(UpstreamKit.Patience, TestContext.Current.CancellationToken);
        return head + Encoding.Latin1.GetString(answer.Body);
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(UpstreamKit.Patience, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        _server.Dispose();
        await _over.CancelAsync();
        await _sweeping;
        await _client.DisposeAsync();
        await _log.DisposeAsync();
        Lifetime.Dispose();
        _over.Dispose();
    }
}
