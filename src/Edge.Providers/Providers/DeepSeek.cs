using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>DeepSeek. <see href="https://api-docs.deepseek.com/api/create-chat-completion"/>. Its legacy completions are a beta for filling in the middle, at another root.</summary>
internal static class DeepSeek
{
    public static readonly Provider Sheet = new()
    {
        Name = "deepseek",
        Dialect = Dialect.OpenAi,
        TakesBack = ["reasoning_content"],
        Traits = ChatTraits.ReasoningContent | ChatTraits.ThinkingSwitch | ChatTraits.NoJsonSchema | ChatTraits.MaxEffort,
        ApiRoot = "https://api.deepseek.com",
        UrlPath = "",
        ResponsesPath = "/responses",
        NeedsKey = true,
        KeyVariable = "DEEPSEEK_API_KEY",
        ModelPrefixes = ["deepseek-"],
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | JsonObject | Reasoning | Logprobs | PromptCache | Responses,
        // Where the request is translated; a body of its own dialect passes as it is.
        Adapted = JsonSchema | Completions,
    };
}
