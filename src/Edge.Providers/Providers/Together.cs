using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Together. <see href="https://docs.together.ai/reference/chat-completions-1"/>. Its <c>/responses</c> (<see href="https://docs.together.ai/docs/inference/responses-api"/>) is
/// for a few of its models alone and may answer with malformed output for the others, so ours is used.
/// </summary>
internal static class Together
{
    public static readonly Provider Sheet = new()
    {
        Name = "together",
        Dialect = Dialect.OpenAi,
        TakesBack = ["reasoning_content"],
        Traits = ChatTraits.TopK,
        ApiRoot = "https://api.together.ai/v1",
        NeedsKey = true,
        KeyVariable = "TOGETHER_API_KEY",
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.Images | ProviderEndpoints.Audio | ProviderEndpoints.Rerank | ProviderEndpoints.Batches,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | Completions | Embeddings | Rerank,
        // Its own /responses is a beta for some models; of the others "may return malformed output". https://docs.together.ai/docs/inference/responses-api
        Adapted = Responses,
    };
}
