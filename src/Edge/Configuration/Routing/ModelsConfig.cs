namespace Edge.Configuration;

/// <summary>Names of models.</summary>
public sealed record ModelsConfig
{
    /// <summary>
    /// Alias -> <c>provider/model</c>, a provider's model, or another alias. Every chain ends and resolves: checked when loaded.
    /// </summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>By name: models of which one serves a request, the others when it fails.</summary>
    public IReadOnlyDictionary<string, ModelGroupConfig> Groups { get; init; } = new Dictionary<string, ModelGroupConfig>();

    internal static ConfigSection<ModelsConfig> Section { get; } = new ConfigSection<ModelsConfig>(
            "models", "Names of models.", new())
        .Field("aliases", new MapKind<string>("alias", Kinds.NonEmptyText, key => key.Length == 0 ? "is empty" : null),
            c => c.Aliases, (c, v) => c with { Aliases = v },
            "Another name for `provider/model`, for a model that a provider lists, for a group, or for another alias.")
        .Field("groups", new SectionMapKind<ModelGroupConfig>(ModelGroupConfig.Section, "name", key => key.Length == 0 ? "is empty" : null),
            c => c.Groups, (c, v) => c with { Groups = v },
            "A name for several models: one serves a request, the others stand by.");
}

/// <summary>Several models under one name.</summary>
public sealed record ModelGroupConfig
{
    /// <summary><c>provider/model</c> or a model that a provider lists.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>By target; what is not named weighs 1.</summary>
    public IReadOnlyDictionary<string, int> Weights { get; init; } = new Dictionary<string, int>();

    /// <summary>Tried when every target has failed.</summary>
    public IReadOnlyList<string> Fallbacks { get; init; } = [];

    /// <summary>Null = <see cref="RoutingConfig.SelectionStrategy"/>.</summary>
    public SelectionStrategy? Strategy { get; init; }

    /// <summary>Whose requests stay with one target, where the strategy is <c>sticky</c> or <c>weighted</c>.</summary>
    public StickyBy? Sticky { get; init; }

    /// <summary>Null = <see cref="HedgeConfig.Enabled"/>.</summary>
    public bool? Hedge { get; init; }

    public bool StreamRecovery { get; init; }

    public ShadowConfig Shadow { get; init; } = new();

    internal static ConfigSection<ModelGroupConfig> Section { get; } = new ConfigSection<ModelGroupConfig>("model_group", "Several models under one name.", new())
        .Field("targets", new ListKind<string>(Kinds.NonEmptyText, atLeast: 1), c => c.Targets, (c, v) => c with { Targets = v }, "`provider/model`, or a model that a provider lists.")
        .Field("weights", new MapKind<int>("target", Kinds.Int(0, 1_000_000), RoutingKinds.CheckModel), c => c.Weights, (c, v) => c with { Weights = v },
            "By target, for `weighted` and `sticky`; what is not named weighs 1, and 0 takes only what the others leave.")
        .Field("fallbacks", new ListKind<string>(Kinds.NonEmptyText), c => c.Fallbacks, (c, v) => c with { Fallbacks = v }, "Tried in this order when every target has failed.")
        .Field("strategy", RoutingKinds.OptionalStrategy, c => c.Strategy, (c, v) => c with { Strategy = v }, "How the targets are ordered.", defaultText: "`routing.selection_strategy`")
        .Field("sticky", Kinds.OneOf(("key", (StickyBy?)StickyBy.Key), ("user", StickyBy.User), ("none", StickyBy.None)), c => c.Sticky, (c, v) => c with { Sticky = v },
            "With `weighted` and `sticky`: requests of one API key, or of one user (`user`, else the key), stay with one target.", defaultText: "`user` with `sticky`, else `none`")
        .Field("hedge", RoutingKinds.OptionalBool, c => c.Hedge, (c, v) => c with { Hedge = v }, "Whether its requests are hedged.", defaultText: "`routing.hedge.enabled`")
        .Field("stream_recovery", Kinds.Bool, c => c.StreamRecovery, (c, v) => c with { StreamRecovery = v },
            "A stream that breaks off is continued by the next target, where that can be done without guessing; the answer says so.")
        .Field("shadow", new SectionKind<ShadowConfig>(ShadowConfig.Section), c => c.Shadow, (c, v) => c with { Shadow = v! }, ShadowConfig.Section.Doc);
}

/// <summary>Whose requests stay together.</summary>
public enum StickyBy
{
    None,
    Key,
    User,
}

/// <summary>A copy of requests for another model.</summary>
public sealed record ShadowConfig
{
    /// <summary>Null = none.</summary>
    public string? Target { get; init; }

    public double Share { get; init; } = 1;

    internal static ConfigSection<ShadowConfig> Section { get; } = new ConfigSection<ShadowConfig>("model_shadow", "A copy of requests for another model, whose answer nobody gets; its cost is booked apart.", new())
        .Field("target", Kinds.OptionalText, c => c.Target, (c, v) => c with { Target = v }, "`provider/model`, or a model that a provider lists.")
        .Field("share", Kinds.Fraction(0, 1), c => c.Share, (c, v) => c with { Share = v }, "Of the requests that are copied.");
}
