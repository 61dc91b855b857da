namespace Edge.Upstream.Http1;

/// <summary>The connection after a 101: bytes in both directions, without HTTP.</summary>
internal sealed partial class Http1Connection
{
    private UpgradedStream? _upgraded;
    private bool _wantsUpgrade;

    public override UpgradedStream? Upgraded => _upgraded;

    /// <summary>0 at the end, -1 where the connection broke. What came with the head comes first.</summary>
    public async ValueTask<int> ReceiveUpgradedAsync(Memory<byte> into)
    {
        if (_isOver) return _last.Kind == UpstreamReadKind.End ? 0 : -1;
        if (into.IsEmpty) return 0;
        var held = Math.Min(_filled - _position, into.Length);
        if (held > 0)
        {
            _body.AsMemory(_position, held).CopyTo(into);
            _position += held;
            return held;
        }
        _isReading = true;
        var count = await _transport.ReceiveAsync(into);
        _isReading = false;
        if (count <= 0) Finish(count == 0 ? UpstreamRead.End : UpstreamRead.Failed(UpstreamFailure.Cut), out _);
        return count;
    }

    public ValueTask<bool> SendUpgradedAsync(ReadOnlyMemory<byte> data) => _transport.SendAsync(data);

    public ValueTask<bool> EndUpgradedAsync() => _transport.EndSendAsync();
}
