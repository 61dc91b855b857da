using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
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

    // The SDK raises what comes under the name "error", with the code and message beside the type.
    public override void WriteErrorEvent(IBufferWriter<byte> output, in ClientError error)
    {
        output.Write("event: error\ndata: "u8);
        using (var writer = new Utf8JsonWriter(output, OpenAiEnvelope.Plain))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "error"u8);
            writer.WriteString("code"u8, error.Code ?? error.Type);
            writer.WriteString("message"u8, error.Message);
            writer.WriteString("param"u8, error.Param);
            writer.WriteEndObject();
        }
        output.Write("\n\n"u8);
    }
}
