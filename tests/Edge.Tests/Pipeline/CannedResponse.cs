using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Pipeline;

/// <summary>A provider's answer out of memory, in pieces, ending as told. Shared with the benchmarks.</summary>
public class CannedResponse : UpstreamResponse
{
    private readonly List<(byte[] Name, byte[] Value)> _headers = [];
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _pieces;
    private readonly UpstreamFailure _end;
    private CancellationTokenRegistration _cancel;
    private int _next;

    /// <param name="status">HTTP status.</param>
    /// <param name="contentType">Of the body.</param>
    /// <param name="pieces">The body.</param>
    /// <param name="end">None = the body ends by its framing.</param>
    public CannedResponse(int status, string contentType, IReadOnlyList<ReadOnlyMemory<byte>> pieces, UpstreamFailure end = UpstreamFailure.None)
    {
        Status = status;
        _pieces = pieces;
        _end = end;
        WithHeader("content-type", contentType);
    }

    public override int HeaderCount => _headers.Count;

    public bool WasAborted { get; private set; }

    public bool WasDisposed { get; private set; }

    public static CannedResponse Json(string body, int status = 200) => new(status, "application/json", [Encoding.UTF8.GetBytes(body)]);

    public static CannedResponse Events(params IEnumerable<string> events) =>
        new(200, "text/event-stream", [.. events.Select(e => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(e))]);

    public static CannedResponse Failed(UpstreamFailure failure) => new(0, "", []) { Failure = failure };

    public CannedResponse WithHeader(string name, string value)
    {
        _headers.Add((Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value)));
        return this;
    }

    /// <summary>As a real exchange: the token ends it until it is disposed.</summary>
    public void AbortOn(CancellationToken cancel) => _cancel = cancel.UnsafeRegister(static state => ((CannedResponse)state!).Abort(), this);

    /// <summary>Ready to be read once more, for benchmarks.</summary>
    public CannedResponse Rewind()
    {
        _next = 0;
        return this;
    }

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        foreach (var (name, text) in _headers)
        {
            if (!lowerCaseName.SequenceEqual(name)) continue;
            value = text;
            return true;
        }
        value = default;
        return false;
    }

    public override void GetHeader(int index, out ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        lowerCaseName = _headers[index].Name;
        value = _headers[index].Value;
    }

    public override bool TryRead(out UpstreamRead read)
    {
        if (WasAborted) read = UpstreamRead.Failed(UpstreamFailure.Cancelled);
        else if (_next < _pieces.Count) read = UpstreamRead.Of(_pieces[_next++]);
        else read = _end == UpstreamFailure.None ? UpstreamRead.End : UpstreamRead.Failed(_end);
        return true;
    }

    public override ValueTask<UpstreamRead> ReadAsync()
    {
        TryRead(out var read);
        return new(read);
    }

    public override void Abort() => WasAborted = true;

    public override void Dispose()
    {
        _cancel.Dispose();
        WasDisposed = true;
    }
}
