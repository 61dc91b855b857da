using System.Text;
using Edge.Upstream;
using Edge.Upstream.Http1;

namespace Edge.Tests.Upstream;

/// <summary>A connection whose received pieces a test cuts where it likes: what a socket would do only by chance.</summary>
internal sealed class ScriptedTransport : Http1Transport
{
    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new();
    private readonly int _end;

    /// <param name="pieces">Each is received by itself.</param>
    /// <param name="end">What follows them: 0 for a clean end, -1 for a reset.</param>
    public ScriptedTransport(IEnumerable<ReadOnlyMemory<byte>> pieces, int end = 0)
    {
        foreach (var piece in pieces) _pieces.Enqueue(piece);
        _end = end;
    }

    public bool IsClosed { get; private set; }

    /// <summary>The pieces of <paramref name="bytes"/> between the cuts.</summary>
    public static ScriptedTransport Cut(byte[] bytes, IEnumerable<int> cuts, int end = 0)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        var start = 0;
        foreach (var cut in cuts.Append(bytes.Length).Where(cut => cut <= bytes.Length).Order())
        {
            if (cut > start) pieces.Add(bytes.AsMemory(start..cut));
            start = Math.Max(start, cut);
        }
        return new ScriptedTransport(pieces, end);
    }

    public static ScriptedTransport ByteByByte(byte[] bytes, int end = 0) => Cut(bytes, Enumerable.Range(0, bytes.Length), end);

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (IsClosed) return new(-1);
        if (_pieces.Count == 0) return new(_end);
        var piece = _pieces.Dequeue();
        var count = Math.Min(piece.Length, buffer.Length);
        piece[..count].CopyTo(buffer);
        if (count < piece.Length)
        {
            // What a socket does: the rest comes with the next receive.
            var rest = _pieces.ToArray();
            _pieces.Clear();
            _pieces.Enqueue(piece[count..]);
            foreach (var later in rest) _pieces.Enqueue(later);
        }
        return new(count);
    }

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> data) => new(!IsClosed);

    public override ValueTask<bool> EndSendAsync() => new(true);

    public override void Close() => IsClosed = true;

    public override void Release()
    {
    }

    /// <summary>One exchange over this transport; disposed.</summary>
    /// <param name="method">GET, or HEAD for an answer without a body.</param>
    /// <param name="maxHead">Bytes of the head at most.</param>
    public async Task<ScriptedOutcome> ExchangeAsync(string method = "GET", int maxHead = 64 * 1024)
    {
        using var pool = new Http1Pool(UpstreamKit.Endpoint(1), new UpstreamClock(TimeProvider.System));
        using var connection = new Http1Connection(pool, this, new UpstreamClock(TimeProvider.System), maxHead);
        await connection.ExchangeAsync(UpstreamKit.Request(method, ""), 0, TestContext.Current.CancellationToken);
        if (connection.Failure != UpstreamFailure.None) return new(connection.Failure, 0, "", [], connection.FailureDetail, false);

        var headers = new List<string>();
        for (var i = 0; i < connection.HeaderCount; i++)
        {
            connection.GetHeader(i, out var name, out var value);
            headers.Add($"{Encoding.Latin1.GetString(name)}={Encoding.Latin1.GetString(value)}");
        }
        var outcome = await connection.DrainAsync();
        connection.Dispose();
        return new(outcome.Failure, outcome.Status, outcome.Body, headers, null, !IsClosed);
    }
}

/// <param name="Failure">None when the body came to its end.</param>
/// <param name="Status">0 without a head.</param>
/// <param name="Body">What came of it.</param>
/// <param name="Headers"><c>name=value</c>.</param>
/// <param name="Detail">The client's words for a failed head.</param>
/// <param name="IsKept">The connection went back to the pool.</param>
internal sealed record ScriptedOutcome(UpstreamFailure Failure, int Status, string Body, IReadOnlyList<string> Headers, string? Detail, bool IsKept);
