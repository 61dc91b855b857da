namespace Edge.Configuration;

/// <summary>Where a request goes, and what happens when that fails.</summary>
public sealed record RoutingConfig
{
    /// <summary>The provider of a model that no provider lists; null = the first enabled one.</summary>
    public string? DefaultProvider { get; init; }

    /// <summary>Providers, or <c>provider/model</c>, to try in this order when one fails.</summary>
    public IReadOnlyList<string> FallbackChain { get; init; } = [];

    public SelectionStrategy SelectionStrategy { get; init; } = SelectionStrategy.Priority;

    public RetryConfig Retry { get; init; } = new();

    public BreakerConfig Breaker { get; init; } = new();

    public HedgeConfig Hedge { get; init; } = new();

    public OutlierConfig Outlier { get; init; } = new();

    public BalanceConfig Balance { get; init; } = new();

    /// <summary>Quality of models, 0..1, by <c>provider/model</c> or model; what is not named has none.</summary>
    public IReadOnlyDictionary<string, double> Quality { get; init; } = new Dictionary<string, double>();

    /// <summary>Tokens that fit into a model, by <c>provider/model</c> or model; goes before what the price table says.</summary>
    public IReadOnlyDictionary<string, long> ContextWindows { get; init; } = new Dictionary<string, long>();

    /// <summary>In the order of the file: the first that fits a request decides.</summary>
    public IReadOnlyDictionary<string, RoutingRuleConfig> Rules { get; init; } = new Dictionary<string, RoutingRuleConfig>();

    public ClientGoneAction OnClientGone { get; init; }

    internal static ConfigSection<RoutingConfig> Section { get; } = new ConfigSection<RoutingConfig>(
            "routing", "Where a request goes, and what happens when that fails: docs/routing.md.", new())
        .Field("default_provider", Kinds.OptionalText, c => c.DefaultProvider, (c, v) => c with { DefaultProvider = v },
            "The provider of a model that no provider lists.", defaultText: "the first one that is enabled")
        .Field("fallback_chain", new ListKind<string>(Kinds.NonEmptyText), c => c.FallbackChain, (c, v) => c with { FallbackChain = v },
            "The providers (or `provider/model`) to try, in this order, when one fails. Of a provider alone: the same model where it lists it, else the first that it lists.")
        .Field("selection_strategy", RoutingKinds.Strategy, c => c.SelectionStrategy, (c, v) => c with { SelectionStrategy = v },
            "How targets that could all serve a request are ordered; `priority` is the configured order.")
        .Field("retry", new SectionKind<RetryConfig>(RetryConfig.Section), c => c.Retry, (c, v) => c with { Retry = v! }, RetryConfig.Section.Doc)
        .Field("breaker", new SectionKind<BreakerConfig>(BreakerConfig.Section), c => c.Breaker, (c, v) => c with { Breaker = v! }, BreakerConfig.Section.Doc)
        .Field("hedge", new SectionKind<HedgeConfig>(HedgeConfig.Section), c => c.Hedge, (c, v) => c with { Hedge = v! }, HedgeConfig.Section.Doc)
        .Field("outlier", new SectionKind<OutlierConfig>(OutlierConfig.Section), c => c.Outlier, (c, v) => c with { Outlier = v! }, OutlierConfig.Section.Doc)
        .Field("balance", new SectionKind<BalanceConfig>(BalanceConfig.Section), c => c.Balance, (c, v) => c with { Balance = v! }, BalanceConfig.Section.Doc)
        .Field("quality", new MapKind<double>("model", Kinds.Fraction(0, 1), RoutingKinds.CheckModel), c => c.Quality, (c, v) => c with { Quality = v },
            "How good each model is, 0 to 1, by `provider/model` or model: for `quality_first` and `balanced`. What is not named counts as 0.5.")
        .Field("context_windows", new MapKind<long>("model", Kinds.Long(1, 1_000_000_000), RoutingKinds.CheckModel), c => c.ContextWindows, (c, v) => c with { ContextWindows = v },
            "Tokens that fit into a model, by `provider/model` or model. A request that does not fit is not sent there while there is another.")
        .Field("rules", new SectionMapKind<RoutingRuleConfig>(RoutingRuleConfig.Section, "name", SectionMapKind<RoutingRuleConfig>.CheckName), c => c.Rules, (c, v) => c with { Rules = v },
            "By name, in the order of the file: the first that fits a request decides where it goes.")
        .Field("on_client_gone", Kinds.OneOf(("cancel", ClientGoneAction.Cancel), ("drain", ClientGoneAction.Drain)), c => c.OnClientGone, (c, v) => c with { OnClientGone = v },
            "What happens to a provider's answer whose client has left: `cancel` ends it at once, `drain` reads it to its end, so that its usage is known.");
}

