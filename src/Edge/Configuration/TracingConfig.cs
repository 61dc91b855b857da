namespace Edge.Configuration;

/// <summary>How traces are sent.</summary>
public enum OtlpProtocol
{
    /// <summary>Protobuf over HTTP/1.1, usually port 4318.</summary>
    Http,

    /// <summary>gRPC, usually port 4317.</summary>
    Grpc,
}

/// <summary>Traces by OpenTelemetry's protocol.</summary>
public sealed record TracingConfig
{
    /// <summary>Null = no traces, unless <c>monitoring.jaeger</c> asks for them.</summary>
    public Uri? Endpoint { get; init; }

    public OtlpProtocol Protocol { get; init; }

    /// <summary>By name; values may be secrets.</summary>
    public IReadOnlyDictionary<string, Secret> Headers { get; init; } = new Dictionary<string, Secret>();

    /// <summary>Share of the traces that begin here; those of callers follow the caller's decision.</summary>
    public double SampleRatio { get; init; } = 1;

    /// <summary>Failed requests are always sent.</summary>
    public bool AlwaysErrors { get; init; } = true;

    /// <summary>Requests that take longer are always sent; zero = only if sampled.</summary>
    public TimeSpan AlwaysSlowerThan { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A step of the gateway that takes longer has a span of its own.</summary>
    public TimeSpan SlowStep { get; init; } = TimeSpan.FromMilliseconds(1);

    public string ServiceName { get; init; } = "edgegateway";

    public IReadOnlyDictionary<string, string> Resource { get; init; } = new Dictionary<string, string>();

    /// <summary>Organisation, team and key name stand in the spans.</summary>
    public bool Tenants { get; init; }

    internal static ConfigSection<TracingConfig> Section { get; } = new ConfigSection<TracingConfig>("tracing", "Traces by OpenTelemetry's protocol: docs/tracing.md.", new())
        .Field("endpoint", Kinds.OptionalUrl, c => c.Endpoint, (c, v) => c with { Endpoint = v },
            "The collector, e.g. `http://localhost:4318`. Without one, no traces are sent.")
        .Field("protocol", Kinds.OneOf(("http", OtlpProtocol.Http), ("grpc", OtlpProtocol.Grpc)), c => c.Protocol, (c, v) => c with { Protocol = v },
            "`http` is protobuf over HTTP (`/v1/traces` is added to an endpoint without a path), `grpc` is gRPC.")
        .Field("headers", new MapKind<Secret>("header", Kinds.NonEmptySecret, name => HeaderNames.Check(name)), c => c.Headers, (c, v) => c with { Headers = v },
            "Sent with every export, such as the collector's API key.")
        .Field("sample_ratio", Kinds.Fraction(0, 1), c => c.SampleRatio, (c, v) => c with { SampleRatio = v },
            "Share of the traces that begin here. A trace that a caller has begun follows the caller's decision.")
        .Field("always_errors", Kinds.Bool, c => c.AlwaysErrors, (c, v) => c with { AlwaysErrors = v }, "Requests that failed are sent, sampled or not.")
        .Field("always_slower_than", Kinds.Duration("0s", "24h"), c => c.AlwaysSlowerThan, (c, v) => c with { AlwaysSlowerThan = v },
            "Requests that took longer are sent, sampled or not; `0s` = only if sampled.")
        .Field("slow_step", Kinds.Duration("0s", "60s"), c => c.SlowStep, (c, v) => c with { SlowStep = v }, "A step of the gateway that took longer has a span of its own.")
        .Field("service_name", Kinds.NonEmptyText, c => c.ServiceName, (c, v) => c with { ServiceName = v }, "`service.name` of the spans.")
        .Field("resource", new MapKind<string>("attribute", Kinds.NonEmptyText, key => key.Length is > 0 and <= 128 ? null : "is no name of an attribute"), c => c.Resource, (c, v) => c with { Resource = v },
            "Further attributes of this process, such as `deployment.environment.name`.")
        .Field("tenants", Kinds.Bool, c => c.Tenants, (c, v) => c with { Tenants = v }, "Organisation, team and key name stand in the spans.");
}
