using Edge.Upstream;

namespace Edge.Tests.Pipeline;

/// <summary>A provider whose every piece has to be waited for; what comes behind the last is chosen by an action.</summary>
internal sealed class GatedResponse : CannedResponse
{
    private readonly int _count;
    private readonly Func<Task>? _atEnd;
    private int _read;
    private bool _due;

    public GatedResponse(IReadOnlyList<ReadOnlyMemory<byte>> pieces, Func<Task>? atEnd = null)
        : base(200, "text/event-stream", pieces)
    {
        _count = pieces.Count;
        _atEnd = atEnd;
    }

    public override bool TryRead(out UpstreamRead read)
    {
        read = default;
        if (!_due) return false;
        _due = false;
        return base.TryRead(out read);
    }

    public override async ValueTask<UpstreamRead> ReadAsync()
    {
        await Task.Yield();
        if (_read++ == _count && _atEnd is not null) await _atEnd();
        _due = true;
        TryRead(out var read);
        return read;
    }
}
