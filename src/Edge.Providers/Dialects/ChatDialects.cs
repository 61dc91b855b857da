using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.Bedrock;
using Edge.Providers.Dialects.Cohere;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Dialects.Ollama;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Wire;

namespace Edge.Providers.Dialects;

/// <summary>Reads the error of a response whose status is not a success. Never throws, whatever the body is.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="type">The header <c>x-amzn-errortype</c>; empty where there is none.</param>
/// <param name="body">As far as it was read; may be empty, HTML or cut off.</param>
public delegate ProviderError ErrorReader(int status, ReadOnlySpan<byte> type, ReadOnlySpan<byte> body);

/// <summary>A dialect that providers speak.</summary>
/// <param name="Dialect">Which.</param>
/// <param name="CreateRequestEncoder">Makes what writes its requests.</param>
/// <param name="CreateDecoder">Makes what reads its answers.</param>
/// <param name="ReadError">Reads its error bodies.</param>
public sealed record ChatDialect(Dialect Dialect, Func<IChatRequestEncoder> CreateRequestEncoder, Func<IChatResponseDecoder> CreateDecoder, ErrorReader ReadError);

/// <summary>Every dialect that providers speak, one line each.</summary>
public static class ChatDialects
{
    public static IReadOnlyList<ChatDialect> All { get; } =
    [
        new(Dialect.OpenAi, static () => new OpenAiChatRequestEncoder(), static () => new OpenAiChatResponseDecoder(), static (status, _, body) => OpenAiErrors.FromResponse(status, body)),
        new(Dialect.Anthropic, static () => new AnthropicRequestEncoder(), static () => new AnthropicResponseDecoder(), static (status, _, body) => AnthropicErrors.FromResponse(status, body)),
        new(Dialect.Gemini, static () => new GeminiRequestEncoder(), static () => new GeminiResponseDecoder(), static (status, _, body) => GeminiErrors.FromResponse(status, body)),
        new(Dialect.Cohere, static () => new CohereRequestEncoder(), static () => new CohereResponseDecoder(), static (status, _, body) => CohereErrors.FromResponse(status, body)),
        new(Dialect.Ollama, static () => new OllamaRequestEncoder(), static () => new OllamaResponseDecoder(), static (status, _, body) => OllamaErrors.FromResponse(status, body)),
        new(Dialect.Bedrock, static () => new BedrockRequestEncoder(), static () => new BedrockResponseDecoder(), BedrockErrors.FromResponse),
        new(Dialect.Responses, static () => new ResponsesRequestEncoder(), static () => new ResponsesDecoder(), static (status, _, body) => OpenAiErrors.FromResponse(status, body)),
    ];

    private static readonly ChatDialect?[] _byDialect = [.. Enum.GetValues<Dialect>().Select(dialect => All.FirstOrDefault(known => known.Dialect == dialect))];

    /// <summary>Null where no provider speaks it.</summary>
    public static ChatDialect? Of(Dialect dialect) => _byDialect[(int)dialect];

    /// <summary>The error of a failed response.</summary>
    public static ProviderError ReadError(Dialect dialect, int status, ReadOnlySpan<byte> type, ReadOnlySpan<byte> body) =>
        Of(dialect)?.ReadError(status, type, body) ?? OpenAiErrors.FromResponse(status, body);

    /// <summary>What cuts such streams into events.</summary>
    public static IWireReader CreateReader(Framing framing, int maxEventSize) => framing switch
    {
        Framing.Sse => new SseReader(maxEventSize),
        Framing.Ndjson => new NdjsonReader(maxEventSize),
        Framing.EventStream => new EventStreamReader(maxEventSize),
        _ => throw new ArgumentOutOfRangeException(nameof(framing)),
    };
}
