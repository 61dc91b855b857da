using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Clients;

/// <summary>What differs between the dialects in which applications speak to us. Stateless, one instance each; see <see cref="ClientDialects"/>.</summary>
public abstract class ClientDialect
{
    /// <summary>The wire dialect: a provider that speaks the same gets the client's bytes.</summary>
    public abstract Dialect Wire { get; }

    /// <summary>What a body must hold at least.</summary>
    public abstract BodyShape Shape { get; }

    /// <summary>The header in which this dialect's SDKs look for a request's id, to show it with an error.</summary>
    public virtual string RequestIdHeader => "x-request-id";

    /// <summary>Reads a body into the model that every provider's encoder understands.</summary>
    public abstract bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error);

    /// <summary>Writes the events of another dialect's stream in this one. One instance an answer at a time.</summary>
    public abstract IChatEncoder CreateStreamEncoder();

    /// <summary>Folds events into this dialect's whole answer.</summary>
    public abstract IChatEncoder CreateEncoder();

    /// <summary>Looks at answers that pass through.</summary>
    public abstract IAnswerTap CreateTap();

    /// <summary>This dialect's own name of a field, for errors and the list of dropped fields.</summary>
    /// <param name="name">As OpenAI chat completions call it.</param>
    public virtual string FieldName(string name) => name;

    /// <summary>Writes what an answer repeats of its request: <see cref="ChatOutput.Echo"/>.</summary>
    public virtual void WriteEcho(JsonValue body, IBufferWriter<byte> output)
    {
    }

    /// <summary>The body of an error answer.</summary>
    public abstract byte[] Error(in ClientError error);

    /// <summary>The same as the last event of a stream that has begun: no end mark follows it, so nobody takes the stream for complete.</summary>
    public abstract void WriteErrorEvent(IBufferWriter<byte> output, in ClientError error);
}

/// <summary>An error on its way to a client.</summary>
/// <param name="Status">HTTP status; inside a stream the one that it would have had.</param>
/// <param name="Message">For people.</param>
/// <param name="Type">In OpenAI's vocabulary (<c>invalid_request_error</c>), or the provider's own.</param>
/// <param name="Param">The field that is to blame.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="RequestId">The gateway's id of the request.</param>
/// <param name="Provider">A provider's error as it was understood; null = one of the gateway's own.</param>
public readonly record struct ClientError(int Status, string Message, string Type, string? Param, string? Code, string RequestId, ProviderError? Provider = null)
{
    /// <summary>The same in the words of encoders.</summary>
    public ProviderError AsProviderError() => Provider ?? new ProviderError
    {
        Kind = Status switch { 504 => ProviderErrorKind.Timeout, 503 => ProviderErrorKind.Overloaded, _ => ProviderErrorKind.ServerError },
        Status = Status,
        Message = Message,
        Type = Type,
        Code = Code,
        Param = Param,
    };
}
