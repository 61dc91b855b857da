using System.Buffers;
using Edge.Pipeline;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>A stream of Anthropic's to an OpenAI client: decoder to events to encoder.</summary>
public sealed class AnthropicRelay : IStreamRelay
{
    private readonly AnthropicResponseDecoder _decoder = new();
    private readonly OpenAiChatStreamEncoder _encoder = new();
    private Metered _sink = null!;

    /// <summary>Ready for a stream. One relay serves the streams of a connection one after another.</summary>
    public AnthropicRelay Begin(RequestContext context)
    {
        _decoder.Reset();
        _encoder.Begin(context.StreamOutput, ResponseTranslation.Settings(context));
        _sink = new(context, _encoder);
        return this;
    }

    public bool IsEnded => _sink.IsEnded;

    public bool IsFailed => _sink.Failure is not null;

    public void Event(in WireEvent sse, IBufferWriter<byte> output)
    {
        if (sse.HasData) _decoder.Push(sse.Type, sse.Data, _sink);
    }

    /// <summary>Never: <c>message_stop</c> is the only end that Anthropic's streams have.</summary>
    public bool TryEnd(IBufferWriter<byte> output) => false;
}
