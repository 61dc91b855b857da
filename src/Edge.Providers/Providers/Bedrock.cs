using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Amazon Bedrock. A model is named by its id (<c>anthropic.claude-sonnet-4-5-20250929-v1:0</c>), an inference profile's id (<c>us.anthropic...</c>) or an ARN, whose colons and
/// slashes the path wants percent-encoded. <see href="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"/>
/// </summary>
internal static class Bedrock
{
    public static readonly Provider Sheet = new()
    {
        Name = "bedrock",
        Dialect = Dialect.Bedrock,
        Continuation = Continuation.Claude,
        KeyScheme = KeyScheme.Aws,
        ApiRoot = "https://bedrock-runtime.{region}.amazonaws.com",
        UrlPath = "",
        TakesMediaUrls = false,
        RegionVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"],
        DefaultRegion = "us-east-1",
        KeyVariable = "AWS_BEARER_TOKEN_BEDROCK",
        ChatPath = "/model/{model}/converse",
        StreamPath = "/model/{model}/converse-stream",
        EmbeddingsPath = "/model/{model}/invoke",
        EmbeddingsDialect = EmbeddingDialect.Bedrock,
        Framing = Framing.EventStream,
        StreamOptions = false,
        // Names such as anthropic.claude-... and amazon.nova-..., with the geography of a cross-region profile in front or without.
        ModelPrefixes = ["anthropic.", "amazon.", "cohere.", "meta.", "us.", "eu.", "apac.", "global.", "arn:aws:bedrock:"],
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | Reasoning | PromptCache | Embeddings,
        Adapted = JsonSchema | JsonObject | Responses | Completions,
    };

    /// <summary>
    /// Bedrock's OpenAI-compatible endpoint, with a Bedrock API key or a signature for the service <c>bedrock-mantle</c>.
    /// <see href="https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html"/>
    /// </summary>
    public static readonly Provider Mantle = new()
    {
        Name = "bedrock_mantle",
        Dialect = Dialect.OpenAi,
        KeyScheme = KeyScheme.Aws,
        ApiRoot = "https://bedrock-mantle.{region}.api.aws",
        UrlPath = "",
        RegionVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"],
        DefaultRegion = "us-east-1",
        ChatPath = "/v1/chat/completions",
        // Most models; a few stand below /openai/v1. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
        ResponsesPath = "/v1/responses",
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | JsonSchema | JsonObject | Reasoning | Responses,
        Adapted = Completions,
    };
}
