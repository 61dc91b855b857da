using Edge.Providers;

namespace Edge.Configuration;

/// <summary>What the configuration must know of a provider type before anything is sent. The facts are its data sheet's.</summary>
/// <param name="Type">The type.</param>
/// <param name="Name">As written in YAML.</param>
/// <param name="Sheet">The data sheet; null for the simulator and for types that are not built.</param>
/// <param name="Served">Whether, and as what, it is served.</param>
public sealed record ProviderTypeInfo(ProviderType Type, string Name, Provider? Sheet, ServedAs Served)
{
    /// <summary>Where it lives if no <c>url</c> is given, version included; null = a <c>url</c> is needed (or none makes sense; a root with a hole, such as AWS's region, is none by itself).</summary>
    public string? DefaultUrl => Sheet?.ApiRoot is { } root && !root.Contains('{', StringComparison.Ordinal) ? root : null;

    /// <summary>Whether it is of no use without a key, as long as no other <c>url</c> is given.</summary>
    public bool NeedsKey => Sheet is { NeedsKey: true };

    /// <summary>Its SDK's variables are <c>PREFIX_API_KEY</c> and <c>PREFIX_BASE_URL</c>; null = none that we honour.</summary>
    public string? EnvironmentPrefix => Sheet?.EnvironmentPrefix;

    /// <summary>The variable that holds its key; null = none that we honour.</summary>
    public string? KeyVariable => Sheet?.KeyVariable ?? (EnvironmentPrefix is { } prefix ? prefix + "_API_KEY" : null);

    /// <summary>The data sheet of the surface that a provider is spoken to by; null where it has no such surface.</summary>
    public Provider? SheetOf(ProviderApi api) => (Type, api) switch
    {
        (_, ProviderApi.Default) => Sheet,
        (ProviderType.AzureOpenAi, ProviderApi.V1) => Sheet,
        (ProviderType.AzureOpenAi, ProviderApi.Deployments) => ProviderCatalog.Find("azure_openai_deployments"),
        (ProviderType.Ollama, ProviderApi.OpenAi) => Sheet,
        (ProviderType.Ollama, ProviderApi.Native) => ProviderCatalog.Find("ollama_native"),
        (ProviderType.Bedrock, ProviderApi.OpenAi) => ProviderCatalog.Find("bedrock_mantle"),
        (_, ProviderApi.Responses) when Sheet is { Dialect: Dialect.OpenAi, ResponsesPath: { } path } => Sheet with { Dialect = Dialect.Responses, ChatPath = path, StreamOptions = false },
        _ => null,
    };

    /// <summary>
    /// The base that paths are appended to (<see cref="ProviderConfig.ApiRoot"/>). A url without a path means the host's usual place; some urls are by custom written
    /// without the version, also behind a proxy's path. Null = a url is needed.
    /// </summary>
    public Uri? ApiRoot(ProviderConfig provider)
    {
        if (SheetOf(provider.Api) is not { } sheet) return null;
        if (provider.Url is not { } url) return sheet.ApiRoot is { } root ? new Uri(Filled(root, provider)) : null;

        var text = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (url.AbsolutePath.Length <= 1) return new Uri(text + Filled(sheet.UrlPath, provider));
        return new Uri(sheet.UrlOmitsVersion && !text.EndsWith(sheet.UrlPath, StringComparison.Ordinal) ? text + sheet.UrlPath : text);
    }

    private static string Filled(string template, ProviderConfig provider)
    {
        var region = provider.Region ?? "";
        return template
            .Replace("{region-}", region is "" or "global" ? "" : region + "-", StringComparison.Ordinal)
            .Replace("{region}", Uri.EscapeDataString(region), StringComparison.Ordinal)
            .Replace("{project}", Uri.EscapeDataString(provider.Project ?? ""), StringComparison.Ordinal);
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
        var served = sheet is not null ? ServedAs.Provider : type == ProviderType.Simulator ? ServedAs.Simulator : ServedAs.NotBuilt;
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
