namespace Edge.Configuration;

/// <summary>
/// What the configuration must know of a provider type before anything is sent: its name in YAML, its surface, its address, its key.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="Name">As written in YAML.</param>
/// <param name="Served">The surface it is served through.</param>
/// <param name="DefaultUrl">Where it lives if no <c>url</c> is given, version included; null = a <c>url</c> is needed (or none makes sense).</param>
/// <param name="NeedsKey">Whether it is of no use without a key, as long as no other <c>url</c> is given.</param>
/// <param name="EnvironmentPrefix">Its SDK's variables are <c>PREFIX_API_KEY</c> and <c>PREFIX_BASE_URL</c>; null = none that we honour.</param>
public sealed record ProviderTypeInfo(
    ProviderType Type, string Name, ServedAs Served, string? DefaultUrl = null, bool NeedsKey = false, string? EnvironmentPrefix = null)
{
    /// <summary>
    /// The base that paths are appended to (<see cref="ProviderConfig.ApiRoot"/>). A url without a path means the host's usual place,
    /// <c>/v1</c>;
    /// Anthropic's and Ollama's urls are by custom written without the version, also behind a proxy's path.
    /// </summary>
    public Uri? ApiRoot(Uri? url)
    {
        if (Served is ServedAs.NotBuilt or ServedAs.Simulator) return null;
        if (url is null) return DefaultUrl is null ? null : new Uri(DefaultUrl);

        var text = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var versionIsCustomarilyLeftOut = Type is ProviderType.Anthropic or ProviderType.Ollama;
        var hasVersion = text.EndsWith("/v1", StringComparison.Ordinal);
        var hasPath = url.AbsolutePath.Length > 1;
        return new Uri(!hasVersion && (!hasPath || versionIsCustomarilyLeftOut) ? text + "/v1" : text);
    }
}

/// <summary>The table of provider types, one line each.</summary>
public static class ProviderTypes
{
    public static IReadOnlyList<ProviderTypeInfo> All { get; } =
    [
        new(ProviderType.OpenAi, "openai", ServedAs.OpenAi, "https://api.openai.com/v1", NeedsKey: true, EnvironmentPrefix: "OPENAI"),
        new(ProviderType.Anthropic, "anthropic", ServedAs.Anthropic, "https://api.anthropic.com/v1", NeedsKey: true, EnvironmentPrefix: "ANTHROPIC"),
        new(ProviderType.Simulator, "simulator", ServedAs.Simulator),
        new(ProviderType.OpenAiCompatible, "openai_compatible", ServedAs.OpenAi),
        new(ProviderType.AzureOpenAi, "azure_openai", ServedAs.NotBuilt),
        new(ProviderType.Gemini, "gemini", ServedAs.NotBuilt),
        new(ProviderType.Vertex, "vertex", ServedAs.NotBuilt),
        new(ProviderType.Bedrock, "bedrock", ServedAs.NotBuilt),
        new(ProviderType.Cohere, "cohere", ServedAs.NotBuilt),
        new(ProviderType.HuggingFace, "huggingface", ServedAs.OpenAi, "https://router.huggingface.co/v1", NeedsKey: true),
        new(ProviderType.Mistral, "mistral", ServedAs.OpenAi, "https://api.mistral.ai/v1", NeedsKey: true),
        new(ProviderType.Ollama, "ollama", ServedAs.OpenAi, "http://localhost:11434/v1"),
        new(ProviderType.Groq, "groq", ServedAs.OpenAi, "https://api.groq.com/openai/v1", NeedsKey: true),
        new(ProviderType.DeepSeek, "deepseek", ServedAs.OpenAi, "https://api.deepseek.com/v1", NeedsKey: true),
        new(ProviderType.Xai, "xai", ServedAs.OpenAi, "https://api.x.ai/v1", NeedsKey: true),
        new(ProviderType.Together, "together", ServedAs.OpenAi, "https://api.together.xyz/v1", NeedsKey: true),
        new(ProviderType.Fireworks, "fireworks", ServedAs.OpenAi, "https://api.fireworks.ai/inference/v1", NeedsKey: true),
        new(ProviderType.OpenRouter, "openrouter", ServedAs.OpenAi, "https://openrouter.ai/api/v1", NeedsKey: true),
        new(ProviderType.Perplexity, "perplexity", ServedAs.OpenAi, "https://api.perplexity.ai", NeedsKey: true),
        new(ProviderType.Vllm, "vllm", ServedAs.OpenAi, "http://localhost:8000/v1"),
        new(ProviderType.LlamaCpp, "llamacpp", ServedAs.OpenAi, "http://localhost:8080/v1"),
        new(ProviderType.LmStudio, "lmstudio", ServedAs.OpenAi, "http://localhost:1234/v1"),
    ];

    public static ProviderTypeInfo Of(ProviderType type) => All[(int)type];

    /// <summary>The type of that YAML name, or null.</summary>
    public static ProviderTypeInfo? Find(string name) => All.FirstOrDefault(info => string.Equals(info.Name, name, StringComparison.Ordinal));
}
