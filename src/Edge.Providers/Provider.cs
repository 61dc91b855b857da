namespace Edge.Providers;

/// <summary>The wire dialects of chat that we speak. A request whose client and provider share one passes through as bytes.</summary>
public enum Dialect : byte
{
    /// <summary>OpenAI chat completions.</summary>
    OpenAi,

    /// <summary>Anthropic Messages.</summary>
    Anthropic,
}

/// <summary>How a provider wants to be shown its key.</summary>
public enum KeyScheme : byte
{
    None,

    /// <summary><c>authorization: Bearer KEY</c></summary>
    Bearer,

    /// <summary><c>x-api-key: KEY</c></summary>
    XApiKey,
}

/// <summary>A provider's data sheet: facts from its documentation, no behaviour.</summary>
public sealed record Provider
{
    /// <summary>The configuration's <c>type</c>.</summary>
    public required string Name { get; init; }

    public required Dialect Dialect { get; init; }

    public KeyScheme KeyScheme { get; init; } = KeyScheme.Bearer;

    /// <summary>The API's root, version included; null = there is no usual place, the configuration must name it.</summary>
    public string? ApiRoot { get; init; }

    /// <summary>Path of a chat request below the root.</summary>
    public string ChatPath { get; init; } = "/chat/completions";

    /// <summary>Refuses to serve without a key (at its own root).</summary>
    public bool NeedsKey { get; init; }

    /// <summary>Its SDK reads PREFIX_API_KEY and PREFIX_BASE_URL; null = none that we honour.</summary>
    public string? EnvironmentPrefix { get; init; }

    /// <summary>Its base URLs are by custom written without the version, so <c>/v1</c> is appended to a URL that lacks it.</summary>
    public bool UrlOmitsVersion { get; init; }

    /// <summary>Understands <c>stream_options.include_usage</c>: then the gateway asks for it and hides the chunk from a client that did not.</summary>
    public bool StreamOptions { get; init; } = true;

    /// <summary>Models with these name prefixes are this provider's own, for a plain model name that no configured list holds.</summary>
    public IReadOnlyList<string> ModelPrefixes { get; init; } = [];
}
