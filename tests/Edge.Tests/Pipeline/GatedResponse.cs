using Edge.Upstream;

namespace Edge.Tests.Pipeline;

/// <summary>A provider whose every piece has to be waited for; what comes behind the last is chosen by an action, or what happens between two of them.</summary>
internal sealed class GatedResponse : CannedResponse
{
    private readonly int _before;
    private readonly Func<Task>? _then;
    private int _read;
    private bool _due;

    /// <param name="pieces">The body.</param>
    /// <param name="then">What happens before the piece of that number is there.</param>
    /// <param name="before">Negative = behind the last.</param>
    public GatedResponse(IReadOnlyList<ReadOnlyMemory<byte>> pieces, Func<Task>? then = null, int before = -1)
        : base(200, "text/event-stream", pieces)
    {
        _before = before < 0 ? pieces.Count : before;
        _then = then;
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
        if (_read++ == _before && _then is not null) await _then();
        _due = true;
        TryRead(out var read);
        return read;
    }
}
