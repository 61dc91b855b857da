using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>A vLLM server. <see href="https://docs.vllm.ai/en/latest/serving/online_serving/"/></summary>
internal static class Vllm
{
    public static readonly Provider Sheet = new()
    {
        Name = "vllm",
        Dialect = Dialect.OpenAi,
        Continuation = Continuation.FinalMessage,
        TakesBack = ["reasoning_content"],
        Traits = ChatTraits.TopK,
        ApiRoot = "http://localhost:8000/v1",
        ResponsesPath = "/responses",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.Audio | ProviderEndpoints.Rerank | ProviderEndpoints.Responses,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | AudioInput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Responses | Completions | Embeddings | Rerank,
    };
}
