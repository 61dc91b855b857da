namespace Edge.Configuration;

/// <summary>Which requests go elsewhere.</summary>
public sealed record RoutingRuleConfig
{
    /// <summary>Names of models, <c>*</c> for any text; none = every model.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>By header, what its value must be; <c>*</c> for any text.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>By key of the body's <c>metadata</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Null = either.</summary>
    public bool? Tools { get; init; }

    public bool? Vision { get; init; }

    public bool? Stream { get; init; }

    /// <summary>Estimated.</summary>
    public long? MinInputTokens { get; init; }

    public long? MaxInputTokens { get; init; }

    /// <summary>Names of API keys (<c>auth.api_keys[].name</c>).</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Where they go: a group, an alias, <c>provider/model</c> or a listed model; null = where they would go anyhow.</summary>
    public string? Use { get; init; }

    public SelectionStrategy? Strategy { get; init; }

    internal static ConfigSection<RoutingRuleConfig> Section { get; } = new ConfigSection<RoutingRuleConfig>("routing_rule", "A rule: every condition that is given must hold.", new())
        .Field("models", new ListKind<string>(Kinds.NonEmptyText, oneIsEnough: true), c => c.Models, (c, v) => c with { Models = v }, "The model that is asked for is one of these; `*` stands for any text.")
        .Field("headers", new MapKind<string>("header", Kinds.NonEmptyText, RoutingKinds.CheckModel), c => c.Headers, (c, v) => c with { Headers = v }, "Headers and what their values must be; `*` stands for any text.")
        .Field("metadata", new MapKind<string>("key", Kinds.NonEmptyText, RoutingKinds.CheckModel), c => c.Metadata, (c, v) => c with { Metadata = v }, "Members of the body's `metadata` and what they must be; `*` stands for any text.")
        .Field("tools", RoutingKinds.OptionalBool, c => c.Tools, (c, v) => c with { Tools = v }, "The request has tools, or has none.", defaultText: "either")
        .Field("vision", RoutingKinds.OptionalBool, c => c.Vision, (c, v) => c with { Vision = v }, "The request has pictures, or has none.", defaultText: "either")
        .Field("stream", RoutingKinds.OptionalBool, c => c.Stream, (c, v) => c with { Stream = v }, "The answer is streamed, or not.", defaultText: "either")
        .Field("min_input_tokens", Kinds.OptionalLong(0, 1_000_000_000), c => c.MinInputTokens, (c, v) => c with { MinInputTokens = v }, "The prompt is at least so long (estimated).")
        .Field("max_input_tokens", Kinds.OptionalLong(0, 1_000_000_000), c => c.MaxInputTokens, (c, v) => c with { MaxInputTokens = v }, "The prompt is at most so long (estimated).")
        .Field("keys", new ListKind<string>(Kinds.NonEmptyText, oneIsEnough: true), c => c.Keys, (c, v) => c with { Keys = v }, "The client's key is one of these (`auth.api_keys[].name`).")
        .Field("use", Kinds.OptionalText, c => c.Use, (c, v) => c with { Use = v }, "Where such requests go: a group, an alias, `provider/model`, or a model that a provider lists.", defaultText: "where they would go anyhow")
        .Field("strategy", RoutingKinds.OptionalStrategy, c => c.Strategy, (c, v) => c with { Strategy = v }, "How the targets are ordered.", defaultText: "as without the rule");
}
