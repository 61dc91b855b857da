using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>Whatever speaks OpenAI's chat completions at a <c>url</c>. Nothing is known of it but that: what it cannot do, it says itself.</summary>
internal static class OpenAiCompatible
{
    public static readonly Provider Sheet = new()
    {
        Name = "openai_compatible",
        Dialect = Dialect.OpenAi,
        // Another gateway, or a model that demands its reasoning back: whatever it may be, what a client has from it goes to it.
        TakesBack = ["reasoning_content", "thinking_blocks", "images", "extra_content"],
        Traits = ChatTraits.ThoughtSignatures,
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.All,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | AudioOutput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Embeddings,
        Adapted = Responses | Completions,
    };
}
