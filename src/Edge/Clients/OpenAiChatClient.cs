using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Clients;

/// <summary>OpenAI chat completions.</summary>
internal class OpenAiChatClient : ClientDialect
{
    public override Dialect Wire => Dialect.OpenAi;

    public override BodyShape Shape => BodyShape.Chat;

    public override bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        OpenAiChatRequestDecoder.TryDecode(body, tokens, request, out error);

    public override IChatEncoder CreateStreamEncoder() => new OpenAiChatStreamEncoder();

    public override IChatEncoder CreateEncoder() => new OpenAiChatResponseEncoder();

    public override IAnswerTap CreateTap() => new OpenAiChatTap();

    public override void WriteEcho(JsonValue body, IBufferWriter<byte> output) => OpenAiChatEcho.Write(body, output);

    public override byte[] Error(in ClientError error) => OpenAiEnvelope.Write(error);

    public override void WriteErrorEvent(IBufferWriter<byte> output, in ClientError error) => OpenAiEnvelope.WriteEvent(output, error);
}
