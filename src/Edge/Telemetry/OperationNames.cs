using Edge.Endpoints;
using Edge.Pipeline;

namespace Edge.Telemetry;

/// <summary>What telemetry calls things: closed lists, never a word of a client.</summary>
internal static class OperationNames
{
    /// <summary>The path's pattern, of HTTP's semantic conventions' <c>http.route</c>.</summary>
    public static string RouteOf(Operation operation) => operation switch
    {
        Operation.ChatCompletions => "/v1/chat/completions",
        Operation.Messages => "/v1/messages",
        Operation.CountTokens => "/v1/messages/count_tokens",
        Operation.Responses => "/v1/responses",
        Operation.Completions => "/v1/completions",
        Operation.ListModels => "/v1/models",
        Operation.GetModel => "/v1/models/{model}",
        Operation.Embeddings => "/v1/embeddings",
        Operation.Moderations => "/v1/moderations",
        Operation.Images => "/v1/images/{action}",
        Operation.Audio => "/v1/audio/{action}",
        Operation.Rerank => "/v1/rerank",
        Operation.Files => "/v1/files/{path}",
        Operation.Uploads => "/v1/uploads/{path}",
        Operation.Batches => "/v1/batches/{path}",
        Operation.FineTuning => "/v1/fine_tuning/{path}",
        Operation.VectorStores => "/v1/vector_stores/{path}",
        Operation.StoredResponses => "/v1/responses/{path}",
        Operation.Realtime => "/v1/realtime",
        _ => "/",
    };

    /// <summary><c>gen_ai.operation.name</c>: the conventions' own words where they have one. https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/</summary>
    public static string GenAi(Operation operation) => operation switch
    {
        Operation.ChatCompletions or Operation.Messages or Operation.Responses or Operation.StoredResponses => "chat",
        Operation.Completions => "text_completion",
        Operation.Embeddings => "embeddings",
        Operation.CountTokens => "count_tokens",
        Operation.Moderations => "moderation",
        Operation.Images => "image_generation",
        Operation.Audio => "audio",
        Operation.Rerank => "rerank",
        Operation.Realtime => "realtime",
        Operation.ListModels or Operation.GetModel => "models",
        Operation.Files or Operation.Uploads => "files",
        Operation.Batches => "batches",
        Operation.FineTuning => "fine_tuning",
        Operation.VectorStores => "vector_stores",
        _ => "other",
    };

    /// <summary><c>gen_ai.provider.name</c>: the registry's word for a data sheet where it has one, else the sheet's own.</summary>
    public static string SystemOf(string sheet) => sheet switch
    {
        "azure_openai" or "azure_openai_deployments" => "azure.ai.openai",
        "gemini" => "gcp.gemini",
        "vertex" or "vertex_anthropic" => "gcp.vertex_ai",
        "bedrock" or "bedrock_mantle" => "aws.bedrock",
        "mistral" => "mistral_ai",
        "xai" => "x_ai",
        _ => sheet,
    };

    public static string StageName(Stage stage) => stage switch
    {
        Stage.Auth => "edge.auth",
        Stage.Body => "edge.body",
        Stage.Limits => "edge.limits",
        Stage.Guard => "edge.guard",
        Stage.Cache => "edge.cache",
        Stage.Route => "edge.route",
        Stage.Budget => "edge.budget",
        _ => "edge.audit",
    };
}
