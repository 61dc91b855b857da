using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Dialects.Responses;

public class ResponsesPropertyTests
{
    private static readonly Gen<string> _any =
        Gen.OneOf(Gen.Char[' ', '~'].Select(c => c.ToString()), Gen.Char['\0', '\u001f'].Select(c => c.ToString()), Gen.Char['\u0080', '\ud7ff'].Select(c => c.ToString()), Gen.Int[0x10000, 0x10ffff].Select(char.ConvertFromUtf32))
            .Array[0, 30].Select(string.Concat);

    [Fact]
    public void Any_sequence_of_events_is_a_stream_by_the_rules_and_the_whole_answer_is_its_fold()
    {
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], _any).Array[0, 25].Sample(
            steps =>
            {
                var (stream, whole) = ResponsesWire.Encode(sink => Push(sink, steps));
                var accumulated = ResponsesAccumulator.Of(stream);
                Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(accumulated.Final, System.Text.Json.Nodes.JsonNode.Parse(whole)), $"{accumulated.Final!.ToJsonString()}\n{whole}");
                var recorder = new Recorder();
                Push(recorder, steps);
                var facts = ResponsesWire.Facts(recorder);
                // Several reasoning items are one text in a recorder.
                Assert.Equal(facts.Replace("\n\n", "", StringComparison.Ordinal), ResponsesWire.Facts(ResponsesWire.Json(whole)).Replace("\n\n", "", StringComparison.Ordinal));
            },
            iter: 3000);

        static void Push(IChatEventSink sink, (int Kind, int Call, string Text)[] steps)
        {
            var started = new bool[3];
            sink.Start(default);
            foreach (var (kind, call, text) in steps)
            {
                var json = JsonText.Plain(Encoding.UTF8.GetBytes(text));
                switch (kind)
                {
                    case 0 or 1: sink.Text(0, json); break;
                    case 2: sink.Refusal(0, json); break;
                    case 3: sink.Thinking(0, json); break;
                    case 4: sink.ThinkingSignature(0, JsonText.Plain("c2ln"u8)); break;
                    case 5: sink.RedactedThinking(0, JsonText.Plain("ZW5j"u8)); break;
                    case 6 when !started[call]:
                        // As every decoder: in their order.
                        for (var i = 0; i <= call; i++)
                        {
                            if (!started[i]) sink.ToolCallStart(0, i, JsonText.Plain("c"u8), JsonText.Plain("f"u8));
                            started[i] = true;
                        }
                        break;
                    case 6 or 7 when started[call]: sink.ToolCallArguments(0, call, json); break;
                    case 8 when started[call]: sink.ToolCallSignature(0, call, JsonText.Plain("gemini.x"u8)); break;
                    case 9: sink.Usage(new Usage { Input = call, Output = 1 }); break;
                }
            }
            sink.Finish(0, FinishReason.Stop, default);
            sink.End();
        }
    }

    [Fact]
    public void Any_text_of_a_request_arrives()
    {
        _any.Sample(
            text =>
            {
                var json = JsonSerializer.Serialize("x" + text);
                var (body, _, error) = ResponsesWire.ToAnthropic(ResponsesWire.WithInput(
                    $$"""{"role":"user","content":{{json}}}""",
                    $$"""{"type":"custom_tool_call","call_id":"c","name":"f","input":{{json}}}""",
                    $$"""{"type":"function_call_output","call_id":"c","output":{{json}}}"""));
                Assert.Null(error);
                var messages = JsonDocument.Parse(body).RootElement.GetProperty("messages");
                Assert.Equal("x" + text, messages[0].GetProperty("content")[0].GetProperty("text").GetString());
                Assert.Equal("x" + text, messages[1].GetProperty("content")[0].GetProperty("input").GetProperty("input").GetString());
                Assert.Equal("x" + text, messages[2].GetProperty("content")[0].GetProperty("content").GetString());
            },
            iter: 1000);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_the_translation_of_a_request_throw_or_write_invalid_JSON()
    {
        var request = Encoding.UTF8.GetBytes(ResponsesWire.With(
            """
            "instructions":"I","temperature":0.5,"tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"custom","name":"c"}],"tool_choice":"auto","text":{"format":{"type":"text"}},"reasoning":{"effort":"low"},"include":[]
            """,
            """
            [{"role":"system","content":"S"},{"role":"user","content":[{"type":"input_text","text":"A\u00e9\n"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
             {"type":"reasoning","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"anthropic.AAAA"},{"type":"reasoning","summary":[],"encrypted_content":"call.1.c.gemini.AA"},
             {"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":\"\\n\"}"},{"type":"custom_tool_call","call_id":"d","name":"c","input":"x\ty"},
             {"type":"function_call_output","call_id":"c","output":"r"},{"type":"custom_tool_call_output","call_id":"d","output":[{"type":"input_text","text":"r"}]}]
            """));
        var (valid, taken) = (0, 0);
        Gen.Select(Gen.Int[0, 1 << 20], Gen.OneOf(Gen.Byte, Gen.Int[0, 13].Select(i => "{}[]\",:\\01nt ae"u8[i]))).Array[1, 3].Sample(
            changes =>
            {
                var body = request.ToArray();
                foreach (var (at, value) in changes) body[at % body.Length] = value;
                using var index = new JsonIndex();
                if (!index.TryBuild(body, 64, 10_000, out _)) return;
                Interlocked.Increment(ref valid);
                var (chat, output, echo) = (new ChatRequest(), new ByteBuffer(), new ByteBuffer());
                if (!ResponsesRequestDecoder.TryDecode(body, index.Tokens, chat, out var error))
                {
                    Assert.NotNull(error);
                    return;
                }
                ResponsesEcho.Write(new JsonValue(body, index.Tokens), echo);
                using var check = new JsonIndex();
                var echoed = Encoding.UTF8.GetBytes("{" + Encoding.UTF8.GetString(echo.Span).TrimEnd(',') + "}");
                Assert.True(check.TryBuild(echoed, 64, 10_000, out var wrong), $"{wrong} {Encoding.UTF8.GetString(echoed)}");
                Assert.True(echo.Span.IndexOf((byte)'\n') < 0);
                if (!new AnthropicRequestEncoder().TryEncode(chat, new(), output, [], out error)) return;
                Interlocked.Increment(ref taken);
                Assert.True(check.TryBuild(output.Span, 64, 10_000, out wrong), $"{wrong} {Encoding.UTF8.GetString(output.Span)}");
            },
            iter: 20_000);
        Assert.True(valid > 1000 && taken > 500, $"{valid} {taken}");
    }
}
