using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Cohere, by its own v2 API. <see href="https://docs.cohere.com/reference/chat"/>. It cannot name the tool to call: that one is offered alone and demanded. Text files are its
/// <c>documents</c>. Its SDKs read <c>CO_API_KEY</c>.
/// </summary>
internal static class Cohere
{
    public static readonly Provider Sheet = new()
    {
        Name = "cohere",
        Dialect = Dialect.Cohere,
        ApiRoot = "https://api.cohere.com/v2",
        NeedsKey = true,
        KeyVariable = "CO_API_KEY",
        ChatPath = "/chat",
        UrlPath = "/v2",
        StreamOptions = false,
        ModelPrefixes = ["command-", "c4ai-aya-"],
        EmbeddingsPath = "/embed",
        EmbeddingsDialect = EmbeddingDialect.Cohere,
        Endpoints = ProviderEndpoints.Rerank,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | Seed | Citations | Embeddings | Rerank,
        Adapted = Responses | Completions,
    };
}