/// <summary>What happens to an answer that nobody waits for any more.</summary>
public enum ClientGoneAction
{
    Cancel,
    Drain,
}

/// <summary>Further attempts.</summary>
public sealed record RetryConfig
{
    /// <summary>For one request, the first included.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>On one target, the first included.</summary>
    public int PerTarget { get; init; } = 2;

    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>No attempt begins later than this after the request came.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Further attempts on a target as a share of its requests.</summary>
    public double BudgetRatio { get; init; } = 0.2;

    /// <summary>Further attempts on a target that are always allowed, in a second.</summary>
    public int BudgetMin { get; init; } = 10;

    internal static ConfigSection<RetryConfig> Section { get; } = new ConfigSection<RetryConfig>("routing_retry", "Further attempts after a failure. None is made once a byte of the answer has reached the client, unless its group has `stream_recovery`.", new())
        .Field("max_attempts", Kinds.Int(1, 20), c => c.MaxAttempts, (c, v) => c with { MaxAttempts = v }, "Attempts for one request on all targets, the first included; `1` turns retries and fail-over off.")
        .Field("per_target", Kinds.Int(1, 10), c => c.PerTarget, (c, v) => c with { PerTarget = v }, "Attempts on one target, the first included. Other targets are tried first.")
        .Field("base_delay", Kinds.Duration("0", "1m"), c => c.BaseDelay, (c, v) => c with { BaseDelay = v }, "Before the same target is tried again: a random time up to this, doubled each time.")
        .Field("max_delay", Kinds.Duration("0", "5m"), c => c.MaxDelay, (c, v) => c with { MaxDelay = v }, "The longest such wait. A provider that asks for more (`retry-after`) is not waited for.")
        .Field("deadline", Kinds.Duration("1ms", "1d"), c => c.Deadline, (c, v) => c with { Deadline = v }, "No attempt begins later than this after the request came.")
        .Field("budget_ratio", Kinds.Fraction(0, 1), c => c.BudgetRatio, (c, v) => c with { BudgetRatio = v }, "Further attempts on a target, as a share of its requests: an outage must not multiply the load.")
        .Field("budget_min", Kinds.Int(0, 100_000), c => c.BudgetMin, (c, v) => c with { BudgetMin = v }, "Further attempts on a target that are allowed whatever the share, in a second.");
}

/// <summary>When a target is left alone.</summary>
public sealed record BreakerConfig
{
    public bool Enabled { get; init; } = true;

    public double ErrorRatio { get; init; } = 0.5;

    public int MinRequests { get; init; } = 10;

    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Zero = slow calls don't count.</summary>
    public TimeSpan SlowCall { get; init; }

    public double SlowRatio { get; init; } = 0.8;

    public TimeSpan OpenFor { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MaxOpenFor { get; init; } = TimeSpan.FromSeconds(60);

    public int HalfOpenSuccesses { get; init; } = 2;

    public AllOpenAction WhenAllOpen { get; init; }

    internal static ConfigSection<BreakerConfig> Section { get; } = new ConfigSection<BreakerConfig>("routing_breaker", "A circuit breaker for each model of each provider: a target that fails is left alone for a while.", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v }, "Whether there are any.")
        .Field("error_ratio", Kinds.Fraction(0.01, 1), c => c.ErrorRatio, (c, v) => c with { ErrorRatio = v }, "The share of failures within the window at which it opens.")
        .Field("min_requests", Kinds.Int(1, 1_000_000), c => c.MinRequests, (c, v) => c with { MinRequests = v }, "With fewer requests in the window, only as many failures in a row open it.")
        .Field("window", Kinds.Duration("1s", "1h"), c => c.Window, (c, v) => c with { Window = v }, "How far back it looks.")
        .Field("slow_call", Kinds.Duration("0", "1h"), c => c.SlowCall, (c, v) => c with { SlowCall = v }, "A first byte later than this is a slow call; `0` and none is.")
        .Field("slow_ratio", Kinds.Fraction(0.01, 1), c => c.SlowRatio, (c, v) => c with { SlowRatio = v }, "The share of slow calls at which it opens.")
        .Field("open_for", Kinds.Duration("1ms", "1h"), c => c.OpenFor, (c, v) => c with { OpenFor = v }, "How long it stays open; doubled each time that the probe fails.")
        .Field("max_open_for", Kinds.Duration("1ms", "1d"), c => c.MaxOpenFor, (c, v) => c with { MaxOpenFor = v }, "The longest that it stays open without a probe.")
        .Field("half_open_successes", Kinds.Int(1, 100), c => c.HalfOpenSuccesses, (c, v) => c with { HalfOpenSuccesses = v }, "Probes, one at a time, that must succeed before it closes.")
        .Field("when_all_open", Kinds.OneOf(("try", AllOpenAction.Try), ("fail", AllOpenAction.Fail)), c => c.WhenAllOpen, (c, v) => c with { WhenAllOpen = v },
            "When every target of a request is open: `try` them all the same, since one may have healed, or `fail` at once with NO_HEALTHY_PROVIDER.");
}

