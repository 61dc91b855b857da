namespace Edge.Configuration;

/// <summary>The whole configuration: immutable, complete (every value has a default) and, when it comes from <see cref="ConfigLoader"/>, valid.</summary>
public sealed record EdgeConfig
{
    public GatewayConfig Gateway { get; init; } = new();

    public ServerConfig Server { get; init; } = new();

    public AdminConfig Admin { get; init; } = new();

    public AuthConfig Auth { get; init; } = new();

    /// <summary>The defaults of every provider; a provider's own values are in <see cref="ProviderConfig.Upstream"/>.</summary>
    public UpstreamConfig Upstream { get; init; } = new();

    /// <summary>By name, in the order of the file.</summary>
    public IReadOnlyList<ProviderConfig> Providers { get; init; } = [];

    public ModelsConfig Models { get; init; } = new();

    public RoutingConfig Routing { get; init; } = new();

    public SecurityConfig Security { get; init; } = new();

    public CachingConfig Caching { get; init; } = new();

    public MonitoringConfig Monitoring { get; init; } = new();

    public LimitsConfig Limits { get; init; } = new();

    /// <summary>The provider of that name, or null.</summary>
    public ProviderConfig? FindProvider(string name)
    {
        foreach (var provider in Providers)
        {
            if (string.Equals(provider.Name, name, StringComparison.Ordinal)) return provider;
        }
        return null;
    }
}
