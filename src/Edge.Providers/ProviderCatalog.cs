using Edge.Providers.Providers;

namespace Edge.Providers;

/// <summary>Every provider that we speak to, one line each.</summary>
public static class ProviderCatalog
{
    public static IReadOnlyList<Provider> All { get; } =
    [
        OpenAi.Sheet,
        Anthropic.Sheet,
        Bedrock.Sheet,
        Bedrock.Mantle,
        OpenAiCompatible.Generic,
        OpenAiCompatible.HuggingFace,
        OpenAiCompatible.Mistral,
        OpenAiCompatible.Ollama,
        OpenAiCompatible.Groq,
        OpenAiCompatible.DeepSeek,
        OpenAiCompatible.Xai,
        OpenAiCompatible.Together,
        OpenAiCompatible.Fireworks,
        OpenAiCompatible.OpenRouter,
        OpenAiCompatible.Perplexity,
        OpenAiCompatible.Vllm,
        OpenAiCompatible.LlamaCpp,
        OpenAiCompatible.LmStudio,
    ];

    /// <summary>The data sheet of that name, or null.</summary>
    public static Provider? Find(string name) => All.FirstOrDefault(provider => provider.Name == name);
}
