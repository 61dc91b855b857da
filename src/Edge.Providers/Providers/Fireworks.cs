using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>Fireworks. <see href="https://docs.fireworks.ai/api-reference/post-chatcompletions"/></summary>
internal static class Fireworks
{
    public static readonly Provider Sheet = new()
    {
        Name = "fireworks",
        Dialect = Dialect.OpenAi,
        TakesBack = ["reasoning_content"],
        Traits = ChatTraits.TopK | ChatTraits.ReasoningContent,
        ApiRoot = "https://api.fireworks.ai/inference/v1",
        NeedsKey = true,
        KeyVariable = "FIREWORKS_API_KEY",
        UrlPath = "/inference/v1",
        ResponsesPath = "/responses",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.Rerank,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Responses | Completions | Embeddings | Rerank,
    };
}
