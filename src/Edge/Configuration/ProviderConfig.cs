namespace Edge.Configuration;

/// <summary>One entry of <c>providers</c>.</summary>
public sealed record ProviderConfig
{
    /// <summary>The entry's key: what <c>provider/model</c>, routes and metrics call it.</summary>
    public string Name { get; init; } = "";

    public ProviderType Type { get; init; } = ProviderType.OpenAiCompatible;

    /// <summary>Whether requests may be routed here. False also where the entry asks for it but it cannot serve; <see cref="DisabledBecause"/> says why.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Why <see cref="Enabled"/> is false; null where it is true.</summary>
    public string? DisabledBecause { get; init; }

    public Secret ApiKey { get; init; }

    /// <summary>The url as configured; null = the type's own.</summary>
    public Uri? Url { get; init; }

    /// <summary>
    /// What an operation's path is appended to, version included and no slash at the end: <c>https://api.openai.com/v1</c> +
    /// <c>/chat/completions</c>, <c>https://api.anthropic.com/v1</c> + <c>/messages</c>. Null for the simulator and for types that are not built.
    /// </summary>
    public Uri? ApiRoot { get; init; }

    /// <summary>The models that are offered and routed by their bare name; empty = any model, addressed as <c>provider/model</c>.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Requests that this provider takes; null = no limit of our own.</summary>
    public Rate? RateLimit { get; init; }

    /// <summary>The root's <c>upstream</c> with this entry's overrides applied.</summary>
    public UpstreamConfig Upstream { get; init; } = new();

    public HttpVersionPolicy HttpVersion { get; init; } = HttpVersionPolicy.Http11;

    public ProviderTlsConfig Tls { get; init; } = new();

    /// <summary>Headers added to every request. Held as secrets, because gateways in front of providers take their keys here.</summary>
    public IReadOnlyDictionary<string, Secret> Headers { get; init; } = new Dictionary<string, Secret>();

    /// <summary>OpenAI: the <c>OpenAI-Organization</c> header.</summary>
    public string? Organization { get; init; }

    /// <summary>OpenAI: the <c>OpenAI-Project</c> header.</summary>
    public string? Project { get; init; }

    /// <summary>Anthropic: the <c>anthropic-version</c> header.</summary>
    public string AnthropicVersion { get; init; } = "2023-06-01";

    /// <summary>Anthropic demands <c>max_tokens</c>: what is sent where the client gives none.</summary>
    public int MaxTokensDefault { get; init; } = 4096;

    public SimulatorConfig Simulator { get; init; } = new();
}
