using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Hugging Face's router over many hosts, <see href="https://huggingface.co/docs/inference-providers/tasks/chat-completion"/>; a dedicated endpoint or one's own TGI speaks the same
/// at its own <c>url</c>, <see href="https://huggingface.co/docs/text-generation-inference/reference/api_reference"/>. What a model can do is its host's affair.
/// </summary>
internal static class HuggingFace
{
    public static readonly Provider Sheet = new()
    {
        Name = "huggingface",
        Dialect = Dialect.OpenAi,
        ApiRoot = "https://router.huggingface.co/v1",
        NeedsKey = true,
        KeyVariable = "HF_TOKEN",
        ResponsesPath = "/responses",
        // The router itself has chat alone. One's own Text Embeddings Inference speaks OpenAI's shape as well: openai_compatible.
        EmbeddingsPath = "~/hf-inference/models/{model}/pipeline/feature-extraction",
        EmbeddingsDialect = EmbeddingDialect.HuggingFace,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | JsonObject | JsonSchema
            | Reasoning | Logprobs | Seed | Responses | Embeddings,
        Adapted = Completions,
    };
}
