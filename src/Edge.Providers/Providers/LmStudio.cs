using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>LM Studio. <see href="https://lmstudio.ai/docs/developer/openai-compat"/>. JSON is by schema alone there: an object without one is refused.</summary>
internal static class LmStudio
{
    public static readonly Provider Sheet = new()
    {
        Name = "lmstudio",
        Dialect = Dialect.OpenAi,
        Traits = ChatTraits.TopK,
        ApiRoot = "http://localhost:1234/v1",
        ResponsesPath = "/responses",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Native = Capability.Chat | Streaming | Tools | ParallelTools | Vision | JsonSchema | Reasoning | Seed | Responses | Completions | Embeddings,
    };
}
