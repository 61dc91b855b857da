using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>Ollama's own surface, <c>/api/chat</c>, for those who set <c>api: native</c>. <see href="https://docs.ollama.com/api/chat"/>. There is no <c>tool_choice</c>.</summary>
internal static class OllamaNative
{
    public static readonly Provider Sheet = new()
    {
        Name = "ollama_native",
        Dialect = Dialect.Ollama,
        ApiRoot = "http://localhost:11434/api",
        ChatPath = "/chat",
        UrlPath = "/api",
        UrlOmitsVersion = true,
        Framing = Framing.Ndjson,
        StreamOptions = false,
        // Its images are base64 alone.
        TakesMediaUrls = false,
        EmbeddingsPath = "/embed",
        EmbeddingsDialect = EmbeddingDialect.Ollama,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | Seed | Embeddings,
        Adapted = Responses | Completions,
    };
}
