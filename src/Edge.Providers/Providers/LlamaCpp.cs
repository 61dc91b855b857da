using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// A llama.cpp server. <see href="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"/>. Tools need its <c>--jinja</c>.
/// Its <c>/responses</c> turns requests into chat itself and leaves out fields that SDKs read (<see href="https://github.com/ggml-org/llama.cpp/pull/19720"/>), so ours is used.
/// </summary>
internal static class LlamaCpp
{
    public static readonly Provider Sheet = new()
    {
        Name = "llamacpp",
        Dialect = Dialect.OpenAi,
        Continuation = Continuation.LastMessage,
        TakesBack = ["reasoning_content"],
        Traits = ChatTraits.TopK,
        ApiRoot = "http://localhost:8080/v1",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.Rerank,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | AudioInput | JsonObject | JsonSchema
            | Reasoning | Logprobs | Seed | PromptCache | Completions | Embeddings | Rerank,
        // Builds of 2026 have /responses as well, by the same translation into chat; older ones have not.
        Adapted = Responses,
    };
}
