namespace Edge.Configuration;

/// <summary>One of several keys of a provider.</summary>
public sealed record ApiKeyConfig
{
    public Secret Key { get; init; }

    /// <summary>How often it is used in relation to the others, 1..100.</summary>
    public int Weight { get; init; } = 1;

    internal static ConfigSection<ApiKeyConfig> Section { get; } = new ConfigSection<ApiKeyConfig>("api_key", "One of several keys of a provider.", new())
        .Field("key", Kinds.NonEmptySecret, c => c.Key, (c, v) => c with { Key = v }, "The key.")
        .Field("weight", Kinds.Int(1, Upstream.Credentials.KeyRing.MaxWeight), c => c.Weight, (c, v) => c with { Weight = v },
            "How often it is used in relation to the others.");
}
