using System.Buffers;
using System.IO.Pipelines;

namespace Edge.Upstream;

/// <summary>
/// A client's body on its way to a provider: what was changed at its beginning, then the rest as it comes in. Remembers why it broke off, because the client that sends it
/// on knows only that it did.
/// </summary>
/// <param name="rest">The body's reader.</param>
internal sealed class UploadReader(PipeReader rest) : PipeReader
{
    private ReadOnlySequence<byte> _beginning;

    /// <summary>What the body's reader threw; null = nothing.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Stands for the first bytes of the body, which were consumed.</summary>
    public void Begin(ReadOnlyMemory<byte> beginning) => _beginning = new(beginning);

    public override bool TryRead(out ReadResult result)
    {
        if (_beginning.IsEmpty) return rest.TryRead(out result);
        result = new ReadResult(_beginning, isCanceled: false, isCompleted: false);
        return true;
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return TryRead(out var result) ? result : await rest.ReadAsync(cancellationToken);
        }
        catch (Exception e)
        {
            Fault = e;
            throw;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_beginning.IsEmpty) rest.AdvanceTo(consumed, examined);
        else _beginning = _beginning.Slice(consumed);
    }

    public override void CancelPendingRead() => rest.CancelPendingRead();

    public override void Complete(Exception? exception = null) => rest.Complete(exception);
}
