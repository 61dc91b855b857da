namespace Edge.Configuration;

/// <summary>What the gateway tells about itself.</summary>
public sealed record MonitoringConfig
{
    /// <summary>Serve <c>/metrics</c> on the admin plane.</summary>
    public bool Prometheus { get; init; } = true;

    public bool Grafana { get; init; }

    public bool Jaeger { get; init; }

    public TracingConfig Tracing { get; init; } = new();

    public AccessLogConfig AccessLog { get; init; } = new();

    public LogSeverity LogLevel { get; init; } = LogSeverity.Info;

    internal static ConfigSection<MonitoringConfig> Section { get; } = new ConfigSection<MonitoringConfig>(
            "monitoring", "What the gateway tells about itself.", new())
        .Field("prometheus", Kinds.Bool, c => c.Prometheus, (c, v) => c with { Prometheus = v },
            "Serve `/metrics` on the admin plane.")
        .Field("grafana", Kinds.Bool, c => c.Grafana, (c, v) => c with { Grafana = v },
            "Dashboards for the metrics.", notBuilt: v => v)
        .Field("jaeger", Kinds.Bool, c => c.Jaeger, (c, v) => c with { Jaeger = v },
            "Send traces to a collector on this machine (`http://localhost:4318`) where `tracing.endpoint` names no other.")
        .Field("tracing", new SectionKind<TracingConfig>(TracingConfig.Section), c => c.Tracing, (c, v) => c with { Tracing = v! }, TracingConfig.Section.Doc)
        .Field("access_log", new SectionKind<AccessLogConfig>(AccessLogConfig.Section), c => c.AccessLog, (c, v) => c with { AccessLog = v! }, AccessLogConfig.Section.Doc)
        .Field("log_level", Kinds.OneOf(
                ("trace", LogSeverity.Trace), ("debug", LogSeverity.Debug), ("info", LogSeverity.Info),
                ("warn", LogSeverity.Warn), ("error", LogSeverity.Error)),
            c => c.LogLevel, (c, v) => c with { LogLevel = v },
            "The least severe line that is written.");
}
