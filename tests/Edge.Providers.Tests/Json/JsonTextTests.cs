using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Json;

public class JsonTextTests
{
    // Characters that meet in every way: each kind of escape, halves of a surrogate pair apart and together, one to four bytes of UTF-8.
    private static readonly Gen<string> _text = Gen.OneOf(
        Gen.Char, Gen.Char['\0', '\u007F'], Gen.Char['\uD800', '\uDBFF'], Gen.Char['\uDC00', '\uDFFF'], Gen.Const('"'), Gen.Const('\\'), Gen.Const('é'))
        .Array[0, 80].Select(c => new string(c));

    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Naughty_strings_go_round()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("robustness/naughty_strings.jsonl"))
        {
            if (!record.TryGetProperty("text", out var value)) continue;
            RoundTrip(value.GetString()!);
            count++;
        }
        Assert.True(count >= 200, $"{count} strings");
    }

    [Fact]
    public void Any_text_goes_round() => _text.Sample(RoundTrip, iter: 10_000);

    [Fact]
    public void Every_UTF_16_unit_unescapes_as_the_reference_does()
    {
        var buffer = new byte[64];
        for (var unit = 0; unit <= 0xFFFF; unit++)
        {
            var escaped = Encoding.ASCII.GetBytes($"a\\u{unit:x4}b\\u{unit:X4}");
            // The reference refuses lone surrogates; every lossy decoder writes U+FFFD for them, as Encoding does.
            var expected = $"a{(char)unit}b{(char)unit}";
            var text = new JsonText(escaped, isEscaped: true);
            Assert.Equal(Encoding.UTF8.GetBytes(expected), buffer[..text.Unescape(buffer)]);
        }
    }

    [Theory]
    [InlineData("\\uD83D\\uDE00", "😀")]
    [InlineData("\\ud83d\\ude00", "😀")]
    [InlineData("\\uD83D", "\uFFFD")]
    [InlineData("\\uDE00", "\uFFFD")]
    [InlineData("\\uD83Dx", "\uFFFDx")]
    [InlineData("\\uD83D\\n", "\uFFFD\n")]
    [InlineData("\\uD83D\\u0041", "\uFFFDA")]
    [InlineData("\\uD83D\\uE000\\uFFFF", "\uFFFD\uE000\uFFFF")]
    [InlineData("\\uD83D\\uD83D\\uDE00", "\uFFFD😀")]
    [InlineData("\\uDE00\\uD83D", "\uFFFD\uFFFD")]
    [InlineData("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t")]
    public void Surrogates_and_short_escapes(string escaped, string expected)
    {
        var text = new JsonText(Encoding.ASCII.GetBytes(escaped), isEscaped: true);
        Assert.Equal(expected, text.ToString());
        Assert.True(text.Is(Encoding.UTF8.GetBytes(expected)));
        Assert.False(text.Is(Encoding.UTF8.GetBytes(expected + "x")));
        Assert.False(text.Is(Encoding.UTF8.GetBytes(expected).AsSpan()[..^1]));
    }

    [Fact]
    public void Comparing_long_text_needs_no_limit()
    {
        var plain = new string('x', 5_000) + "\n";
        var text = new JsonText(Encoding.UTF8.GetBytes(new string('x', 5_000) + "\\n"), isEscaped: true);
        Assert.True(text.Is(Encoding.UTF8.GetBytes(plain)));
        Assert.False(text.Is(Encoding.UTF8.GetBytes(plain.Replace('\n', '\r'))));
    }

    [Fact]
    public void Escaped_text_is_written_as_it_came()
    {
        var output = new ArrayBufferWriter<byte>();
        new JsonText("half \\ud83d"u8, isEscaped: true).WriteEscaped(output);
        Assert.Equal("half \\ud83d"u8, output.WrittenSpan);
    }

    private static void RoundTrip(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var wellFormed = Encoding.UTF8.GetString(utf8);

        // Out: what we escape, the reference reads back; and nothing is escaped that need not be.
        var output = new ArrayBufferWriter<byte>();
        output.Write("\""u8);
        JsonText.Plain(utf8).WriteEscaped(output);
        output.Write("\""u8);
        Assert.Equal(wellFormed, JsonSerializer.Deserialize<string>(output.WrittenSpan));
        Assert.Equal(utf8.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x1F) < 0 && !utf8.AsSpan().ContainsAny((byte)'"', (byte)'\\'), output.WrittenCount == utf8.Length + 2);

        // In: what the reference escapes, much or little, we read back. As it refuses to write lone surrogates, they are escaped by hand below.
        Check(JsonSerializer.SerializeToUtf8Bytes(wellFormed), utf8);
        Check(JsonSerializer.SerializeToUtf8Bytes(wellFormed, _relaxed), utf8);
        Check(Encoding.ASCII.GetBytes('"' + string.Concat(text.Select(c => $"\\u{(int)c:x4}")) + '"'), utf8);
        Check(output.WrittenSpan, utf8);
    }

    private static void Check(ReadOnlySpan<byte> json, byte[] expected)
    {
        using var index = new JsonIndex();
        Assert.True(index.TryBuild(json, 1, 1, out _));
        var text = new JsonValue(json, index.Tokens).Text;
        var buffer = new byte[text.Bytes.Length];
        Assert.Equal(expected, buffer[..text.Unescape(buffer)]);
        Assert.True(text.Is(expected));
        Assert.Equal(Encoding.UTF8.GetString(expected), text.ToString());
    }
}
