using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Dialects.Gemini;

public class GeminiPropertyTests
{
    private static readonly Gen<string> _any =
        Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\0', '\u001f'], Gen.Char['\u0080', '\ud7ff'], Gen.Int[0, 3].Select(i => "\"\\/\n"[i])).Array[0, 40].Select(chars => new string(chars));

    [Fact]
    public void Any_text_and_arguments_of_a_request_arrive()
    {
        _any.Sample(
            text =>
            {
                var quoted = JsonSerializer.Serialize(text);
                var arguments = JsonSerializer.Serialize(new Dictionary<string, string> { ["a"] = text });
                var (json, _, error) = GeminiWire.Encode(Requests.WithMessages(
                    $$"""{"role":"user","content":{{JsonSerializer.Serialize("x" + text)}}}""",
                    $$$"""{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{{{JsonSerializer.Serialize(arguments)}}}}}]}""",
                    $$"""{"role":"tool","tool_call_id":"c","content":{{JsonSerializer.Serialize("x" + text)}}}"""));
                Assert.Null(error);
                var contents = JsonDocument.Parse(json).RootElement.GetProperty("contents");
                Assert.Equal("x" + text, contents[0].GetProperty("parts")[0].GetProperty("text").GetString());
                Assert.Equal(text, contents[1].GetProperty("parts")[0].GetProperty("functionCall").GetProperty("args").GetProperty("a").GetString());
                Assert.Equal("x" + text, contents[2].GetProperty("parts")[0].GetProperty("functionResponse").GetProperty("response").GetProperty("result").GetString());
            },
            iter: 1000);
    }

    [Fact]
    public void Any_arguments_of_an_answer_arrive_compact()
    {
        _any.Sample(
            text =>
            {
                var indented = JsonSerializer.Serialize(new Dictionary<string, object> { ["a " + text] = new[] { text, "\\" } }, _indented);
                var recorder = GeminiWire.DecodeWhole($$$"""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{{{indented}}}}}]},"finishReason":"STOP"}]}""");
                Assert.Equal(JsonSerializer.Serialize(JsonDocument.Parse(indented).RootElement), recorder["args:0:0"]);
            },
            iter: 1000);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_decoder_throw()
    {
        var stream = Encoding.UTF8.GetBytes(GeminiWire.Stream(
            """{"candidates":[{"content":{"parts":[{"text":"A\u00e9","thought":true},{"functionCall":{"name":"f","args":{"a":[1, "\n"]}},"thoughtSignature":"QQ"},{"inlineData":{"mimeType":"image/png","data":"AA"}}]},"index":0}],"usageMetadata":{"promptTokenCount":8,"promptTokensDetails":[{"modality":"TEXT","tokenCount":8}]}}""",
            """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"g","willContinue":true,"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"x\"","willContinue":true}]}},{"functionCall":{"partialArgs":[{"jsonPath":"$.c","boolValue":true}]}}]},"logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-1}],"topCandidates":[{"candidates":[{"token":"b","logProbability":-2}]}]}}]}""",
            """{"candidates":[{"content":{"parts":[{"text":"World"}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"u","title":"t"}}],"groundingSupports":[{"segment":{"startIndex":1,"endIndex":5,"text":"orld"},"groundingChunkIndices":[0]}]},"citationMetadata":{"citations":[{"startIndex":0,"endIndex":2,"uri":"c"}]}}]}"""));
        var error = """{"error":{"code":429,"message":"m\n","status":"RESOURCE_EXHAUSTED","details":[{"reason":"R","violations":[{"quotaId":"PerDay"}],"retryDelay":"34s"}]}}"""u8.ToArray();
        Assert.Equal(1, GeminiWire.Decode(stream).Ends);
        Gen.Select(Gen.Int[0, 1 << 20], Gen.OneOf(Gen.Byte, Gen.Int[0, 15].Select(i => "{}[]\",:\\01nt ae-."u8[i]))).Array[1, 4].Sample(
            changes =>
            {
                var mutated = Mutate(stream, changes);
                GeminiWire.Decode(mutated);
                GeminiWire.Decode(Encoder(), mutated);
                GeminiErrors.FromResponse(429, Mutate(error, changes));
                using var index = new JsonIndex();
                var whole = mutated.AsSpan(mutated.AsSpan().IndexOf((byte)'{') is var at and >= 0 ? at : 0).ToArray();
                var end = whole.AsSpan().IndexOf((byte)'\r');
                if (end > 0 && index.TryBuild(whole.AsSpan(0, end), 512, 10_000, out _)) new GeminiResponseDecoder().Whole(new JsonValue(whole, index.Tokens), Encoder());
            },
            iter: 10_000);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_translation_of_a_request_throw_or_write_invalid_JSON()
    {
        var request = Encoding.UTF8.GetBytes(Requests.With(
            "\"stop\":[\"a\"],\"temperature\":0.5,\"reasoning_effort\":\"low\",\"response_format\":{\"type\":\"json_object\"},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":\"auto\"",
            messages: """{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"A\u00e9\n"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","thinking_blocks":[{"type":"thinking","thinking":"h","signature":"gemini.x.Q"}],"content":"c","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\n\"}"}}]},{"role":"tool","tool_call_id":"c","content":"{\"r\":[1]}"},{"role":"user","content":[{"type":"file","file":{"file_id":"files/x"}},{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}]}"""));
        var (valid, taken) = (0, 0);
        Gen.Select(Gen.Int[0, 1 << 20], Gen.OneOf(Gen.Byte, Gen.Int[0, 13].Select(i => "{}[]\",:\\01nt ae"u8[i]))).Array[1, 3].Sample(
            changes =>
            {
                var body = Mutate(request, changes);
                using var index = new JsonIndex();
                if (!index.TryBuild(body, 64, 10_000, out _)) return;
                Interlocked.Increment(ref valid);
                var (chat, output) = (new ChatRequest(), new ByteBuffer());
                var options = new ChatEncodeOptions { Model = "gemini-3-flash-preview"u8.ToArray() };
                if (!OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, chat, out var error) || !new GeminiRequestEncoder().TryEncode(chat, options, output, [], out error))
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

    [Fact]
    public void Deep_arguments_pass_and_deeper_ones_are_an_error()
    {
        string Nested(int depth) => """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":""" + new string('[', depth) + new string(']', depth) + """}}}]},"finishReason":"STOP"}]}""";

        Assert.Equal(1, GeminiWire.DecodeStream(Nested(400)).Ends);
        Assert.Equal(ProviderErrorKind.Malformed, GeminiWire.DecodeStream(Nested(600)).Failure?.Kind);
    }

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    private static byte[] Mutate(byte[] bytes, (int At, byte Value)[] changes)
    {
        var mutated = bytes.ToArray();
        foreach (var (at, value) in changes) mutated[at % mutated.Length] = value;
        return mutated;
    }

    // Whatever the decoder lets through, the encoders must be able to write.
    private static OpenAiChatStreamEncoder Encoder()
    {
        var encoder = new OpenAiChatStreamEncoder();
        encoder.Begin(new ByteBuffer(), Wire.Output);
        return encoder;
    }
}
