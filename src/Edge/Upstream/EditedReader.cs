using System.Buffers;
using System.IO.Pipelines;

namespace Edge.Upstream;

/// <summary>A client's body whose beginning was changed: first the changed bytes, then the rest as it comes in.</summary>
/// <param name="beginning">Stands for the first bytes of <paramref name="rest"/>, which were consumed.</param>
/// <param name="rest">The body's reader.</param>
internal sealed class EditedReader(ReadOnlyMemory<byte> beginning, PipeReader rest) : PipeReader
{
    private ReadOnlySequence<byte> _beginning = new(beginning);

    public override bool TryRead(out ReadResult result)
    {
        if (_beginning.IsEmpty) return rest.TryRead(out result);
        result = new ReadResult(_beginning, isCanceled: false, isCompleted: false);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        TryRead(out var result) ? new(result) : rest.ReadAsync(cancellationToken);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_beginning.IsEmpty) rest.AdvanceTo(consumed, examined);
        else _beginning = _beginning.Slice(consumed);
    }

    public override void CancelPendingRead() => rest.CancelPendingRead();

    public override void Complete(Exception? exception = null) => rest.Complete(exception);
}
