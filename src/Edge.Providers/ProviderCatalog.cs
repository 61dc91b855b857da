using Edge.Providers.Providers;

namespace Edge.Providers;

/// <summary>Every provider that we speak to, one line each.</summary>
public static class ProviderCatalog
{
    public static IReadOnlyList<Provider> All { get; } =
    [
        OpenAi.Sheet,
        AzureOpenAi.Sheet,
        AzureOpenAiDeployments.Sheet,
        Anthropic.Sheet,
        Gemini.Sheet,
        Vertex.Sheet,
        Vertex.AnthropicSheet,
        Bedrock.Sheet,
        Bedrock.Mantle,
        Cohere.Sheet,
        HuggingFace.Sheet,
        Mistral.Sheet,
        Ollama.Sheet,
        OllamaNative.Sheet,
        Groq.Sheet,
        DeepSeek.Sheet,
        Xai.Sheet,
        Together.Sheet,
        Fireworks.Sheet,
        OpenRouter.Sheet,
        Perplexity.Sheet,
        Vllm.Sheet,
        LlamaCpp.Sheet,
        LmStudio.Sheet,
        OpenAiCompatible.Sheet,
    ];

    /// <summary>The data sheet of that name, or null.</summary>
    public static Provider? Find(string name) => All.FirstOrDefault(provider => provider.Name == name);
}
