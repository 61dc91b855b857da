namespace Edge.Upstream.Http1;

/// <summary>No response at all. Failures are rare enough for an object each, and the connection need not outlive them.</summary>
internal sealed class FailedResponse : UpstreamResponse
{
    public FailedResponse(UpstreamFailure failure, string? detail)
    {
        Failure = failure;
        FailureDetail = detail;
    }

    public override int HeaderCount => 0;

    public override bool TryGetHeader(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        value = default;
        return false;
    }

    public override void GetHeader(int index, out ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, "A failed response has no header.");

    public override bool TryRead(out UpstreamRead read)
    {
        read = UpstreamRead.Failed(Failure);
        return true;
    }

    public override ValueTask<UpstreamRead> ReadAsync() => new(UpstreamRead.Failed(Failure));

    public override void Abort()
    {
    }

    public override void Dispose()
    {
    }
}
