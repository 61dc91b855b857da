using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Edge.TestSupport;

/// <summary>The provider's end of one connection: reads requests strictly, hands each to the script, notices the other side's close at once.</summary>
internal sealed class FakeUpstreamConnection
{
    private readonly FakeUpstream _owner;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly int _number;
    private byte[] _buffer = new byte[64 * 1024];
    private int _filled;
    private Task<bool>? _reading;

    public FakeUpstreamConnection(FakeUpstream owner, Socket socket, Stream stream, int number)
    {
        _owner = owner;
        _socket = socket;
        _stream = stream;
        _number = number;
    }

    public async Task RunAsync(Func<FakeExchange, Task> script)
    {
        while (await ReadRequestAsync() is { } request)
        {
            // Reading on while the script answers is how a close is seen the moment it happens.
            _reading = FillAsync();
            var exchange = new FakeExchange(_socket, _stream, request.Head, request.Body, _number, WatchAsync(_reading));
            _owner.Record(exchange);
            await script(exchange);
            if (exchange.IsOver) return;
        }
    }

    private static async Task WatchAsync(Task<bool> reading)
    {
        if (await reading) await new TaskCompletionSource().Task;
    }

    private async Task<(string Head, byte[] Body)?> ReadRequestAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (await MoreAsync()) continue;
            if (_filled > 0) _owner.Fault($"The connection ended inside a request's head: {Encoding.Latin1.GetString(_buffer, 0, _filled)}");
            return null;
        }
        var head = Encoding.Latin1.GetString(_buffer, 0, end);
        Shift(end + 4);
        var lengths = Values(head, "content-length");
        var codings = Values(head, "transfer-encoding");
        if (lengths.Count + codings.Count > 1) _owner.Fault($"More than one framing of the body:\n{head}");
        if (codings.Count > 0) return (head, await ReadChunksAsync());
        return (head, lengths.Count > 0 ? await ReadBodyAsync(int.Parse(lengths[0], NumberStyles.None, CultureInfo.InvariantCulture)) : []);
    }

    private static List<string> Values(string head, string name) =>
        [.. head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim())];

    private async Task<byte[]> ReadChunksAsync()
    {
        var body = new MemoryStream();
        while (true)
        {
            int end;
            while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n"u8)) < 0)
            {
                if (!await MoreAsync()) throw new EndOfStreamException();
            }
            var size = int.Parse(Encoding.Latin1.GetString(_buffer, 0, end), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            Shift(end + 2);
            body.Write(await ReadBodyAsync(size));
            await ReadBodyAsync(2);
            if (size == 0) return body.ToArray();
        }
    }

    private async Task<byte[]> ReadBodyAsync(int length)
    {
        var body = new byte[length];
        for (var read = 0; read < length;)
        {
            if (_filled == 0 && !await MoreAsync()) throw new EndOfStreamException();
            var count = Math.Min(_filled, length - read);
            _buffer.AsSpan(0, count).CopyTo(body.AsSpan(read));
            Shift(count);
            read += count;
        }
        return body;
    }

    private async Task<bool> MoreAsync()
    {
        var reading = _reading ?? FillAsync();
        _reading = null;
        return await reading;
    }

    private async Task<bool> FillAsync()
    {
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        try
        {
            var count = await _stream.ReadAsync(_buffer.AsMemory(_filled));
            _filled += count;
            return count > 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // A reset is a close as well.
            return false;
        }
    }

    private void Shift(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
