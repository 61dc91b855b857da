using Edge.Clients;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>The codecs that a connection has needed so far. Each is made once and serves the connection's requests one after another.</summary>
public sealed class CodecSet : IDisposable
{
    private static readonly int _dialects = Enum.GetValues<Dialect>().Length;

    private readonly IChatRequestEncoder?[] _requestEncoders = new IChatRequestEncoder?[_dialects];
    private readonly IChatResponseDecoder?[] _decoders = new IChatResponseDecoder?[_dialects];
    private readonly IChatEncoder?[] _encoders = new IChatEncoder?[_dialects];
    private readonly IChatEncoder?[] _streamEncoders = new IChatEncoder?[_dialects];
    private readonly IAnswerTap?[] _taps = new IAnswerTap?[_dialects];
    private readonly IWireReader?[] _readers = new IWireReader?[Enum.GetValues<Framing>().Length];
    private int _eventLimit;

    /// <summary>The request while it is translated.</summary>
    public ChatRequest Request { get; } = new();

    public TranslatingRelay Relay { get; } = new();

    /// <summary>Stands between decoder and encoder.</summary>
    public Metered Metered { get; } = new();

    /// <summary>Null where the dialect is no provider's.</summary>
    public IChatRequestEncoder? RequestEncoder(Dialect dialect) => _requestEncoders[(int)dialect] ??= ChatDialects.Of(dialect)?.CreateRequestEncoder();

    /// <summary>Reset, ready for an answer.</summary>
    public IChatResponseDecoder Decoder(Dialect dialect)
    {
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

    /// <summary>Between two requests no reader holds a buffer.</summary>
    public void ResetReaders()
    {
        foreach (var reader in _readers) reader?.Reset();
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
