namespace Edge.Configuration;

/// <summary>
/// The whole configuration: immutable, complete (every value has a default) and, when it comes from <see cref="ConfigLoader"/>, valid.
/// </summary>
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

    public PricesConfig Prices { get; init; } = new();

    public RoutingConfig Routing { get; init; } = new();

    public TranslationConfig Translation { get; init; } = new();

    public SecurityConfig Security { get; init; } = new();

    public GuardConfig Guard { get; init; } = new();

    public CachingConfig Caching { get; init; } = new();

    public MonitoringConfig Monitoring { get; init; } = new();

    public LimitsConfig Limits { get; init; } = new();

    public BudgetsConfig Budgets { get; init; } = new();

    /// <summary>Organisations, by name; the admin API adds those of the store.</summary>
    public IReadOnlyDictionary<string, OrganisationConfig> Tenants { get; init; } = new Dictionary<string, OrganisationConfig>();

    public StoresConfig Stores { get; init; } = new();

    public LedgerConfig Ledger { get; init; } = new();

    public AuditConfig Audit { get; init; } = new();

    /// <summary>The provider of that name, or null.</summary>
    public ProviderConfig? FindProvider(string name)
    {
        foreach (var provider in Providers)
        {
            if (string.Equals(provider.Name, name, StringComparison.Ordinal)) return provider;
        }
        return null;
    }

    internal static ConfigSection<EdgeConfig> Section { get; } = new ConfigSection<EdgeConfig>(
            "edge", "The configuration of EdgeGateway.", new())
        .Field("gateway", new SectionKind<GatewayConfig>(GatewayConfig.Section),
            c => c.Gateway, (c, v) => c with { Gateway = v! }, GatewayConfig.Section.Doc)
        .Field("server", new SectionKind<ServerConfig>(ServerConfig.Section),
            c => c.Server, (c, v) => c with { Server = v! }, ServerConfig.Section.Doc)
        .Field("admin", new SectionKind<AdminConfig>(AdminConfig.Section),
            c => c.Admin, (c, v) => c with { Admin = v! }, AdminConfig.Section.Doc)
        .Field("auth", new SectionKind<AuthConfig>(AuthConfig.Section), c => c.Auth, (c, v) => c with { Auth = v! }, AuthConfig.Section.Doc)
        // Before the providers: their sections start from it.
        .Field("upstream", new SectionKind<UpstreamConfig>(UpstreamConfig.Section),
            c => c.Upstream, (c, v) => c with { Upstream = v! }, UpstreamConfig.Section.Doc)
        .Field(new ProvidersField())
        .Field("models", new SectionKind<ModelsConfig>(ModelsConfig.Section),
            c => c.Models, (c, v) => c with { Models = v! }, ModelsConfig.Section.Doc)
        .Field("prices", new SectionKind<PricesConfig>(PricesConfig.Section),
            c => c.Prices, (c, v) => c with { Prices = v! }, PricesConfig.Section.Doc)
        .Field("routing", new SectionKind<RoutingConfig>(RoutingConfig.Section),
            c => c.Routing, (c, v) => c with { Routing = v! }, RoutingConfig.Section.Doc)
        .Field("translation", new SectionKind<TranslationConfig>(TranslationConfig.Section),
            c => c.Translation, (c, v) => c with { Translation = v! }, TranslationConfig.Section.Doc)
        .Field("security", new SectionKind<SecurityConfig>(SecurityConfig.Section),
            c => c.Security, (c, v) => c with { Security = v! }, SecurityConfig.Section.Doc)
        .Field("guard", new SectionKind<GuardConfig>(GuardConfig.Section), c => c.Guard, (c, v) => c with { Guard = v! }, GuardConfig.Section.Doc)
        .Field("caching", new SectionKind<CachingConfig>(CachingConfig.Section),
            c => c.Caching, (c, v) => c with { Caching = v! }, CachingConfig.Section.Doc)
        .Field("monitoring", new SectionKind<MonitoringConfig>(MonitoringConfig.Section),
            c => c.Monitoring, (c, v) => c with { Monitoring = v! }, MonitoringConfig.Section.Doc)
        .Field("limits", new SectionKind<LimitsConfig>(LimitsConfig.Section),
            c => c.Limits, (c, v) => c with { Limits = v! }, LimitsConfig.Section.Doc)
        .Field("budgets", new SectionKind<BudgetsConfig>(BudgetsConfig.Section),
            c => c.Budgets, (c, v) => c with { Budgets = v! }, BudgetsConfig.Section.Doc)
        .Field("tenants", new SectionMapKind<OrganisationConfig>(OrganisationConfig.Section, "organisation", TenancyKinds.CheckName),
            c => c.Tenants, (c, v) => c with { Tenants = v }, "Organisations with their teams and users: docs/tenancy.md.")
        .Field("stores", new SectionKind<StoresConfig>(StoresConfig.Section),
            c => c.Stores, (c, v) => c with { Stores = v! }, StoresConfig.Section.Doc)
        .Field("ledger", new SectionKind<LedgerConfig>(LedgerConfig.Section),
            c => c.Ledger, (c, v) => c with { Ledger = v! }, LedgerConfig.Section.Doc)
        .Field("audit", new SectionKind<AuditConfig>(AuditConfig.Section),
            c => c.Audit, (c, v) => c with { Audit = v! }, AuditConfig.Section.Doc);
}
