using Edge.Providers.Embeddings;

namespace Edge.Providers.Providers;

/// <summary>Those that speak OpenAI's chat completions at another address, by data sheet alone.</summary>
internal static class OpenAiCompatible
{
    public static readonly Provider Generic = new() { Name = "openai_compatible", Dialect = Dialect.OpenAi, EmbeddingsPath = "/embeddings", Endpoints = ProviderEndpoints.All };

    public static readonly Provider HuggingFace = Hosted("huggingface", "https://router.huggingface.co/v1") with
    {
        // Its OpenAI-compatible router serves chat alone.
        EmbeddingsPath = "~/hf-inference/models/{model}/pipeline/feature-extraction",
        EmbeddingsDialect = EmbeddingDialect.HuggingFace,
    };

    public static readonly Provider Mistral = Hosted("mistral", "https://api.mistral.ai/v1") with
    {
        EmbeddingsDialect = EmbeddingDialect.Mistral,
        Endpoints = ProviderEndpoints.Moderations | ProviderEndpoints.Audio | ProviderEndpoints.Files | ProviderEndpoints.FineTuning,
    };

    public static readonly Provider Groq = Hosted("groq", "https://api.groq.com/openai/v1") with { EmbeddingsPath = null, Endpoints = ProviderEndpoints.Audio | ProviderEndpoints.Files | ProviderEndpoints.Batches };
    public static readonly Provider DeepSeek = Hosted("deepseek", "https://api.deepseek.com/v1") with { EmbeddingsPath = null };
    public static readonly Provider Xai = Hosted("xai", "https://api.x.ai/v1") with { EmbeddingsPath = null, Endpoints = ProviderEndpoints.Images | ProviderEndpoints.Files | ProviderEndpoints.Responses };
    public static readonly Provider Together = Hosted("together", "https://api.together.xyz/v1") with { Endpoints = ProviderEndpoints.Images | ProviderEndpoints.Audio | ProviderEndpoints.Rerank | ProviderEndpoints.Batches };
    public static readonly Provider Fireworks = Hosted("fireworks", "https://api.fireworks.ai/inference/v1") with { Endpoints = ProviderEndpoints.Rerank };
    public static readonly Provider OpenRouter = Hosted("openrouter", "https://openrouter.ai/api/v1");
    public static readonly Provider Perplexity = Hosted("perplexity", "https://api.perplexity.ai") with { EmbeddingsPath = null };

    public static readonly Provider Ollama = new()
    {
        Name = "ollama",
        Dialect = Dialect.OpenAi,
        ApiRoot = "http://localhost:11434/v1",
        EmbeddingsPath = "/embeddings",
        UrlOmitsVersion = true,
    };

    public static readonly Provider Vllm = Local("vllm", "http://localhost:8000/v1") with { Endpoints = ProviderEndpoints.Audio | ProviderEndpoints.Rerank | ProviderEndpoints.Responses };
    public static readonly Provider LlamaCpp = Local("llamacpp", "http://localhost:8080/v1") with { Endpoints = ProviderEndpoints.Rerank };
    public static readonly Provider LmStudio = Local("lmstudio", "http://localhost:1234/v1");

    private static Provider Hosted(string name, string root) => Local(name, root) with { NeedsKey = true };

    private static Provider Local(string name, string root) => new() { Name = name, Dialect = Dialect.OpenAi, ApiRoot = root, EmbeddingsPath = "/embeddings" };
}
