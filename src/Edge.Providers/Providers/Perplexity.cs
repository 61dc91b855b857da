using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Perplexity's Sonar. <see href="https://docs.perplexity.ai/docs/sonar/openai-compatibility"/>. It searches instead of calling tools, its root has no version, and every chunk of a
/// stream reports usage unasked.
/// Responses go to its Agent API, <see href="https://docs.perplexity.ai/docs/agent-api/openai-compatibility"/>, whose models have other names (<c>openai/gpt-5.4</c>).
/// </summary>
internal static class Perplexity
{
    public static readonly Provider Sheet = new()
    {
        Name = "perplexity",
        Dialect = Dialect.OpenAi,
        Traits = ChatTraits.TopK | ChatTraits.WebSearch,
        ApiRoot = "https://api.perplexity.ai",
        NeedsKey = true,
        KeyVariable = "PERPLEXITY_API_KEY",
        UrlPath = "",
        ResponsesPath = "/v1/responses",
        StreamOptions = false,
        ModelPrefixes = ["sonar"],
        Native = Capability.Chat | Streaming | Vision | Pdf | JsonSchema | Reasoning | Citations | Responses,
        Adapted = Completions,
    };
}
