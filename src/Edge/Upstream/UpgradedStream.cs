using Edge.Upstream.Http1;

namespace Edge.Upstream;

/// <summary>A provider's connection after it went on in another protocol. See <see cref="UpstreamResponse.Upgraded"/>.</summary>
public sealed class UpgradedStream : Stream
{
    private readonly Http1Connection _connection;

    internal UpgradedStream(Http1Connection connection) => _connection = connection;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bytes, 0 at the end. A cancellation closes the connection: half a message is of no use to anyone.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await using var registration = cancellationToken.UnsafeRegister(static me => ((Http1Connection)me!).Abort(), _connection);
        var count = await _connection.ReceiveUpgradedAsync(buffer);
        cancellationToken.ThrowIfCancellationRequested();
        return count >= 0 ? count : throw new IOException("The provider's connection broke.");
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await using var registration = cancellationToken.UnsafeRegister(static me => ((Http1Connection)me!).Abort(), _connection);
        var sent = await _connection.SendUpgradedAsync(buffer);
        cancellationToken.ThrowIfCancellationRequested();
        if (!sent) throw new IOException("The provider's connection broke.");
    }

    /// <summary>Says that nothing more will be written; reading goes on.</summary>
    public async ValueTask CompleteWritesAsync() => await _connection.EndUpgradedAsync();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing on the request path may block.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Nothing on the request path may block.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
