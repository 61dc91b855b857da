namespace Edge.Upstream;

/// <summary>What one read of a response body brought.</summary>
public enum UpstreamReadKind
{
    /// <summary><see cref="UpstreamRead.Data"/> holds at least one byte.</summary>
    Data,

    /// <summary>The body is complete by its framing.</summary>
    End,

    /// <summary>The exchange failed; <see cref="UpstreamRead.Failure"/> says why. What came before stays valid, nothing follows.</summary>
    Failed,
}

/// <param name="Kind">Data, end or failure.</param>
/// <param name="Data">The next piece of the body, decoded from its transfer coding; valid until the next read or Dispose.</param>
/// <param name="Failure">None unless <paramref name="Kind"/> is Failed.</param>
public readonly record struct UpstreamRead(UpstreamReadKind Kind, ReadOnlyMemory<byte> Data, UpstreamFailure Failure)
{
    public static UpstreamRead Of(ReadOnlyMemory<byte> data) => new(UpstreamReadKind.Data, data, UpstreamFailure.None);

    public static UpstreamRead End => new(UpstreamReadKind.End, default, UpstreamFailure.None);

    public static UpstreamRead Failed(UpstreamFailure failure) => new(UpstreamReadKind.Failed, default, failure);
}

/// <summary>
/// A provider's answer: over HTTP/1.1, over HTTP/2, or by the built-in simulator. Either <see cref="Failure"/> is set and there is nothing to read, or the
/// head is there and the body is read piece by piece. One reader at a time; <see cref="Abort()"/> may come from any thread. Always disposed, once.
/// </summary>
public abstract class UpstreamResponse : IDisposable
{
    /// <summary>Set when there is no response at all; then only Dispose may be called.</summary>
    public UpstreamFailure Failure { get; protected set; }

    /// <summary>One line for logs about <see cref="Failure"/> (socket error, TLS alert, what was malformed). No secret, no body.</summary>
    public string? FailureDetail { get; protected set; }

    /// <summary>200..599; 101 where <see cref="Upgraded"/> is set.</summary>
    public int Status { get; protected set; }

    /// <summary>
    /// The connection itself, where the provider went on in the protocol that was asked for; else null. One read and one write at a time; a read gives 0 where the
    /// provider closed, both throw <see cref="IOException"/> where the connection broke. Its time-outs are the caller's, its end is the response's Dispose.
    /// </summary>
    public virtual UpgradedStream? Upgraded => null;

    /// <summary>
    /// The value of a response header, without surrounding white space; the first where it came more than once. The span is valid until Dispose.
    /// </summary>
    /// <param name="lowerCaseName">ASCII, lower case.</param>
    /// <param name="value">The value; empty where absent.</param>
    public abstract bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value);

    /// <summary>Number of header lines, for <see cref="GetHeader"/>.</summary>
    public abstract int HeaderCount { get; }

    /// <summary>The i-th header line: name in lower case, value without surrounding white space.</summary>
    public abstract void GetHeader(int index, out ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value);

    /// <summary>Bytes of the body where the framing tells them beforehand; else null.</summary>
    public long? ContentLength { get; protected set; }

    /// <summary>
    /// The body ends where the connection does (HTTP/1.0, or no length at all): a provider that died in the middle looks like one that finished,
    /// so End proves less than elsewhere.
    /// </summary>
    public bool IsCloseDelimited { get; protected set; }

    /// <summary>The longest silence that the next reads put up with, in place of the request's.</summary>
    public virtual TimeSpan IdleTimeout
    {
        set
        {
        }
    }

    /// <summary>The next piece of the body if one has already arrived, without waiting: false = a ReadAsync would wait.</summary>
    public abstract bool TryRead(out UpstreamRead read);

    /// <summary>
    /// The next piece of the body, waiting for it if need be. Completes synchronously where data is there. After End or Failed it returns the same again.
    /// Never throws for what the network does.
    /// </summary>
    public abstract ValueTask<UpstreamRead> ReadAsync();

    /// <summary>
    /// Gives the exchange up at once: closes the connection (HTTP/1.1) or resets the stream (HTTP/2). A waiting read gets Failed(Cancelled).
    /// Idempotent, any thread, but only until Dispose: the object serves another exchange then. A thread that may come later keeps <see cref="Generation"/>
    /// and calls <see cref="Abort(long)"/>.
    /// </summary>
    public abstract void Abort();

    /// <summary>Which exchange of this pooled object this is; read it before Dispose.</summary>
    public virtual long Generation => 0;

    /// <summary>As <see cref="Abort()"/>, but without effect once the exchange of that generation was disposed. Any thread, any time.</summary>
    public virtual void Abort(long generation) => Abort();

    /// <summary>Ends the exchange: a connection whose response was read to its End goes back to the pool, any other is closed.</summary>
    public abstract void Dispose();
}
