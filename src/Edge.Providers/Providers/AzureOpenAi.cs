using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Azure OpenAI's v1 surface: <c>https://RESOURCE.openai.azure.com/openai/v1/</c>, the deployment's name as the model, no <c>api-version</c>; a key in <c>api-key</c> or an
/// Entra token as bearer. <see href="https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle"/>
/// <para>
/// Answers carry the content filter's findings: a stream's first chunk has <c>"choices":[]</c> with <c>prompt_filter_results</c>, choices have
/// <c>content_filter_results</c>; a refused prompt is a 400 with the code <c>content_filter</c>.
/// <see href="https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter"/>
/// </para>
/// </summary>
internal static class AzureOpenAi
{
    public static readonly Provider Sheet = new()
    {
        Name = "azure_openai",
        Dialect = Dialect.OpenAi,
        Traits = ChatTraits.OpenAi | ChatTraits.MaxCompletionTokens | ChatTraits.ServiceTier | ChatTraits.PromptCacheKey | ChatTraits.SafetyIdentifier,
        KeyScheme = KeyScheme.ApiKey,
        UrlPath = "/openai/v1",
        ResponsesPath = "/responses",
        StatefulResponses = true,
        CompletionsPath = "/completions",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.Images | ProviderEndpoints.Audio | ProviderEndpoints.Files | ProviderEndpoints.Uploads | ProviderEndpoints.Batches | ProviderEndpoints.FineTuning | ProviderEndpoints.VectorStores | ProviderEndpoints.Responses | ProviderEndpoints.Realtime
            | ProviderEndpoints.RealtimeSocket,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | AudioOutput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Responses | Completions | Embeddings,
    };
}
