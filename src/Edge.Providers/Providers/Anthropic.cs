using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>Anthropic. <see href="https://docs.anthropic.com/en/api/messages"/>. JSON without a schema is an instruction; Responses and completions are translated.</summary>
internal static class Anthropic
{
    public static readonly Provider Sheet = new()
    {
        Name = "anthropic",
        Dialect = Dialect.Anthropic,
        Continuation = Continuation.Claude,
        KeyScheme = KeyScheme.XApiKey,
        ApiRoot = "https://api.anthropic.com/v1",
        ChatPath = "/messages",
        CountTokensPath = "/messages/count_tokens",
        NeedsKey = true,
        EnvironmentPrefix = "ANTHROPIC",
        UrlOmitsVersion = true,
        StreamOptions = false,
        ModelPrefixes = ["claude-"],
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | JsonSchema | Reasoning | Citations | PromptCache,
        Adapted = JsonObject | Responses | Completions,
    };
}
