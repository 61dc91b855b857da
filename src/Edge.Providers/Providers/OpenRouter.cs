using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>OpenRouter over many hosts. <see href="https://openrouter.ai/docs/api-reference/overview"/>. What a model does not know is ignored there.</summary>
internal static class OpenRouter
{
    public static readonly Provider Sheet = new()
    {
        Name = "openrouter",
        Dialect = Dialect.OpenAi,
        TakesBack = ["reasoning_content", "images"],
        Traits = ChatTraits.TopK | ChatTraits.CacheControl | ChatTraits.ReasoningDetails | ChatTraits.FileUrls,
        ApiRoot = "https://openrouter.ai/api/v1",
        NeedsKey = true,
        KeyVariable = "OPENROUTER_API_KEY",
        UrlPath = "/api/v1",
        ResponsesPath = "/responses",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | JsonObject | JsonSchema
            | Reasoning | Logprobs | Seed | Citations | PromptCache | Responses | Completions | Embeddings,
    };
}
