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

/// <summary>The surface through which a provider type is served.</summary>
public enum ServedAs
{
    /// <summary>Its own surface is not built yet: the type validates, but is left out of routing.</summary>
    NotBuilt,

    /// <summary>OpenAI's dialect.</summary>
    OpenAi,

    /// <summary>Anthropic's dialect.</summary>
    Anthropic,

    /// <summary>In process.</summary>
    Simulator,
}
