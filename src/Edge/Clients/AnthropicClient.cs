using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Errors;
using Edge.Simd.Json;

namespace Edge.Clients;

/// <summary>Anthropic Messages.</summary>
internal sealed class AnthropicClient : ClientDialect
{
    public override Dialect Wire => Dialect.Anthropic;

    public override BodyShape Shape => BodyShape.Messages;

    // https://docs.anthropic.com/en/api/errors#request-id
    public override string RequestIdHeader => "request-id";

    public override bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        AnthropicRequestDecoder.TryDecode(body, tokens, request, out error);

    public override IChatEncoder CreateStreamEncoder() => new AnthropicStreamEncoder();

    public override IChatEncoder CreateEncoder() => new AnthropicResponseEncoder();

    public override IAnswerTap CreateTap() => new AnthropicTap();

    // Anthropic writes the place in a list between dots.
    public override string FieldName(string name) => AnthropicNames.OfChat(name).Replace('[', '.').Replace("]", "", StringComparison.Ordinal);

    public override byte[] Error(in ClientError error)
    {
        var output = new ArrayBufferWriter<byte>(256);
        if (error.Provider is { } own) AnthropicErrorEnvelope.Write(output, own with { Message = error.Message }, error.RequestId);
        else AnthropicErrorEnvelope.Write(output, error.Status, error.Message, error.Code, error.RequestId);
        return output.WrittenSpan.ToArray();
    }

    public override void WriteErrorEvent(IBufferWriter<byte> output, in ClientError error)
    {
        if (error.Provider is { } own) AnthropicErrorEnvelope.WriteEvent(output, own with { Message = error.Message }, error.RequestId);
        else AnthropicErrorEnvelope.WriteEvent(output, error.Status, error.Message, error.Code, error.RequestId);
    }
}
