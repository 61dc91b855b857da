using Edge.Providers.Embedding;
using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Google Cloud's Vertex AI. The root is a project's place: <c>https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION</c>, of the location
/// <c>global</c> without the prefix of the host. <see href="https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference"/>
/// </summary>
internal static class Vertex
{
    private const string ProjectPath = "/v1/projects/{project}/locations/{region}";
    private const string Root = "https://{region-}aiplatform.googleapis.com" + ProjectPath;

    private static readonly string[] _regionVariables = ["GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION", "CLOUD_ML_REGION"];

    public static readonly Provider Sheet = new()
    {
        Name = "vertex",
        Dialect = Dialect.Gemini,
        KeyScheme = KeyScheme.GoogleOAuth,
        ApiRoot = Root,
        UrlPath = ProjectPath,
        RegionVariables = _regionVariables,
        DefaultRegion = "global",
        ChatPath = "/publishers/google/models/{model}:generateContent",
        StreamPath = "/publishers/google/models/{model}:streamGenerateContent?alt=sse",
        StreamOptions = false,
        ModelPrefixes = ["gemini-"],
        EmbeddingsPath = "/publishers/google/models/{model}:{method}",
        EmbeddingsDialect = EmbeddingDialect.Vertex,
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | AudioInput | JsonObject | JsonSchema
            | Reasoning | Logprobs | SeveralChoices | Seed | Citations | PromptCache | Embeddings,
        Adapted = Responses | Completions,
    };

    /// <summary>
    /// Anthropic's models there, for names that begin with <c>claude-</c>: the Messages API with the model in the path, not in the body, and
    /// <c>"anthropic_version":"vertex-2023-10-16"</c> in the body, not in a header. <see href="https://docs.claude.com/en/api/claude-on-vertex-ai"/>
    /// </summary>
    public static readonly Provider AnthropicSheet = new()
    {
        Name = "vertex_anthropic",
        Dialect = Dialect.Anthropic,
        Continuation = Continuation.Claude,
        KeyScheme = KeyScheme.GoogleOAuth,
        ApiRoot = Root,
        UrlPath = ProjectPath,
        RegionVariables = _regionVariables,
        DefaultRegion = "global",
        ChatPath = "/publishers/anthropic/models/{model}:rawPredict",
        StreamPath = "/publishers/anthropic/models/{model}:streamRawPredict",
        StreamOptions = false,
        ModelPrefixes = ["claude-"],
        AnthropicVersionInBody = "vertex-2023-10-16",
        Native = Capability.Chat | Streaming | Tools | ParallelTools | ForcedTools | Vision | Pdf | JsonSchema | Reasoning | Citations | PromptCache,
        Adapted = JsonObject | Responses | Completions,
    };
}
