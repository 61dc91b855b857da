using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Mistral. <see href="https://docs.mistral.ai/api/endpoint/chat"/>. It refuses every member that it does not know with 422 (<c>stream_options</c>, <c>max_completion_tokens</c>,
/// <c>seed</c>, <c>messages.name</c>, <c>web_search_options</c> ...); a stream reports its usage unasked. Ids of calls are nine letters and digits.
/// </summary>
internal static class Mistral
{
    public static readonly Provider Sheet = new()
    {
        Name = "mistral",
        Dialect = Dialect.OpenAi,
        Continuation = Continuation.Prefix,
        Traits = ChatTraits.Strict | ChatTraits.RandomSeed | ChatTraits.NineCharacterIds | ChatTraits.Prefix | ChatTraits.Translated | ChatTraits.DocumentUrls
            | ChatTraits.HighOrNoEffort,
        ApiRoot = "https://api.mistral.ai/v1",
        NeedsKey = true,
        KeyVariable = "MISTRAL_API_KEY",
        StreamOptions = false,
        OwnMembers = ["safe_prompt", "prompt_mode", "prediction", "guardrails", "random_seed"],
        ModelPrefixes = ["mistral-", "ministral-", "magistral-", "codestral-", "devstral-", "pixtral-", "open-mistral-", "open-mixtral-"],
        EmbeddingsPath = "/embeddings",
        EmbeddingsDialect = EmbeddingDialect.Mistral,
        Endpoints = ProviderEndpoints.Moderations | ProviderEndpoints.Audio | ProviderEndpoints.Files | ProviderEndpoints.FineTuning,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | JsonObject | JsonSchema
            | Reasoning | SeveralChoices | Seed | PromptCache | Embeddings,
        Adapted = Responses | Completions,
    };
}
