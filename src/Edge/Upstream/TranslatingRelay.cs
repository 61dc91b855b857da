using System.Buffers;
using Edge.Clients;
using Edge.Guard.Restore;
using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>A stream to a client of another dialect: decoder to events to encoder.</summary>
public sealed class TranslatingRelay : IStreamRelay
{
    private IChatResponseDecoder _decoder = null!;
    private AnswerFilter? _filter;
    private Metered _sink = null!;
    private IChatEncoder _encoder = null!;

    /// <summary>Ready for a stream. One relay serves the streams of a connection one after another.</summary>
    public TranslatingRelay Begin(RequestContext context)
    {
        _decoder = context.Codecs.Decoder(context.Wire);
        var encoder = _encoder = context.Codecs.StreamEncoder(context.Client);
        encoder.Begin(context.StreamOutput, ResponseTranslation.Settings(context));
        _filter = context.AnswerFilter;
        _sink = context.Codecs.Metered.Begin(context, _filter?.Wrap(encoder, context.Wire) ?? encoder);
        return this;
    }

    public bool IsEnded => _sink.IsEnded;

    public bool IsFailed => _sink.Failure is not null;

    public bool IsBlocked => _filter?.Blocked is not null;

    public string? Broken => null;

    // Through the encoder: it knows which events are open, and what number the next one has.
    public void Fail(in ClientError error, IBufferWriter<byte> output) => _encoder.Error(error.AsProviderError());

    public void Event(in WireEvent wire, IBufferWriter<byte> output)
    {
        if (wire.HasData) _decoder.Push(wire.Type, wire.Data, _sink);
    }

    public bool TryEnd(IBufferWriter<byte> output) => _decoder.TryEnd(_sink) && _sink.IsEnded;
}
