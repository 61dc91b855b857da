using System.Text;
using CsCheck;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class Http1PropertyTests
{
    private static readonly Gen<string> Token = Gen.String[Gen.Char["!#$%&'*+-.^_`|~09azAZ"], 1, 12];
    private static readonly Gen<string> Value = Gen.String[Gen.Char["aZ09 ,;=\"\t()\u00e9"], 0, 60];
    private static readonly Gen<(string, string)[]> Headers = Gen.Select(Token, Value, (name, value) => ("x-" + name, value)).Array[0, 20];
    private static readonly Gen<byte[]> Body = Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Byte.Array[0, 9000]);

    [Fact]
    public async Task Any_response_comes_out_as_it_went_in_however_it_is_cut()
    {
        var gen = Gen.Select(Headers, Body, Gen.Int[0, 2], Gen.Int[1, 3000], Gen.Int[0, 12_000].Array[0, 30], Gen.Int[0, 2]);
        await gen.SampleAsync(async sample =>
        {
            var (headers, body, framing, chunk, cuts, end) = sample;
            var text = Encoding.Latin1.GetString(body);
            var head = new StringBuilder("HTTP/1.1 200 OK\r\n");
            foreach (var (name, value) in headers) head.Append(name).Append(':').Append(value).Append("\r\n");
            var response = framing switch
            {
                0 => $"{head}Content-Length: {body.Length}\r\n\r\n{text}",
                1 => $"{head}\r\n{text}",
                _ => $"{head}Transfer-Encoding: chunked\r\n\r\n{Chunked(text, chunk)}",
            };
            var bytes = Encoding.Latin1.GetBytes(response);

            var whole = await ScriptedTransport.Cut(bytes, cuts).ExchangeAsync();
            Assert.Equal(UpstreamFailure.None, whole.Failure);
            Assert.Equal(text, whole.Body);
            Assert.Equal(framing != 1, whole.IsKept);
            Assert.Equal(
                headers.Select(header => $"{header.Item1.ToLowerInvariant()}={header.Item2.Trim(' ', '\t')}"),
                whole.Headers.Take(headers.Length));

            // Cut off somewhere: a prefix and a failure, unless the connection's end was the framing.
            var stop = cuts.Length == 0 ? 0 : cuts[0] % bytes.Length;
            var part = await ScriptedTransport.Cut(bytes[..stop], cuts, end == 0 ? 0 : -1).ExchangeAsync();
            Assert.StartsWith(part.Body, text, StringComparison.Ordinal);
            Assert.True(part.Failure is UpstreamFailure.Reset or UpstreamFailure.Cut || (framing == 1 && end == 0 && stop > 18), part.ToString());
        }, iter: 1500, threads: 1);
    }

    [Fact]
    public async Task Damaged_bytes_never_hang_throw_or_grow_the_body()
    {
        var response = Encoding.Latin1.GetBytes(
            "HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nx: y\r\n\r\n");
        var gen = Gen.Select(Gen.Int[0, response.Length - 1], Gen.Byte, Gen.Int[0, response.Length - 1], Gen.Byte, Gen.Int[0, 150].Array[0, 8]);
        await gen.SampleAsync(async sample =>
        {
            var (at, value, other, otherValue, cuts) = sample;
            var damaged = (byte[])response.Clone();
            damaged[at] = value;
            damaged[other] = otherValue;
            var once = await ScriptedTransport.Cut(damaged, []).ExchangeAsync();
            var again = await ScriptedTransport.Cut(damaged, cuts).ExchangeAsync();
            Assert.Equal((once.Failure, once.Status, once.Body), (again.Failure, again.Status, again.Body));
            Assert.True(once.Body.Length <= response.Length);
        }, iter: 5000, threads: 1);
    }

    private static string Chunked(string text, int size)
    {
        var chunked = new StringBuilder();
        for (var at = 0; at < text.Length; at += size)
        {
            var piece = text[at..Math.Min(text.Length, at + size)];
            chunked.Append(FormattableString.Invariant($"{piece.Length:X}")).Append(at % 2 == 0 ? "" : ";e=\"q\"").Append("\r\n").Append(piece).Append("\r\n");
        }
        return chunked.Append("0\r\n\r\n").ToString();
    }
}
