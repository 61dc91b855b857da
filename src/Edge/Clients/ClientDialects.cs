using Edge.Pipeline;

namespace Edge.Clients;

/// <summary>Every client dialect, one line each.</summary>
public static class ClientDialects
{
    public static ClientDialect OpenAi { get; } = new OpenAiChatClient();

    /// <summary>OpenAI's other JSON bodies that name a model: embeddings.</summary>
    public static ClientDialect OpenAiModel { get; } = new OpenAiBodyClient(BodyShape.Model);

    /// <summary>OpenAI's bodies of any kind, that pass as they are.</summary>
    public static ClientDialect OpenAiAny { get; } = new OpenAiBodyClient(BodyShape.Any);

    public static ClientDialect Anthropic { get; } = new AnthropicClient();

    public static ClientDialect Responses { get; } = new ResponsesClient();

    public static ClientDialect Completions { get; } = new CompletionsClient();

    public static IReadOnlyList<ClientDialect> All { get; } = [OpenAi, Anthropic, Responses, Completions];
}
