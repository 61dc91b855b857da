namespace Edge.Providers.Wire;

/// <summary>
/// Cuts a provider's byte stream into events, however the stream is cut into pieces: server-sent events, AWS event stream messages, lines of JSON. Feed a piece, then
/// TryRead until it returns false. Reusable.
/// </summary>
public interface IWireReader : IDisposable
{
    /// <summary>An event was longer than allowed; nothing more is read until <see cref="Reset"/>.</summary>
    bool Overflowed { get; }

    /// <summary>What broke the framing (a checksum, an impossible length); null = nothing. Nothing more is read until <see cref="Reset"/>.</summary>
    string? Broken { get; }

    /// <summary>Bytes of an event that is not complete.</summary>
    int PartialBytes { get; }

    /// <summary>The next piece of the stream; it must stay valid until TryRead has returned false.</summary>
    void Feed(ReadOnlyMemory<byte> piece);

    /// <summary>The next complete event. Its spans are valid until the next call of any member.</summary>
    bool TryRead(out WireEvent wire);

    /// <summary>Ready for another stream; every buffer goes back to the pool.</summary>
    void Reset();
}
