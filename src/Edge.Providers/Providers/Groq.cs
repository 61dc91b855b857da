using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Groq. <see href="https://console.groq.com/docs/openai"/> lists what it answers with 400: <c>logprobs</c>, <c>logit_bias</c>, <c>top_logprobs</c>, <c>messages[].name</c> and more
/// than one choice.
/// </summary>
internal static class Groq
{
    public static readonly Provider Sheet = new()
    {
        Name = "groq",
        Dialect = Dialect.OpenAi,
        Continuation = Continuation.LastMessage,
        Refused = ["logprobs", "top_logprobs", "logit_bias", "messages.name"],
        Traits = ChatTraits.MaxCompletionTokens | ChatTraits.ServiceTier | ChatTraits.NoNamesOrLogits,
        ApiRoot = "https://api.groq.com/openai/v1",
        NeedsKey = true,
        KeyVariable = "GROQ_API_KEY",
        UrlPath = "/openai/v1",
        ResponsesPath = "/responses",
        Endpoints = ProviderEndpoints.Audio | ProviderEndpoints.Files | ProviderEndpoints.Batches,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | JsonObject | JsonSchema
            | Reasoning | Seed | PromptCache | Responses,
        Adapted = Completions,
    };
}
