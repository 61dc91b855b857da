using Edge.Upstream.Proxies;

namespace Edge.Configuration;

/// <summary>One entry of <c>providers</c>.</summary>
public sealed record ProviderConfig
{
    /// <summary>The entry's key: what <c>provider/model</c>, routes and metrics call it.</summary>
    public string Name { get; init; } = "";

    public ProviderType Type { get; init; } = ProviderType.OpenAiCompatible;

    /// <summary>
    /// Whether requests may be routed here. False also where the entry asks for it but it cannot serve; <see cref="DisabledBecause"/>
    /// says why.
    /// </summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Why <see cref="Enabled"/> is false; null where it is true.</summary>
    public string? DisabledBecause { get; init; }

    public Secret ApiKey { get; init; }

    /// <summary>Several keys instead of <see cref="ApiKey"/>, used in turn.</summary>
    public IReadOnlyList<ApiKeyConfig> ApiKeys { get; init; } = [];

    /// <summary>How long a key that the provider refused (401, 402, 403) is not used while there are others.</summary>
    public TimeSpan ApiKeyRest { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether there is a key at all.</summary>
    public bool HasKey => ApiKey.HasValue || ApiKeys.Count > 0;

    /// <summary>The url as configured; null = the type's own.</summary>
    public Uri? Url { get; init; }

    /// <summary>
    /// What an operation's path is appended to, version included and no slash at the end: <c>https://api.openai.com/v1</c> +
    /// <c>/chat/completions</c>, <c>https://api.anthropic.com/v1</c> + <c>/messages</c>. Null for the simulator and for types that are
    /// not built.
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

    /// <summary>The forward proxy that follows from <c>proxy</c>, <c>upstream.proxy</c> and the environment; null = none.</summary>
    public ProxyAddress? Proxy { get; init; }

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

    /// <summary>Bedrock: the AWS region; Vertex AI: the location. Null = the environment's, else the type's default.</summary>
    public string? Region { get; init; }

    /// <summary>Azure OpenAI's deployments: the query's <c>api-version</c>.</summary>
    public string ApiVersion { get; init; } = "2024-10-21";

    public ProviderApi Api { get; init; }

    public ProviderAwsConfig Aws { get; init; } = new();

    public ProviderGoogleConfig Google { get; init; } = new();

    public ProviderAzureConfig Azure { get; init; } = new();

    public SimulatorConfig Simulator { get; init; } = new();

    internal static ConfigSection<ProviderConfig> Section { get; } = new ConfigSection<ProviderConfig>(
            "provider", "A provider. Its name is yours to choose: letters, digits, `_`, `-` and `.`.", new())
        .Field("type", Kinds.OneOf([.. ProviderTypes.All.Select(info => (info.Name, info.Type))]),
            c => c.Type, (c, v) => c with { Type = v },
            "What it speaks.", defaultText: "its name, where that is a type; else `openai_compatible` where `url` is set")
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v },
            "Whether requests may go there.")
        .Field("api_key", Kinds.Secret, c => c.ApiKey, (c, v) => c with { ApiKey = v },
            "Its key. If the variable that it refers to is not set, the provider is left out with a warning.",
            defaultText: "the type's variable, such as `OPENAI_API_KEY` ([providers.md](providers.md) names each), where `url` is not set either")
        .Field("api_keys", new KeyListKind<ApiKeyConfig>(ApiKeyConfig.Section, key => key.Key, key => new() { Key = key }), c => c.ApiKeys, (c, v) => c with { ApiKeys = v },
            "Several keys instead of `api_key`, used in turn. A key whose variable is not set is left out; without any left, so is the provider.")
        .Field("api_key_rest", Kinds.Duration("1s", "1d"), c => c.ApiKeyRest, (c, v) => c with { ApiKeyRest = v },
            "How long one of several keys is not used after the provider refused it (401, 402, 403); after a 429, as long as that answer says.")
        .Field("url", Kinds.OptionalUrl, c => c.Url, (c, v) => c with { Url = v },
            "Where it lives. Without a path, the type's own is added, mostly `/v1`; for `anthropic` and `ollama` (`/v1`, with `api: native` `/api`) also after a path.", alias: "base_url",
            defaultText: "`OPENAI_BASE_URL` / `ANTHROPIC_BASE_URL` for those types; else the type's own")
        .Field("models", new ListKind<string>(Kinds.NonEmptyText), c => c.Models, (c, v) => c with { Models = v },
            "The models it is asked for; none = any model, addressed as `name/model`.")
        .Field("rate_limit", Kinds.OptionalRate, c => c.RateLimit, (c, v) => c with { RateLimit = v },
            "The requests that this gateway sends it, such as `1000/min`: routing passes over a provider that has had them.")
        .Overrides(UpstreamConfig.Section, "upstream", c => c.Upstream, (c, v) => c with { Upstream = v })
        .Field("http_version", Kinds.OneOf(
                ("1.1", HttpVersionPolicy.Http11), ("2", HttpVersionPolicy.Http2), ("auto", HttpVersionPolicy.Auto)),
            c => c.HttpVersion, (c, v) => c with { HttpVersion = v },
            "Which HTTP it is called with; `auto` lets the TLS handshake decide.")
        .Field("tls", new SectionKind<ProviderTlsConfig>(ProviderTlsConfig.Section), c => c.Tls, (c, v) => c with { Tls = v! },
            "How its certificate is checked.")
        .Field("headers", new MapKind<Secret>("header", Kinds.Secret, HeaderNames.Check), c => c.Headers, (c, v) => c with { Headers = v },
            "Headers added to every request.")
        .Field("organization", Kinds.OptionalHeaderText, c => c.Organization, (c, v) => c with { Organization = v },
            "`openai`: the header `OpenAI-Organization`.")
        .Field("project", Kinds.OptionalHeaderText, c => c.Project, (c, v) => c with { Project = v },
            "`openai`: the header `OpenAI-Project`; `vertex`: the Google Cloud project.", defaultText: "`vertex`: `GOOGLE_CLOUD_PROJECT`")
        .Field("anthropic_version", Kinds.HeaderText, c => c.AnthropicVersion, (c, v) => c with { AnthropicVersion = v },
            "`anthropic`: the header `anthropic-version`.")
        .Field("max_tokens_default", Kinds.Int(1, 10_000_000), c => c.MaxTokensDefault, (c, v) => c with { MaxTokensDefault = v },
            "`anthropic`: the `max_tokens` that is sent where the client gives none.")
        .Field("region", Kinds.OptionalText, c => c.Region, (c, v) => c with { Region = v },
            "`bedrock`: the AWS region; `vertex`: the location; others: where their data is processed, for the `regions` of tenants.",
            defaultText: "`bedrock`: `AWS_REGION`, else `us-east-1`; `vertex`: `GOOGLE_CLOUD_LOCATION`, else `global`")
        .Field("api", Kinds.OneOf(
                ("default", ProviderApi.Default), ("v1", ProviderApi.V1), ("deployments", ProviderApi.Deployments),
                ("native", ProviderApi.Native), ("openai", ProviderApi.OpenAi), ("responses", ProviderApi.Responses)),
            c => c.Api, (c, v) => c with { Api = v },
            "The surface: `azure_openai` has `v1` (default) and `deployments`, `ollama` has `openai` (default) and `native`, `bedrock` has its own (default) and `openai`; those that serve OpenAI's Responses themselves also `responses`, for models that are to be had there alone.")
        .Field("api_version", Kinds.HeaderText, c => c.ApiVersion, (c, v) => c with { ApiVersion = v },
            "`azure_openai` with `api: deployments`: the `api-version` of the query.")
        .Field("aws", new SectionKind<ProviderAwsConfig>(ProviderAwsConfig.Section), c => c.Aws, (c, v) => c with { Aws = v! }, "`bedrock`: the identity that signs.")
        .Field("google", new SectionKind<ProviderGoogleConfig>(ProviderGoogleConfig.Section), c => c.Google, (c, v) => c with { Google = v! },
            "`vertex`: the identity.")
        .Field("azure", new SectionKind<ProviderAzureConfig>(ProviderAzureConfig.Section), c => c.Azure, (c, v) => c with { Azure = v! },
            "`azure_openai`: the identity, where there is no `api_key`.")
        .Field("simulator", new SectionKind<SimulatorConfig>(SimulatorConfig.Section),
            c => c.Simulator, (c, v) => c with { Simulator = v! },
            "`simulator`: how it answers.");
}
