using System.Buffers;
using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Server;
using Edge.Telemetry;
using Edge.Upstream;

namespace Edge.Tests.Pipeline;

/// <summary>A whole pipeline whose provider is a delegate: what it was sent is kept, what it answers is chosen. Shared with the benchmarks.</summary>
public sealed class PipelineKit
{
    private readonly Edge.Upstream.Credentials.ICredential? _credential;
    private readonly UpstreamConfig _limits;
    private readonly Func<string, string> _regionOf;
    private readonly UpstreamClient _client = new(TimeProvider.System);
    private Func<CannedResponse> _answer = () => CannedResponse.Json("{}");

    public PipelineKit(Dialect dialect = Dialect.OpenAi, EdgeConfig? config = null, Provider? sheet = null, IReadOnlyList<Provider>? more = null, TimeProvider? time = null,
        Edge.Upstream.Credentials.ICredential? credential = null, UpstreamConfig? limits = null,
        Edge.Tenancy.TenancySource? tenancy = null, Func<string, string>? regionOf = null, PolicyServices? policy = null)
    {
        _regionOf = regionOf ?? (static _ => "");
        _limits = limits ?? new UpstreamConfig();
        _credential = credential;
        time ??= TimeProvider.System;
        var provider = new ProviderConfig { Name = "fake", Type = ProviderType.OpenAiCompatible, ApiRoot = new Uri("http://127.0.0.1:1/v1") };
        // Further providers have the names of their sheets.
        var others = (more ?? []).ToDictionary(other => other.Name);
        config = (config ?? new EdgeConfig()) with { Providers = [provider, .. others.Keys.Select(name => provider with { Name = name })] };
        // A wait of random length is no test's business.
        config = config with { Routing = config.Routing with { Retry = config.Routing.Retry with { BaseDelay = TimeSpan.Zero } } };
        var first = sheet ?? ProviderCatalog.Find(dialect == Dialect.OpenAi ? "openai" : "anthropic")!;
        State = new GatewayStateHolder(GatewayStateBuilder.Build(config, one => Fake(one.Name, others.GetValueOrDefault(one.Name, first)), tenancy: tenancy));
        Completed = new CompletedRequestQueue(1024);
        Log = new Log(LogOutput, TimeProvider.System, LogSeverity.Trace);
        var entropy = new Edge.Routing.Entropy(1);
        Shadows = new ShadowCalls(_client, Completed, time, entropy, Log);
        Policy = policy ?? new PolicyServices(config, Log, time);
        Pipeline = new RequestPipeline(
            State, new AttemptStage(_client, Shadows, time, Log), new ResponseStage(time, Log), Completed, new RequestIds(), Lifetime, time, Log, entropy, Traffic = new Edge.Routing.TrafficSwitch(Lifetime, time), Policy);
    }

    public GatewayStateHolder State { get; }

    public GatewayLifetime Lifetime { get; } = new();

    public Edge.Routing.TrafficSwitch Traffic { get; }

    public CompletedRequestQueue Completed { get; }

    public RequestPipeline Pipeline { get; }

    public PolicyServices Policy { get; }

    public ShadowCalls Shadows { get; }

    public Log Log { get; }

    public MemoryStream LogOutput { get; } = new();

    /// <summary>The body that the provider got last; null where it was never called.</summary>
    public string? SentBody { get; private set; }

    public string? SentHeaders { get; private set; }

    public TimeSpan SentFirstByteTimeout { get; private set; }

    /// <summary>Method and request target.</summary>
    public string? SentTarget { get; private set; }

    /// <summary>The bodies of every call, in order.</summary>
    public List<string> SentBodies { get; } = [];

    /// <summary>Answers by the body that was sent.</summary>
    public Func<string, CannedResponse>? AnswerTo { get; set; }

    /// <summary>Answers by the provider's name.</summary>
    public Func<string, CannedResponse>? AnswerOf { get; set; }

    /// <summary>Answers by the provider's name, some day.</summary>
    public Func<string, CancellationToken, Task<UpstreamResponse>>? LaterOf { get; set; }

    /// <summary>The providers that were called, in order.</summary>
    public List<string> Called { get; } = [];

    public CannedResponse? LastResponse { get; private set; }

    /// <summary>Off for benchmarks: nothing is kept of what is sent.</summary>
    public bool KeepSent { get; set; } = true;

    public PipelineKit Answer(Func<CannedResponse> answer)
    {
        _answer = answer;
        return this;
    }

    /// <summary>Sends one chat request on a connection of its own.</summary>
    public async Task<NullTransport> SendAsync(string body, Action<NullTransport>? configure = null)
    {
        var transport = new NullTransport { KeepFlushes = true }.Begin(Encoding.UTF8.GetBytes(body));
        configure?.Invoke(transport);
        SentBody = null;
        await transport.RunAsync(Pipeline);
        return transport;
    }

    /// <summary>The record of the last request.</summary>
    public CompletedRequest TakeRecord()
    {
        var one = new CompletedRequest[1];
        return Completed.Take(one) == 1 ? one[0] : throw new InvalidOperationException("The request left no record.");
    }

    private void Keep(UpstreamRequest request)
    {
        var body = request.Body.ToArray();
        if (request.BodyStream is { } stream)
        {
            // All of it is in memory.
            while (stream.TryRead(out var read))
            {
                body = [.. body, .. read.Buffer.ToArray()];
                stream.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            if (request.BodyStreamLength is { } announced && announced != body.Length) throw new InvalidOperationException($"{announced} bytes announced, {body.Length} sent.");
        }
        SentBody = Encoding.UTF8.GetString(body);
        SentFirstByteTimeout = request.FirstByteTimeout;
        SentHeaders = Encoding.ASCII.GetString(request.RequestHeaders.Span);
        SentTarget = $"{request.Method} {Encoding.ASCII.GetString(request.Path.Span)}";
        SentBodies.Add(SentBody);
    }

    private Target Fake(string name, Provider sheet) => new()
    {
        Name = name,
        NameHeader = name,
        Sheet = sheet,
        InProcess = (request, _, cancel) =>
        {
            if (KeepSent)
            {
                // A copy of a request is sent on a thread of its own.
                lock (Called)
                {
                    Keep(request);
                    Called.Add(name);
                }
            }
            if (LaterOf is { } later) return new(later(name, cancel));
            var response = AnswerOf is { } of ? of(name) : AnswerTo is { } answer ? answer(SentBody!) : _answer();
            LastResponse = response;
            if (cancel.CanBeCanceled) response.AbortOn(cancel);
            return new(response);
        },
        Endpoint = new UpstreamEndpoint { Host = "127.0.0.1", Port = 1 },
        RootPath = "",
        Region = _regionOf(name),
        Credential = _credential,
        Headers = default,
        Limits = _limits,
        AcceptsAnyModel = true,
        MaxTokensDefault = 4096,
    };
}
