using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Completions;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Simd.Json;

namespace Edge.Clients;

/// <summary>OpenAI's legacy completions.</summary>
internal sealed class CompletionsClient : ClientDialect
{
    public override Dialect Wire => Dialect.Completions;

    public override BodyShape Shape => BodyShape.Completions;

    public override bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, ChatRequest request, [NotNullWhen(false)] out RequestError? error) =>
        CompletionsRequestDecoder.TryDecode(body, tokens, request, out error);

    public override IChatEncoder CreateStreamEncoder() => new CompletionsStreamEncoder();

    public override IChatEncoder CreateEncoder() => new CompletionsEncoder();

    // Its chunks have usage, finish_reason and [DONE] where those of chat have them.
    public override IAnswerTap CreateTap() => new OpenAiChatTap();

    public override byte[] Error(in ClientError error) => OpenAiEnvelope.Write(error);

    public override void WriteErrorEvent(IBufferWriter<byte> output, in ClientError error) => OpenAiEnvelope.WriteEvent(output, error);
}
