using System.Buffers;
using Edge.Clients;
using Edge.Guard.Restore;
using Edge.Pipeline;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>A stream to a client of another dialect, or one that another provider may go on with: decoder to events to encoder.</summary>
public sealed class TranslatingRelay : IStreamRelay
{
    private IChatResponseDecoder _decoder = null!;
    private AnswerFilter? _filter;
    private Metered _metered = null!;
    private StreamRecovery? _recovery;
    private IChatEventSink _sink = null!;
    private IChatEncoder _encoder = null!;

    /// <summary>Ready for a stream. One relay serves the streams of a connection one after another.</summary>
    public TranslatingRelay Begin(RequestContext context)
    {
        _decoder = context.Codecs.Decoder(context.Wire);
        var encoder = _encoder = context.Codecs.StreamEncoder(context.Client);
        _filter = context.AnswerFilter;
        _recovery = context.Recovery;
        if (_recovery is { IsJoining: true })
        {
            // The client's stream has begun: its encoder goes on, and so does what the guard holds back of it.
            _metered = context.Codecs.Metered.Resume();
            _recovery.Join();
        }
        else
        {
            encoder.Begin(context.StreamOutput, ResponseTranslation.Settings(context));
            var filtered = _filter?.Wrap(encoder, context.Wire) ?? encoder;
            _metered = context.Codecs.Metered.Begin(context, context.Cache is { IsRecording: true } cache ? cache.Tee.Begin(cache.Recorder, filtered) : filtered);
            _metered.Tell(context.Fields.IncludeUsage ? encoder as OpenAiChatStreamEncoder : null);
            _recovery?.Open(_metered);
        }
        _sink = _recovery ?? (IChatEventSink)_metered;
        return this;
    }

    public bool IsEnded => _metered.IsEnded;

    public bool IsFailed => _metered.Failure is not null || _recovery is { HasStopped: true };

    public bool IsBlocked => _filter?.Blocked is not null;

    public string? Broken => null;

    // Through the encoder: it knows which events are open, and what number the next one has.
    public void Fail(in ClientError error, IBufferWriter<byte> output) => _encoder.Error(error.AsProviderError());

    public void Event(in WireEvent wire, IBufferWriter<byte> output)
    {
        if (wire.HasData) _decoder.Push(wire.Type, wire.Data, _sink);
    }

    public bool TryEnd(IBufferWriter<byte> output) => _decoder.TryEnd(_sink) && _metered.IsEnded;
}
