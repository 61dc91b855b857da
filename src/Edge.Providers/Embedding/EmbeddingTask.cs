using Edge.Providers.Json;

namespace Edge.Providers.Embedding;

/// <summary>What the vectors are for; some models embed a question and its answer differently.</summary>
public enum EmbeddingTask : byte
{
    /// <summary>The client does not say.</summary>
    None,
    Document,
    Query,
    Classification,
    Clustering,
    Similarity,
    QuestionAnswering,
    FactVerification,
    CodeQuery,
}

/// <summary>What happens to a text that is longer than the model's input.</summary>
public enum EmbeddingTruncation : byte
{
    /// <summary>The client does not say: the provider's default.</summary>
    Default,

    /// <summary>An error.</summary>
    None,

    /// <summary>The beginning is left out.</summary>
    Start,

    /// <summary>The end is left out.</summary>
    End,
}

/// <summary>
/// The names of tasks. OpenAI has none, so clients send the name that the provider behind them documents; every such name is understood for every provider.
/// </summary>
internal static class EmbeddingTasks
{
    public const string Allowed =
        "search_document, search_query, classification, clustering, semantic_similarity, question_answering, fact_verification or code_retrieval_query";

    /// <summary>Cohere's names, Voyage's and NVIDIA's short ones, Google's, Amazon Nova's; any case.</summary>
    public static bool TryParse(JsonText text, out EmbeddingTask task)
    {
        task = EmbeddingTask.None;
        Span<byte> name = stackalloc byte[40];
        if (text.Bytes.Length > name.Length) return false;
        name = name[..text.Unescape(name)];
        foreach (ref var b in name)
        {
            if (b is >= (byte)'A' and <= (byte)'Z') b |= 0x20;
        }
        task = Find(name);
        return task != EmbeddingTask.None;
    }

    /// <summary>Google's <c>taskType</c>; empty for None. https://ai.google.dev/api/embeddings#v1beta.TaskType</summary>
    public static ReadOnlySpan<byte> Google(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Document => "RETRIEVAL_DOCUMENT"u8,
        EmbeddingTask.Query => "RETRIEVAL_QUERY"u8,
        EmbeddingTask.Classification => "CLASSIFICATION"u8,
        EmbeddingTask.Clustering => "CLUSTERING"u8,
        EmbeddingTask.Similarity => "SEMANTIC_SIMILARITY"u8,
        EmbeddingTask.QuestionAnswering => "QUESTION_ANSWERING"u8,
        EmbeddingTask.FactVerification => "FACT_VERIFICATION"u8,
        EmbeddingTask.CodeQuery => "CODE_RETRIEVAL_QUERY"u8,
        _ => default,
    };

    /// <summary>
    /// Cohere's <c>input_type</c>, which it demands (https://docs.cohere.com/reference/embed). A client that says nothing gets <c>search_document</c>: vectors that
    /// are stored once must not depend on who asked, and a query's vector still finds them.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="exact">Cohere has a word for it, or none was given.</param>
    public static ReadOnlySpan<byte> Cohere(EmbeddingTask task, out bool exact)
    {
        exact = task <= EmbeddingTask.Clustering;
        return task switch
        {
            EmbeddingTask.Query or EmbeddingTask.QuestionAnswering or EmbeddingTask.FactVerification or EmbeddingTask.CodeQuery => "search_query"u8,
            EmbeddingTask.Classification => "classification"u8,
            EmbeddingTask.Clustering => "clustering"u8,
            _ => "search_document"u8,
        };
    }

    /// <summary>Nova's <c>embeddingPurpose</c>, which it demands. https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html</summary>
    public static ReadOnlySpan<byte> Nova(EmbeddingTask task, out bool exact)
    {
        exact = task <= EmbeddingTask.Clustering;
        return task switch
        {
            EmbeddingTask.Query or EmbeddingTask.QuestionAnswering or EmbeddingTask.FactVerification or EmbeddingTask.CodeQuery => "GENERIC_RETRIEVAL"u8,
            EmbeddingTask.Classification => "CLASSIFICATION"u8,
            EmbeddingTask.Clustering => "CLUSTERING"u8,
            _ => "GENERIC_INDEX"u8,
        };
    }

    private static EmbeddingTask Find(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("search_document"u8) || name.SequenceEqual("retrieval_document"u8) || name.SequenceEqual("document"u8)
            || name.SequenceEqual("passage"u8) || name.SequenceEqual("generic_index"u8))
        {
            return EmbeddingTask.Document;
        }
        if (name.SequenceEqual("search_query"u8) || name.SequenceEqual("retrieval_query"u8) || name.SequenceEqual("query"u8)
            || name.SequenceEqual("generic_retrieval"u8) || name.SequenceEqual("text_retrieval"u8))
        {
            return EmbeddingTask.Query;
        }
        if (name.SequenceEqual("classification"u8)) return EmbeddingTask.Classification;
        if (name.SequenceEqual("clustering"u8)) return EmbeddingTask.Clustering;
        if (name.SequenceEqual("semantic_similarity"u8)) return EmbeddingTask.Similarity;
        if (name.SequenceEqual("question_answering"u8)) return EmbeddingTask.QuestionAnswering;
        if (name.SequenceEqual("fact_verification"u8)) return EmbeddingTask.FactVerification;
        return name.SequenceEqual("code_retrieval_query"u8) ? EmbeddingTask.CodeQuery : EmbeddingTask.None;
    }
}
