using Edge.Clients;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>The codecs that a connection has needed so far. Each is made once and serves the connection's requests one after another.</summary>
public sealed class CodecSet : IDisposable
{
    // Of what one exchange moved. Codecs keep what they grew to until they are used again, and a connection may idle for hours.
    private const long Keep = 128 * 1024;

    // A stream's events are mostly frame; a codec holds of it the text at most.
    private const int FramePerText = 8;

    private static readonly int _dialects = Enum.GetValues<Dialect>().Length;

    private readonly IChatRequestEncoder?[] _requestEncoders = new IChatRequestEncoder?[_dialects];
    private readonly IChatResponseDecoder?[] _decoders = new IChatResponseDecoder?[_dialects];
    private readonly IChatEncoder?[] _encoders = new IChatEncoder?[_dialects];
    private readonly IChatEncoder?[] _streamEncoders = new IChatEncoder?[_dialects];
    private readonly IAnswerTap?[] _taps = new IAnswerTap?[_dialects];
    private readonly IWireReader?[] _readers = new IWireReader?[Enum.GetValues<Framing>().Length];
    private ChatRequest _request = new();
    private int _eventLimit;
    private bool _isUsed;

    /// <summary>The request while it is translated.</summary>
    public ChatRequest Request
    {
        get
        {
            _isUsed = true;
            return _request;
        }
    }

    public TranslatingRelay Relay { get; private set; } = new();

    /// <summary>Stands between decoder and encoder.</summary>
    public Metered Metered { get; private set; } = new();

    /// <summary>Null where the dialect is no provider's.</summary>
    public IChatRequestEncoder? RequestEncoder(Dialect dialect) => _requestEncoders[(int)dialect] ??= ChatDialects.Of(dialect)?.CreateRequestEncoder();

    /// <summary>Reset, ready for an answer.</summary>
    public IChatResponseDecoder Decoder(Dialect dialect)
    {
        _isUsed = true;
        var decoder = _decoders[(int)dialect] ??= ChatDialects.Of(dialect)!.CreateDecoder();
        decoder.Reset();
        return decoder;
    }

    public IChatEncoder Encoder(ClientDialect client) => _encoders[(int)client.Wire] ??= client.CreateEncoder();

    public IChatEncoder StreamEncoder(ClientDialect client) => _streamEncoders[(int)client.Wire] ??= client.CreateStreamEncoder();

    /// <summary>Reset, ready for an answer.</summary>
    public IAnswerTap Tap(ClientDialect client)
    {
        var tap = _taps[(int)client.Wire] ??= client.CreateTap();
        tap.Reset();
        return tap;
    }

    /// <summary>Cuts a provider's stream into events; ready for a stream.</summary>
    public IWireReader Reader(Framing framing, int maxEventSize)
    {
        if (_eventLimit != maxEventSize)
        {
            Dispose();
            _eventLimit = maxEventSize;
        }
        var reader = _readers[(int)framing] ??= ChatDialects.CreateReader(framing, maxEventSize);
        reader.Reset();
        return reader;
    }

    /// <summary>
    /// The request is over: no reader holds a buffer, and after a large exchange the codecs that may have grown with it are let go, so that an idle connection does not hold the
    /// prompt or the answer. Anew they cost a few kilobytes, little beside what was moved; a connection that passes bytes through never comes there.
    /// </summary>
    /// <param name="whole">Bytes of the larger of request and whole answer, before or after translation.</param>
    /// <param name="streamed">Bytes of the answer's stream.</param>
    public void Release(long whole, long streamed)
    {
        foreach (var reader in _readers) reader?.Reset();
        if (!_isUsed) return;
        _isUsed = false;
        if (whole <= Keep && streamed / FramePerText <= Keep) return;
        Array.Clear(_requestEncoders);
        Array.Clear(_decoders);
        Array.Clear(_encoders);
        Array.Clear(_streamEncoders);
        // These refer to the codecs that they were used with.
        (_request, Relay, Metered) = (new(), new(), new());
    }

    public void Dispose()
    {
        for (var i = 0; i < _readers.Length; i++)
        {
            _readers[i]?.Dispose();
            _readers[i] = null;
        }
    }
}