/// <summary>What a request does whose targets are all left alone.</summary>
public enum AllOpenAction
{
    Try,
    Fail,
}

/// <summary>A second call when the first is slow.</summary>
public sealed record HedgeConfig
{
    public bool Enabled { get; init; }

    /// <summary>Zero = the target's own 95th percentile.</summary>
    public TimeSpan After { get; init; }

    public TimeSpan MinDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    public double MaxRatio { get; init; } = 0.1;

    internal static ConfigSection<HedgeConfig> Section { get; } = new ConfigSection<HedgeConfig>("routing_hedge", "A second call to the next target when the first is slow to answer; the first that answers serves the client, the other is cancelled. Both are paid for.", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v }, "Whether requests are hedged.")
        .Field("after", Kinds.Duration("0", "10m"), c => c.After, (c, v) => c with { After = v }, "How long the first call is waited for.", defaultText: "the target's own 95th percentile of the time to the first byte")
        .Field("min_delay", Kinds.Duration("0", "10m"), c => c.MinDelay, (c, v) => c with { MinDelay = v }, "Never sooner than this.")
        .Field("max_ratio", Kinds.Fraction(0, 1), c => c.MaxRatio, (c, v) => c with { MaxRatio = v }, "Hedges as a share of a target's requests, at most.");
}

/// <summary>Targets that do much worse than the others of their group.</summary>
public sealed record OutlierConfig
{
    public bool Enabled { get; init; } = true;

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan EjectFor { get; init; } = TimeSpan.FromSeconds(30);

    public double MaxEjected { get; init; } = 0.5;

    public int MinRequests { get; init; } = 20;

    internal static ConfigSection<OutlierConfig> Section { get; } = new ConfigSection<OutlierConfig>("routing_outlier", "A target that does much worse than the others of its group is used last for a while.", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v }, "Whether outliers are looked for.")
        .Field("interval", Kinds.Duration("1s", "1h"), c => c.Interval, (c, v) => c with { Interval = v }, "How often targets are compared.")
        .Field("eject_for", Kinds.Duration("1s", "1d"), c => c.EjectFor, (c, v) => c with { EjectFor = v }, "How long an outlier is used last; longer each time.")
        .Field("max_ejected", Kinds.Fraction(0, 1), c => c.MaxEjected, (c, v) => c with { MaxEjected = v }, "The largest share of a group that may be out at once.")
        .Field("min_requests", Kinds.Int(1, 1_000_000), c => c.MinRequests, (c, v) => c with { MinRequests = v }, "Requests in an interval below which a target is not judged.");
}

/// <summary>The weights of the strategy <c>balanced</c>.</summary>
public sealed record BalanceConfig
{
    public double Cost { get; init; } = 0.3;

    public double Latency { get; init; } = 0.3;

    public double Quality { get; init; } = 0.2;

    public double Errors { get; init; } = 0.2;

    internal static ConfigSection<BalanceConfig> Section { get; } = new ConfigSection<BalanceConfig>("routing_balance", "What the strategy `balanced` weighs: each part is 0 for the best target of the request and 1 for the worst (small differences count less: half in cost and latency, 0.1 in quality and 0.2 in errors span the whole); the lowest sum is chosen.", new())
        .Field("cost", Kinds.Fraction(0, 1), c => c.Cost, (c, v) => c with { Cost = v }, "Expected cost.")
        .Field("latency", Kinds.Fraction(0, 1), c => c.Latency, (c, v) => c with { Latency = v }, "Expected time to the end of the answer.")
        .Field("quality", Kinds.Fraction(0, 1), c => c.Quality, (c, v) => c with { Quality = v }, "`routing.quality`.")
        .Field("errors", Kinds.Fraction(0, 1), c => c.Errors, (c, v) => c with { Errors = v }, "Share of failures lately.");
}
