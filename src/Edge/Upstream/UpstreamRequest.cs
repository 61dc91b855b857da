using System.IO.Pipelines;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>
/// One request to a provider. Mutable and pooled with its request context; the client reads it until the response head is there
/// (a retry on a stale pooled connection sends it again), so nothing in it may change before that.
/// </summary>
public sealed class UpstreamRequest
{
    /// <summary>Upper case, e.g. <c>POST</c>.</summary>
    public string Method { get; set; } = "POST";

    /// <summary>Origin-form request target: absolute path with query, percent-encoded ASCII.</summary>
    public ReadOnlyMemory<byte> Path { get; set; }

    /// <summary>
    /// Header lines of the target, the same for every request, in HTTP/1.1 wire form (<c>name: value\r\n</c>, lower-case names), with host,
    /// authorisation, content-type, user-agent, accept-encoding; without content-length, connection and transfer-encoding, which the client adds.
    /// </summary>
    public ReadOnlyMemory<byte> TargetHeaders { get; set; }

    /// <summary>Header lines of this request alone, in the same form (trace context, request id).</summary>
    public ReadOnlyMemory<byte> RequestHeaders { get; set; }

    /// <summary>Header lines of the credential for this attempt, in the same form. Secret.</summary>
    public ReadOnlyMemory<byte> CredentialHeaders { get; set; }

    /// <summary>The body; its length becomes content-length. Empty for GET.</summary>
    public BodySegments Body { get; } = new();

    /// <summary>
    /// A body that is passed on as it comes, in place of <see cref="Body"/>; null = none. The client reads it until SendAsync completes, not after, and the caller
    /// completes it. A provider that refuses early ends the upload; a body that breaks off or ends short ends the exchange with <see cref="UpstreamFailure.Cancelled"/>.
    /// Once a byte of it was taken, the request is not sent again.
    /// </summary>
    public PipeReader? BodyStream { get; set; }

    /// <summary>Bytes of <see cref="BodyStream"/>; null = not known (chunked over HTTP/1.1).</summary>
    public long? BodyStreamLength { get; set; }

    /// <summary>Asks to go on in another protocol (RFC 9110 section 7.8), e.g. <c>websocket</c>; HTTP/1.1 only. See <see cref="UpstreamClient.ConnectWebSocketAsync"/>.</summary>
    public string? Upgrade { get; set; }

    /// <summary>Something of <see cref="BodyStream"/> is gone; the client's.</summary>
    internal bool IsBodyTaken { get; set; }

    /// <summary>From the request sent to the response head received.</summary>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two reads of the response body.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>From the call of SendAsync to the last byte of the response.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(600);

    public void Clear()
    {
        Method = "POST";
        Path = TargetHeaders = RequestHeaders = CredentialHeaders = default;
        Body.Clear();
        BodyStream = null;
        BodyStreamLength = null;
        Upgrade = null;
        IsBodyTaken = false;
    }
}
