namespace Edge.Providers.Providers;

/// <summary>OpenAI. <see href="https://platform.openai.com/docs/api-reference/chat"/></summary>
internal static class OpenAi
{
    public static readonly Provider Sheet = new()
    {
        Name = "openai",
        Dialect = Dialect.OpenAi,
        ApiRoot = "https://api.openai.com/v1",
        EmbeddingsPath = "/embeddings",
        Endpoints = ProviderEndpoints.OpenAi,
        NeedsKey = true,
        EnvironmentPrefix = "OPENAI",
        ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4", "codex-", "text-embedding-"],
    };
}
