using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// xAI. <see href="https://docs.x.ai/docs/api-reference"/>. Its reasoning models refuse penalties and <c>stop</c>: which they are, only their names tell.
/// Its <c>/completions</c> serves none of them (<see href="https://docs.x.ai/developers/rest-api-reference/inference/legacy"/>), so ours is used.
/// </summary>
internal static class Xai
{
    public static readonly Provider Sheet = new()
    {
        Name = "xai",
        Dialect = Dialect.OpenAi,
        TakesBack = ["reasoning_content"],
        Traits = ChatTraits.MaxCompletionTokens,
        ApiRoot = "https://api.x.ai/v1",
        NeedsKey = true,
        KeyVariable = "XAI_API_KEY",
        ResponsesPath = "/responses",
        ModelPrefixes = ["grok-"],
        Endpoints = ProviderEndpoints.Images | ProviderEndpoints.Files | ProviderEndpoints.Responses,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | PromptCache | Responses,
        Adapted = Completions,
    };
}
