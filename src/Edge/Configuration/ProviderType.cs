namespace Edge.Configuration;

/// <summary>What a provider speaks. Every type validates; <see cref="ProviderTypes"/> says how, and whether, it is served.</summary>
public enum ProviderType
{
    OpenAi,
    Anthropic,
    Simulator,
    OpenAiCompatible,
    AzureOpenAi,
    Gemini,
    Vertex,
    Bedrock,
    Cohere,
    HuggingFace,
    Mistral,
    Ollama,
    Groq,
    DeepSeek,
    Xai,
    Together,
    Fireworks,
    OpenRouter,
    Perplexity,
    Vllm,
    LlamaCpp,
    LmStudio,
}

/// <summary>What stands behind a provider type.</summary>
public enum ServedAs
{
    /// <summary>Nothing yet: the type validates, but is left out of routing.</summary>
    NotBuilt,

    /// <summary>A provider on the network.</summary>
    Provider,

    /// <summary>In process.</summary>
    Simulator,
}
