using Edge.Cache;

namespace Edge.Configuration;

/// <summary>What the response cache may answer.</summary>
public enum CachingMode : byte
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>Requests that were answered before, as they are.</summary>
    Exact,

    /// <summary>Also requests that mean the same as one that was.</summary>
    Semantic,
}

/// <summary>The response cache.</summary>
public sealed record CachingConfig
{
    /// <summary>Answer a request from a similar one's answer.</summary>
    public bool Semantic { get; init; }

    /// <summary>As written; <see cref="EffectiveMode"/> is what holds.</summary>
    public CachingMode Mode { get; init; }

    /// <summary><see cref="Mode"/>, and where that is off, what <see cref="Semantic"/> asks for.</summary>
    public CachingMode EffectiveMode => Mode == CachingMode.Off && Semantic ? CachingMode.Semantic : Mode;

    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(3600);

    /// <summary>The least cosine similarity that counts as the same question, 0 to 1.</summary>
    public double SimilarityThreshold { get; init; } = 0.95;

    /// <summary>The threshold may be below what is measured to be safe.</summary>
    public bool AllowLowThreshold { get; init; }

    /// <summary>The longest that a request waits for its turn at the semantic look-up.</summary>
    public TimeSpan SemanticDeadline { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Similar requests are counted and not answered.</summary>
    public bool SemanticShadow { get; init; }

    /// <summary>Bytes that answers in memory may occupy.</summary>
    public long MaxMemory { get; init; } = 64 << 20;

    /// <summary>Bytes of the largest answer that is kept, and of what is held of one that several requests wait for.</summary>
    public long MaxEntrySize { get; init; } = 1 << 20;

    /// <summary>Identical requests in flight share one call.</summary>
    public bool Coalesce { get; init; } = true;

    /// <summary>Answers that call tools are kept, too.</summary>
    public bool StoreToolCalls { get; init; }

    /// <summary>A request with a higher temperature wants another answer each time.</summary>
    public double MaxTemperature { get; init; } = 2;

    public TimeSpan StaleWhileRevalidate { get; init; }

    public TimeSpan StaleIfError { get; init; }

    /// <summary>The longest that a look-up in Redis may take.</summary>
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromMilliseconds(20);

    public CacheReplayPace Replay { get; init; }

    /// <summary>By the model's name, as clients ask for it.</summary>
    public IReadOnlyDictionary<string, ModelCachingConfig> Models { get; init; } = new Dictionary<string, ModelCachingConfig>();

    internal static ConfigSection<CachingConfig> Section { get; } = new ConfigSection<CachingConfig>(
            "caching", "The response cache.", new())
        .Field("mode", Kinds.OneOf(("off", CachingMode.Off), ("exact", CachingMode.Exact), ("semantic", CachingMode.Semantic)), c => c.Mode, (c, v) => c with { Mode = v },
            "`exact` answers a request that was answered before; `semantic` also one that means the same; `off` nothing, unless `semantic: true` says otherwise.")
        .Field("semantic", Kinds.Bool, c => c.Semantic, (c, v) => c with { Semantic = v },
            "The same as `mode: semantic`.")
        .Field("ttl", Kinds.Duration("0s", "365d", bareSeconds: true), c => c.Ttl, (c, v) => c with { Ttl = v },
            "How long an answer is kept; a request's own `cache.ttl` can only shorten it.")
        .Field("similarity_threshold", Kinds.Fraction(0, 1), c => c.SimilarityThreshold, (c, v) => c with { SimilarityThreshold = v },
            "The least cosine similarity of two prompts that may share an answer; a request's own `cache.similarityThreshold` can only raise it. Below 0.92 only with `allow_low_threshold`.")
        .Field("allow_low_threshold", Kinds.Bool, c => c.AllowLowThreshold, (c, v) => c with { AllowLowThreshold = v },
            "Allow a `similarity_threshold` below 0.92, where prompts that ask for different things are often taken for the same.")
        .Field("semantic_deadline", Kinds.Duration("1ms", "10s"), c => c.SemanticDeadline, (c, v) => c with { SemanticDeadline = v },
            "How long a request may wait for its turn at the semantic look-up; then it goes on without.")
        .Field("semantic_shadow", Kinds.Bool, c => c.SemanticShadow, (c, v) => c with { SemanticShadow = v },
            "Look similar requests up and count them, but ask the provider all the same.")
        .Field("max_memory", Kinds.Size(64 << 10, 1L << 40), c => c.MaxMemory, (c, v) => c with { MaxMemory = v },
            "What answers in memory may occupy. Read at start.")
        .Field("max_entry_size", Kinds.Size(1 << 10, 1 << 30), c => c.MaxEntrySize, (c, v) => c with { MaxEntrySize = v },
            "The largest answer that is kept, and what is held of an answer that several requests share.")
        .Field("coalesce", Kinds.Bool, c => c.Coalesce, (c, v) => c with { Coalesce = v },
            "Identical requests that come while the first is being answered share its call of the provider.")
        .Field("store_tool_calls", Kinds.Bool, c => c.StoreToolCalls, (c, v) => c with { StoreToolCalls = v },
            "Keep answers that call tools.")
        .Field("max_temperature", Kinds.Fraction(0, 2), c => c.MaxTemperature, (c, v) => c with { MaxTemperature = v },
            "Requests with a higher temperature always go to the provider.")
        .Field("stale_while_revalidate", Kinds.Duration("0s", "30d", bareSeconds: true), c => c.StaleWhileRevalidate, (c, v) => c with { StaleWhileRevalidate = v },
            "How long past its time an answer is still given while one request fetches a new one.")
        .Field("stale_if_error", Kinds.Duration("0s", "30d", bareSeconds: true), c => c.StaleIfError, (c, v) => c with { StaleIfError = v },
            "How long past its time an answer is still given where no provider can give a new one.")
        .Field("replay", Kinds.OneOf(("immediate", CacheReplayPace.Immediate), ("natural", CacheReplayPace.Natural)), c => c.Replay, (c, v) => c with { Replay = v },
            "How fast a kept answer is streamed: at once, or as its provider streamed it.")
        .Field("redis_timeout", Kinds.Duration("1ms", "10s"), c => c.RedisTimeout, (c, v) => c with { RedisTimeout = v },
            "The longest that a look-up in Redis (`stores.redis`) may take; then the provider is asked.")
        .Field("models", new SectionMapKind<ModelCachingConfig>(ModelCachingConfig.Section, "model", static _ => null), c => c.Models, (c, v) => c with { Models = v },
            "What differs for a model, by the name that clients ask for.");
}

/// <summary>What differs for one model; null = as for all.</summary>
public sealed record ModelCachingConfig
{
    /// <summary>Its answers are kept.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Null = as for all.</summary>
    public TimeSpan? Ttl { get; init; }

    internal static ConfigSection<ModelCachingConfig> Section { get; } = new ConfigSection<ModelCachingConfig>("model_caching", "What differs for one model.", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v }, "Its answers are kept.")
        .Field("ttl", OptionalTtl, c => c.Ttl, (c, v) => c with { Ttl = v }, "How long its answers are kept.");

    private static ScalarKind<TimeSpan?> OptionalTtl => Kinds.OptionalDuration("0s", "365d", bareSeconds: true);
}
