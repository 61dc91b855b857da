using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Clients;

/// <summary>OpenAI Responses.</summary>
internal sealed class ResponsesClient : ClientDialect
{
    public override Dialect Wire => Dialect.Responses;

    public override BodyShape Shape => BodyShape.Responses;

    public override bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        ResponsesRequestDecoder.TryDecode(body, tokens, request, out error);

    public override IChatEncoder CreateStreamEncoder() => new ResponsesStreamEncoder();

    public override IChatEncoder CreateEncoder() => new ResponsesEncoder();

    public override IAnswerTap CreateTap() => new ResponsesTap();

    public override string FieldName(string name) => ResponsesNames.OfChat(name);

    public override void WriteEcho(JsonValue body, IBufferWriter<byte> output) => ResponsesEcho.Write(body, output);

    public override byte[] Error(in ClientError error) => OpenAiEnvelope.Write(error);

    // A stream's encoder numbers its events; of one that passed through nobody counted.
    public override void WriteErrorEvent(IBufferWriter<byte> output, in ClientError error)
    {
        ResponsesErrorEvent.Write(output, error.AsProviderError(), 0);
    }
}
