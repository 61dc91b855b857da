using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Azure OpenAI's older surface: the deployment stands in the path, the API's version in the query, which the configuration gives for <c>{api-version}</c>. Responses live
/// outside of the deployments and in previews alone, so they are translated. <see href="https://learn.microsoft.com/azure/ai-foundry/openai/reference"/>
/// </summary>
internal static class AzureOpenAiDeployments
{
    public static readonly Provider Sheet = new()
    {
        Name = "azure_openai_deployments",
        Dialect = Dialect.OpenAi,
        Traits = ChatTraits.OpenAi | ChatTraits.MaxCompletionTokens | ChatTraits.ServiceTier | ChatTraits.PromptCacheKey | ChatTraits.SafetyIdentifier,
        KeyScheme = KeyScheme.ApiKey,
        UrlPath = "/openai",
        ChatPath = "/deployments/{model}/chat/completions?api-version={api-version}",
        CompletionsPath = "/deployments/{model}/completions?api-version={api-version}",
        EmbeddingsPath = "/deployments/{model}/embeddings?api-version={api-version}",
        Endpoints = ProviderEndpoints.RealtimeSocket,
        RealtimePath = "/realtime?api-version={api-version}&deployment={model}",
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | AudioOutput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Completions | Embeddings,
        Adapted = Responses,
    };
}
