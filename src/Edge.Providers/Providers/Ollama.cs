using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>Ollama's OpenAI-compatible surface. <see href="https://docs.ollama.com/api/openai-compatibility"/>. It ignores <c>tool_choice</c>.</summary>
internal static class Ollama
{
    public static readonly Provider Sheet = new()
    {
        Name = "ollama",
        Dialect = Dialect.OpenAi,
        ApiRoot = "http://localhost:11434/v1",
        UrlOmitsVersion = true,
        ResponsesPath = "/responses",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Native = Capability.Chat | Streaming | Tools | ParallelTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | Seed | Responses | Completions | Embeddings,
    };
}
