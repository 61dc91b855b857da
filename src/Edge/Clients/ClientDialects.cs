namespace Edge.Clients;

/// <summary>Every client dialect, one line each.</summary>
public static class ClientDialects
{
    public static ClientDialect OpenAi { get; } = new OpenAiChatClient();

    public static ClientDialect Anthropic { get; } = new AnthropicClient();

    public static ClientDialect Responses { get; } = new ResponsesClient();

    public static IReadOnlyList<ClientDialect> All { get; } = [OpenAi, Anthropic, Responses];
}
