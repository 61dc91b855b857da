using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>Google's Gemini API (AI Studio). <see href="https://ai.google.dev/api/generate-content"/></summary>
internal static class Gemini
{
    public static readonly Provider Sheet = new()
    {
        Name = "gemini",
        Dialect = Dialect.Gemini,
        KeyScheme = KeyScheme.GoogleApiKey,
        ApiRoot = "https://generativelanguage.googleapis.com/v1beta",
        UrlPath = "/v1beta",
        ChatPath = "/models/{model}:generateContent",
        StreamPath = "/models/{model}:streamGenerateContent?alt=sse",
        NeedsKey = true,
        EnvironmentPrefix = "GEMINI",
        StreamOptions = false,
        ModelPrefixes = ["gemini-", "gemma-", "learnlm-"],
        EmbeddingsPath = "/models/{model}:{method}",
        EmbeddingsDialect = EmbeddingDialect.Gemini,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | Citations | PromptCache | Embeddings,
        Adapted = Responses | Completions,
    };
}
