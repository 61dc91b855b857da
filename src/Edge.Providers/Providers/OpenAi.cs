using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// OpenAI. <see href="https://platform.openai.com/docs/api-reference/chat"/>, <see href="https://platform.openai.com/docs/models"/>. Reasoning models take
/// <c>max_completion_tokens</c> alone, and every chat model takes it.
/// </summary>
internal static class OpenAi
{
    public static readonly Provider Sheet = new()
    {
        Name = "openai",
        Dialect = Dialect.OpenAi,
        ApiRoot = "https://api.openai.com/v1",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.OpenAi,
        NeedsKey = true,
        Traits = ChatTraits.OpenAi | ChatTraits.MaxCompletionTokens | ChatTraits.ServiceTier | ChatTraits.PromptCacheKey | ChatTraits.SafetyIdentifier,
        EnvironmentPrefix = "OPENAI",
        ResponsesPath = "/responses",
        StatefulResponses = true,
        CompletionsPath = "/completions",
        ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4", "codex-", "text-embedding-"],
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | AudioOutput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Responses | Completions | Embeddings,
    };
}
