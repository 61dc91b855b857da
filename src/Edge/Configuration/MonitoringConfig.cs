namespace Edge.Configuration;

/// <summary>What the gateway tells about itself.</summary>
public sealed record MonitoringConfig
{
    /// <summary>Serve <c>/metrics</c> on the admin plane.</summary>
    public bool Prometheus { get; init; } = true;

    public bool Grafana { get; init; }

    public bool Jaeger { get; init; }

    public LogSeverity LogLevel { get; init; } = LogSeverity.Info;
}
