using System.Text;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class Http1FramingTests
{
    private static byte[] Bytes(string latin1) => Encoding.Latin1.GetBytes(latin1);

    /// <summary>Responses that are read: as GET, body, kept afterwards.</summary>
    public static TheoryData<string, string, int, string, bool> Good => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET", 200, "hello", true },
        { "HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello", "GET", 200, "hello", true },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "GET", 200, "hello", true },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", 200, "", true },
        { "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "GET", 200, "", true },
        { "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "GET", 200, "", true },
        { "HTTP/1.1 599 \u00e9\t!\r\nContent-Length: 1\r\n\r\n!", "GET", 599, "!", true },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "GET", 200, "hello", false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x, CLOSE\r\n\r\nhello", "GET", 200, "hello", false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: closed\r\n\r\nhello", "GET", 200, "hello", true },
        { "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET", 200, "hello", false },
        { "HTTP/1.0 200 OK\r\n\r\nhello", "GET", 200, "hello", false },
        { "HTTP/1.1 200 OK\r\n\r\nhello", "GET", 200, "hello", false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", 200, "", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", 200, "", true },
        { "HTTP/1.1 204 No Content\r\n\r\n", "GET", 204, "", true },
        { "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", "GET", 304, "", true },
        { "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nno", "GET", 204, "", false },
        { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", "GET", 200, "he", false },
        { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "GET", 200, "hi", true },
        { "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "GET", 200, "hi", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "GET", 200, "hello", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n00b\r\n0123456789A\r\n000\r\n\r\n", "GET", 200, "01234567890123456789A", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a;b=c; d = \"e;\\\"\\r\" ;f\r\nhello\r\n0;last\r\n\r\n", "GET", 200, "hello", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nx: \r\n\r\n", "GET", 200, "hello", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore", "GET", 200, "hello", false },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_response_is_read_whole_and_byte_by_byte(string response, string method, int status, string body, bool kept)
    {
        var whole = await ScriptedTransport.Cut(Bytes(response), []).ExchangeAsync(method);
        Assert.Equal((UpstreamFailure.None, status, body, kept), (whole.Failure, whole.Status, whole.Body, whole.IsKept));

        // Byte by byte what follows the response has not arrived yet when it ends: the idle receive finds it, see the pool's tests.
        var slow = await ScriptedTransport.ByteByByte(Bytes(response)).ExchangeAsync(method);
        Assert.Equal((UpstreamFailure.None, status, body), (slow.Failure, slow.Status, slow.Body));
        Assert.Equal(whole.Headers, slow.Headers);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_response_cut_at_any_byte_fails_and_never_ends(string response, string method, int status, string body, bool kept)
    {
        _ = (status, kept);
        var bytes = Bytes(response);
        foreach (var end in new[] { 0, -1 })
        {
            for (var cut = 0; cut < bytes.Length; cut++)
            {
                var outcome = await ScriptedTransport.Cut(bytes[..cut], [], end).ExchangeAsync(method);
                if (outcome.Failure == UpstreamFailure.None)
                {
                    // Only what was complete before the cut, and a body that ends with its connection, may end.
                    var closeDelimited = end == 0 && !response.Contains("Content-Length", StringComparison.OrdinalIgnoreCase) && !response.Contains("chunked", StringComparison.OrdinalIgnoreCase);
                    Assert.True(closeDelimited || outcome.Body == body, $"ended at byte {cut}: {response[..cut]}");
                    Assert.True(closeDelimited || IsCompleteAt(response, cut), $"ended at byte {cut}: {response[..cut]}");
                }
                else
                {
                    Assert.Equal(outcome.Status == 0 ? UpstreamFailure.Reset : UpstreamFailure.Cut, outcome.Failure);
                    Assert.StartsWith(outcome.Body, body, StringComparison.Ordinal);
                    Assert.False(outcome.IsKept);
                }
            }
        }
    }

    /// <summary>Responses that two parsers could read in two ways, or that are no HTTP.</summary>
    public static TheoryData<string> BadHeads => new(
    [
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
        "HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\x7f\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA(: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\u00e4: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        " HTTP/1.1 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.2 200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200\tOK\r\n\r\n",
        "HTTP/1.1 200OK\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "<html>no\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5 \r\nContent-Length:\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ]);

    [Theory]
    [MemberData(nameof(BadHeads))]
    public async Task A_head_that_could_be_read_in_two_ways_is_refused(string response)
    {
        foreach (var transport in new[] { ScriptedTransport.Cut(Bytes(response), []), ScriptedTransport.ByteByByte(Bytes(response)) })
        {
            var outcome = await transport.ExchangeAsync();
            Assert.Equal(UpstreamFailure.Protocol, outcome.Failure);
            Assert.False(string.IsNullOrEmpty(outcome.Detail));
            Assert.True(transport.IsClosed);
        }
    }

    public static TheoryData<string> BadChunks => new(
    [
        "x\r\n", "\r\n", ";a\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\nhello\r\n", "5\rhello", "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloo\r\n", "5\r\nhello0\r\n\r\n", "5;\r\nhello\r\n", "5;a=\r\nhello\r\n", "5;a=\"b\r\n\r\n", "5;a=\"b\0\"\r\n", "5 a\r\nhello\r\n", "5;a\nb\r\n",
        "1000000000000000\r\n", "FFFFFFFFFFFFFFFF\r\n", "0000000000000005\r\nhello\r\n", "0\r\n x: folded\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nx: \0\r\n\r\n", "0\r\nx: y\n\r\n", "0\r\n\r\r",
    ]);

    [Theory]
    [MemberData(nameof(BadChunks))]
    public async Task Malformed_chunks_are_refused(string chunks)
    {
        var response = Bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
        Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.Cut(response, []).ExchangeAsync()).Failure);
        Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.ByteByByte(response).ExchangeAsync()).Failure);
    }

    [Fact]
    public async Task Chunk_extensions_and_trailers_are_bounded()
    {
        const string Head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        foreach (var endless in new[] { "5;a=" + new string('b', 8000), "5;a=\"" + new string(';', 8000), "0\r\nx: " + new string('y', 20_000), "0\r\n" + string.Concat(Enumerable.Repeat("x: y\r\n", 5000)) })
        {
            Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.Cut(Bytes(Head + endless), []).ExchangeAsync()).Failure);
        }
    }

    [Fact]
    public async Task The_head_is_limited_in_bytes_and_lines()
    {
        static string Head(int bytes) => $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: {new string('x', bytes - "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: \r\n\r\n".Length)}\r\n\r\nhi";
        static string Lines(int count) => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", count - 1)) + "\r\nhi";

        foreach (var limit in new[] { 512, 4096, 4097, 20_000 })
        {
            var fits = await ScriptedTransport.Cut(Bytes(Head(limit)), [limit / 2]).ExchangeAsync(maxHead: limit);
            Assert.Equal((UpstreamFailure.None, "hi"), (fits.Failure, fits.Body));
            Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.Cut(Bytes(Head(limit + 1)), [limit / 2]).ExchangeAsync(maxHead: limit)).Failure);
            Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.Cut(Bytes(Head(limit * 2)[..(limit + 100)]), []).ExchangeAsync(maxHead: limit)).Failure);
        }
        Assert.Equal(256, (await ScriptedTransport.Cut(Bytes(Lines(256)), []).ExchangeAsync()).Headers.Count);
        Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.Cut(Bytes(Lines(257)), []).ExchangeAsync()).Failure);
        var hints = string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 4000));
        Assert.Equal(UpstreamFailure.Protocol, (await ScriptedTransport.Cut(Bytes(hints), []).ExchangeAsync()).Failure);
    }

    [Fact]
    public async Task A_large_body_passes_through_every_buffer_size()
    {
        var body = string.Concat(Enumerable.Range(0, 40_000).Select(i => (char)('a' + i % 23)));
        var chunked = new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var at = 0; at < body.Length; at += 1777) chunked.Append(FormattableString.Invariant($"{Math.Min(1777, body.Length - at):x}\r\n{body[at..Math.Min(body.Length, at + 1777)]}\r\n"));
        var sources = new[] { $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}", chunked + "0\r\n\r\n", $"HTTP/1.1 200 OK\r\nX: {new string('x', 3500)}\r\nContent-Length: {body.Length}\r\n\r\n{body}" };
        foreach (var source in sources)
        {
            foreach (var step in new[] { 1, 100, 1021, 4096, 5000, 100_000 })
            {
                var outcome = await ScriptedTransport.Cut(Bytes(source), Enumerable.Range(0, source.Length / step + 1).Select(i => i * step)).ExchangeAsync();
                Assert.Equal((UpstreamFailure.None, true), (outcome.Failure, outcome.IsKept));
                Assert.Equal(body, outcome.Body);
            }
        }
    }

    // Whatever the table's responses hold after their own end (surplus bytes, a body that 204 may not have).
    private static bool IsCompleteAt(string response, int cut) => response switch
    {
        _ when response.EndsWith("\r\n\r\nmore", StringComparison.Ordinal) => cut >= response.Length - 4,
        _ when response.Contains(" 204 ", StringComparison.Ordinal) => cut >= response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4,
        _ when response.EndsWith("\r\n\r\nhello", StringComparison.Ordinal) && response.Contains("Length: 2\r\n", StringComparison.Ordinal) => cut >= response.Length - 3,
        _ => false,
    };
}
