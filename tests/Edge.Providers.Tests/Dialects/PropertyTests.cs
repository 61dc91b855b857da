using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Dialects;

public class PropertyTests
{
    private static readonly Gen<char> _special = Gen.Int[0, 3].Select(i => "\"\\/\n"[i]);

    private static readonly Gen<string> _text =
        Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\0', '\u001f'], Gen.Char['\u0080', '\ud7ff'], _special).Array[0, 40].Select(chars => new string(chars));

    // Emoji and other astral characters, which JSON may write as two escapes.
    private static readonly Gen<string> _astral = Gen.Int[0x10000, 0x10ffff].Select(char.ConvertFromUtf32);

    private static readonly Gen<string> _any = Gen.OneOf(_text, _astral).Array[0, 12].Select(string.Concat);

    [Fact]
    public void Any_text_however_it_is_escaped_and_cut_into_deltas_arrives()
    {
        Gen.Select(_any, Gen.Int[1, 5], Gen.Bool).Sample((text, step, escapeAll) =>
        {
            var deltas = new List<string>();
            for (var at = 0; at < text.Length; at += step)
            {
                // Cut between UTF-16 units: half a pair can only be written as an escape.
                deltas.Add(Escape(text.Substring(at, Math.Min(step, text.Length - at)), escapeAll));
            }
            var stream = Wire.AnthropicStream(
                [
                    .. Goldens.Find("text").Events[..2],
                    .. deltas.Select(delta => $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{delta}}}"}}"""),
                    """{"type":"content_block_stop","index":0}""", """{"type":"message_stop"}""",
                ]);

            Assert.Equal(text, Wire.DecodeAnthropic(Encoding.UTF8.GetBytes(stream))["text:0"]);
            Assert.Equal(text, Wire.DecodeOpenAi(Encoding.UTF8.GetBytes(Wire.AnthropicToOpenAi(stream)))["text:0"]);
            var whole = JsonDocument.Parse(Wire.AnthropicToOpenAiWhole(stream)).RootElement;
            Assert.Equal(text, whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        }, iter: 2000);
    }

    [Fact]
    public void Any_text_of_a_request_arrives()
    {
        Gen.Select(_any, Gen.Bool).Sample((text, escapeAll) =>
        {
            var (json, _, error) = Requests.ToAnthropic(Requests.WithMessages($$"""{"role":"user","content":"x{{Escape(text, escapeAll)}}"}"""));
            Assert.Null(error);
            Assert.Equal("x" + text, JsonDocument.Parse(json).RootElement.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("text").GetString());
        }, iter: 2000);
    }

    [Fact]
    public void Any_arguments_arrive()
    {
        _any.Sample(
            text =>
            {
                var arguments = JsonSerializer.Serialize(new Dictionary<string, string> { ["a"] = text });
                var call = $$$"""{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{{{JsonSerializer.Serialize(arguments)}}}}}]}""";
                var (json, _, error) = Requests.ToAnthropic(Requests.WithMessages("""{"role":"user","content":"x"}""", call));
                Assert.Null(error);
                var input = JsonDocument.Parse(json).RootElement.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("input");
                Assert.Equal(text, input.GetProperty("a").GetString());
            },
            iter: 2000);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_a_decoder_throw()
    {
        var streams = Goldens.All.Select(golden => Encoding.UTF8.GetBytes(golden.Stream)).ToArray();
        var openAi = Goldens.All.Select(golden => Encoding.UTF8.GetBytes(Wire.AnthropicToOpenAi(golden.Stream, includeUsage: true))).ToArray();
        Gen.Select(Gen.Int[0, streams.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 4]).Sample(
            (which, changes) =>
            {
                Wire.DecodeAnthropic(Mutate(streams[which], changes));
                var mutated = Mutate(openAi[which], changes);
                var tap = new OpenAiChatTap();
                Wire.DecodeOpenAi(mutated);
                Wire.Events((type, data) => tap.Look(type, data), mutated);
                OpenAiErrors.FromResponse(500, mutated);
                tap.Whole(mutated);
            },
            iter: 3000);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_translation_of_a_request_throw_or_write_invalid_JSON()
    {
        var request = Encoding.UTF8.GetBytes(Requests.With(
            "\"stop\":[\"a\"],\"temperature\":0.5,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":\"auto\"",
            messages: """{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"A\u00e9\n"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\n\"}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}"""));
        var (valid, taken) = (0, 0);
        Gen.Select(Gen.Int[0, 1 << 20], Gen.OneOf(Gen.Byte, Gen.Int[0, 13].Select(i => "{}[]\",:\\01nt ae"u8[i]))).Array[1, 3].Sample(
            changes =>
            {
                var body = Mutate(request, changes);
                using var index = new JsonIndex();
                if (!index.TryBuild(body, 64, 10_000, out _)) return;
                Interlocked.Increment(ref valid);
                var (chat, output) = (new ChatRequest(), new ByteBuffer());
                if (!OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, chat, out var error) || !new AnthropicRequestEncoder().TryEncode(chat, new(), output, [], out error))
                {
                    Assert.NotNull(error);
                    return;
                }
                Interlocked.Increment(ref taken);
                using var check = new JsonIndex();
                Assert.True(check.TryBuild(output.Span, 64, 10_000, out var wrong), $"{wrong} {Encoding.UTF8.GetString(output.Span)}");
            },
            iter: 20_000);
        Assert.True(valid > 1000 && taken > 500, $"{valid} {taken}");
    }

    private static byte[] Mutate(byte[] bytes, (int At, byte Value)[] changes)
    {
        var mutated = bytes.ToArray();
        foreach (var (at, value) in changes) mutated[at % mutated.Length] = value;
        return mutated;
    }

    private static string Escape(string text, bool all)
    {
        var escaped = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (!all && isPair) escaped.Append(c).Append(text[++i]);
            else if (all || c < ' ' || c is '"' or '\\' || char.IsSurrogate(c)) escaped.Append($"\\u{(int)c:x4}");
            else escaped.Append(c);
        }
        return escaped.ToString();
    }
}
