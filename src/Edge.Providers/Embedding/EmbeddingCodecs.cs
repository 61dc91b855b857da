namespace Edge.Providers.Embedding;

/// <summary>Every dialect of embeddings that differs from the clients' own, one line each.</summary>
public static class EmbeddingCodecs
{
    public static IReadOnlyList<IEmbeddingCodec> All { get; } =
    [
        new MistralEmbeddingCodec(),
        new VoyageEmbeddingCodec(),
        new GeminiEmbeddingCodec(),
        new VertexEmbeddingCodec(),
        new BedrockEmbeddingCodec(),
        new CohereEmbeddingCodec(),
        new HuggingFaceEmbeddingCodec(),
        new OllamaEmbeddingCodec(),
    ];

    /// <summary>The codec; null = the client's dialect, bytes pass.</summary>
    public static IEmbeddingCodec? For(EmbeddingDialect dialect) => All.FirstOrDefault(codec => codec.Dialect == dialect);
}
