namespace Edge.Providers.Providers;

/// <summary>Those that speak OpenAI's chat completions at another address, by data sheet alone.</summary>
internal static class OpenAiCompatible
{
    public static readonly Provider Generic = new() { Name = "openai_compatible", Dialect = Dialect.OpenAi, Traits = ChatTraits.ThoughtSignatures };

    public static readonly Provider HuggingFace = Hosted("huggingface", "https://router.huggingface.co/v1");
    public static readonly Provider Mistral = Hosted("mistral", "https://api.mistral.ai/v1", ChatTraits.Strict | ChatTraits.RandomSeed | ChatTraits.NineCharacterIds | ChatTraits.Prefix);
    public static readonly Provider Groq = Hosted("groq", "https://api.groq.com/openai/v1", ChatTraits.MaxCompletionTokens | ChatTraits.ServiceTier);
    public static readonly Provider DeepSeek = Hosted("deepseek", "https://api.deepseek.com/v1", ChatTraits.ReasoningContent | ChatTraits.ThinkingSwitch | ChatTraits.NoJsonSchema | ChatTraits.MaxEffort);
    public static readonly Provider Xai = Hosted("xai", "https://api.x.ai/v1", ChatTraits.MaxCompletionTokens);
    public static readonly Provider Together = Hosted("together", "https://api.together.xyz/v1", ChatTraits.TopK);
    public static readonly Provider Fireworks = Hosted("fireworks", "https://api.fireworks.ai/inference/v1", ChatTraits.TopK | ChatTraits.ReasoningContent);
    public static readonly Provider OpenRouter = Hosted("openrouter", "https://openrouter.ai/api/v1", ChatTraits.TopK | ChatTraits.CacheControl | ChatTraits.ReasoningDetails | ChatTraits.FileUrls);
    public static readonly Provider Perplexity = Hosted("perplexity", "https://api.perplexity.ai", ChatTraits.TopK);

    public static readonly Provider Ollama = new()
    {
        Name = "ollama",
        Dialect = Dialect.OpenAi,
        ApiRoot = "http://localhost:11434/v1",
        UrlOmitsVersion = true,
    };

    public static readonly Provider Vllm = Local("vllm", "http://localhost:8000/v1", ChatTraits.TopK);
    public static readonly Provider LlamaCpp = Local("llamacpp", "http://localhost:8080/v1", ChatTraits.TopK);
    public static readonly Provider LmStudio = Local("lmstudio", "http://localhost:1234/v1", ChatTraits.TopK);

    private static Provider Hosted(string name, string root, ChatTraits traits = ChatTraits.None) =>
        new() { Name = name, Dialect = Dialect.OpenAi, ApiRoot = root, NeedsKey = true, Traits = traits };

    private static Provider Local(string name, string root, ChatTraits traits) => new() { Name = name, Dialect = Dialect.OpenAi, ApiRoot = root, Traits = traits };
}
