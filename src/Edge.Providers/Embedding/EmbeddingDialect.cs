namespace Edge.Providers.Embedding;

/// <summary>The wire dialects of embeddings that we speak.</summary>
public enum EmbeddingDialect : byte
{
    /// <summary>OpenAI's, the clients' own: passes through as bytes.</summary>
    OpenAi,

    /// <summary>OpenAI's with <c>output_dimension</c>.</summary>
    Mistral,

    /// <summary>OpenAI's with <c>output_dimension</c>, <c>input_type</c> and without <c>encoding_format: float</c>.</summary>
    Voyage,

    /// <summary>Google's <c>batchEmbedContents</c> of the Gemini API.</summary>
    Gemini,

    /// <summary>Vertex AI's <c>predict</c> and <c>embedContent</c>.</summary>
    Vertex,

    /// <summary>Bedrock's InvokeModel: Titan, Nova and Cohere models.</summary>
    Bedrock,

    /// <summary>Cohere's <c>/v2/embed</c>.</summary>
    Cohere,

    /// <summary>Hugging Face's feature extraction and Text Embeddings Inference.</summary>
    HuggingFace,

    /// <summary>Ollama's own <c>/api/embed</c>.</summary>
    Ollama,
}
