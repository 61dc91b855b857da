using Edge.Providers;

namespace Edge.Configuration;

/// <summary>What the configuration must know of a provider type before anything is sent. The facts are its data sheet's.</summary>
/// <param name="Type">The type.</param>
/// <param name="Name">As written in YAML.</param>
/// <param name="Sheet">The data sheet; null for the simulator and for types that are not built.</param>
/// <param name="Served">The surface it is served through.</param>
public sealed record ProviderTypeInfo(ProviderType Type, string Name, Provider? Sheet, ServedAs Served)
{
    /// <summary>Where it lives if no <c>url</c> is given, version included; null = a <c>url</c> is needed (or none makes sense; a root with a hole, such as AWS's region, is none by itself).</summary>
    public string? DefaultUrl => Sheet?.ApiRoot is { } root && !root.Contains('{', StringComparison.Ordinal) ? root : null;

    /// <summary>Whether it is of no use without a key, as long as no other <c>url</c> is given.</summary>
    public bool NeedsKey => Sheet is { NeedsKey: true };

    /// <summary>Its SDK's variables are <c>PREFIX_API_KEY</c> and <c>PREFIX_BASE_URL</c>; null = none that we honour.</summary>
    public string? EnvironmentPrefix => Sheet?.EnvironmentPrefix;

    /// <summary>
    /// The base that paths are appended to (<see cref="ProviderConfig.ApiRoot"/>). A url without a path means the host's usual place, <c>/v1</c>; some urls are by
    /// custom written without the version, also behind a proxy's path.
    /// </summary>
    public Uri? ApiRoot(Uri? url)
    {
        if (Sheet is null) return null;
        if (url is null) return DefaultUrl is null ? null : new Uri(DefaultUrl);

        var text = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var hasVersion = text.EndsWith("/v1", StringComparison.Ordinal);
        var hasPath = url.AbsolutePath.Length > 1;
        return new Uri(!hasVersion && (!hasPath || Sheet.UrlOmitsVersion) ? text + "/v1" : text);
    }
}

/// <summary>The provider types, in the enumeration's order.</summary>
public static class ProviderTypes
{
    public static IReadOnlyList<ProviderTypeInfo> All { get; } = [.. Enum.GetValues<ProviderType>().Select(Make)];

    public static ProviderTypeInfo Of(ProviderType type) => All[(int)type];

    /// <summary>The type of that YAML name, or null.</summary>
    public static ProviderTypeInfo? Find(string name) => All.FirstOrDefault(info => string.Equals(info.Name, name, StringComparison.Ordinal));

    private static ProviderTypeInfo Make(ProviderType type)
    {
        var name = NameOf(type);
        var sheet = ProviderCatalog.Find(name);
        var served = sheet switch
        {
            null => type == ProviderType.Simulator ? ServedAs.Simulator : ServedAs.NotBuilt,
            { Dialect: Dialect.Anthropic } => ServedAs.Anthropic,
            _ => ServedAs.OpenAi,
        };
        return new(type, name, sheet, served);
    }

    private static string NameOf(ProviderType type) => type switch
    {
        ProviderType.OpenAi => "openai",
        ProviderType.Anthropic => "anthropic",
        ProviderType.Simulator => "simulator",
        ProviderType.OpenAiCompatible => "openai_compatible",
        ProviderType.AzureOpenAi => "azure_openai",
        ProviderType.Gemini => "gemini",
        ProviderType.Vertex => "vertex",
        ProviderType.Bedrock => "bedrock",
        ProviderType.Cohere => "cohere",
        ProviderType.HuggingFace => "huggingface",
        ProviderType.Mistral => "mistral",
        ProviderType.Ollama => "ollama",
        ProviderType.Groq => "groq",
        ProviderType.DeepSeek => "deepseek",
        ProviderType.Xai => "xai",
        ProviderType.Together => "together",
        ProviderType.Fireworks => "fireworks",
        ProviderType.OpenRouter => "openrouter",
        ProviderType.Perplexity => "perplexity",
        ProviderType.Vllm => "vllm",
        ProviderType.LlamaCpp => "llamacpp",
        _ => "lmstudio",
    };
}
