using System.Text;
using System.Text.Json;
using CsCheck;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;
using Edge.Simd.Json;
using static Edge.Providers.Tests.Dialects.Anthropic.Messages;

namespace Edge.Providers.Tests.Dialects.Anthropic;

public class MessagesPropertyTests
{
    private static readonly Gen<string> _text =
        Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\0', '\u001f'], Gen.Char['\u0080', '\ud7ff'], Gen.Int[0, 5].Select(i => "\"\\/\n{}"[i])).Array[1, 30].Select(chars => new string(chars));

    /// <summary>Whatever the order of a provider's events, the stream keeps the dialect's rules and says what the whole answer says.</summary>
    [Fact]
    public void Any_order_of_events_is_a_valid_stream_that_says_what_was_said()
    {
        Gen.Select(Gen.Int[0, 9], _text).Array[0, 30].Sample(
            steps =>
            {
                var calls = new List<string>();
                var recorder = new Recorder();
                void Push(IChatEventSink sink)
                {
                    var started = 0;
                    var left = new List<Queue<string>>();
                    sink.Start(new ChatStart { Id = Plain("i"), Model = Plain("m") });
                    foreach (var (step, text) in steps)
                    {
                        switch (step)
                        {
                            case 0 or 1: sink.Text(0, Plain(text)); break;
                            case 2: sink.Thinking(0, Plain(text)); break;
                            case 3: sink.ThinkingSignature(0, Plain("s" + started)); break;
                            case 4: sink.RedactedThinking(0, Plain("r")); break;
                            case 5:
                                sink.ToolCallStart(0, started, Plain($"id{started}"), Plain("f"));
                                left.Add(new(JsonSerializer.Serialize(new Dictionary<string, string> { ["a"] = text }).Chunk(4).Select(piece => new string(piece))));
                                started++;
                                break;
                            default:
                                var call = text[0] % Math.Max(started, 1);
                                for (var i = 0; i < 3 && started > 0 && left[call].Count > 0; i++) sink.ToolCallArguments(0, call, Plain(left[call].Dequeue()));
                                break;
                        }
                    }
                    for (var call = 0; call < started; call++)
                    {
                        while (left[call].Count > 0) sink.ToolCallArguments(0, call, Plain(left[call].Dequeue()));
                    }
                    sink.Finish(0, started > 0 ? FinishReason.ToolCalls : FinishReason.Stop, default);
                    sink.Usage(new Usage { Input = 3, Output = 4 });
                    sink.End();
                }

                Push(recorder);
                var expected = Facts.Of(recorder);
                Assert.Equal(expected, Facts.OfAnthropic(StrictMessage.Whole(Stream(Push))));
                Assert.Equal(expected, Facts.OfAnthropic(JsonDocument.Parse(Whole(Push)).RootElement));
            },
            iter: 5000);
    }

    [Fact]
    public void Any_text_arrives_through_decoder_and_encoder()
    {
        _text.Sample(
            text =>
            {
                var block = JsonSerializer.Serialize(text);
                var (json, _, error) = Again(With("", $$"""{"role":"user","content":[{"type":"text","text":"x"},{"type":"text","text":{{block}}}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":{{block}} } }]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":{{block}}}]}"""));
                Assert.Null(error);
                var messages = JsonDocument.Parse(json).RootElement.GetProperty("messages");
                if (!string.IsNullOrWhiteSpace(text) && text.Trim(' ', '\t', '\r', '\n').Length > 0) Assert.Equal(text, messages[0].GetProperty("content")[1].GetProperty("text").GetString());
                Assert.Equal(text, messages[1].GetProperty("content")[0].GetProperty("input").GetProperty("a").GetString());
                Assert.Equal(text, messages[2].GetProperty("content")[0].GetProperty("content").GetString());
            },
            iter: 2000);
    }

    /// <summary>When a call's arguments are whole is told alike from one piece, from many, and from their escaped form.</summary>
    [Fact]
    public void The_end_of_arguments_is_seen_however_they_are_cut_and_escaped()
    {
        Gen.Select(_text, Gen.Int[1, 7], Gen.Bool).Sample(
            (text, step, escape) =>
            {
                var json = JsonSerializer.Serialize(new { a = text, b = new object[] { 1, new { c = "]}" } } });
                var progress = new JsonProgress();
                for (var at = 0; at < json.Length; at += step)
                {
                    Assert.False(progress.IsComplete);
                    var piece = json.Substring(at, Math.Min(step, json.Length - at));
                    if (escape)
                    {
                        var escaped = JsonSerializer.Serialize(piece)[1..^1];
                        progress.Feed(new JsonText(Encoding.UTF8.GetBytes(escaped), escaped.Contains('\\', StringComparison.Ordinal)));
                    }
                    else progress.Feed(Plain(piece));
                }
                Assert.True(progress.IsComplete, json);
            },
            iter: 3000);
    }

    [Fact]
    public void No_byte_that_changes_on_the_way_makes_anything_throw_or_write_an_invalid_body()
    {
        var request = Encoding.UTF8.GetBytes(With(
            "\"system\":\"S\",\"temperature\":0.5,\"stop_sequences\":[\"a\"],\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"auto\"},\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}",
            """{"role":"user","content":[{"type":"text","text":"A\u00e9\n"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"gemini.x"},{"type":"tool_use","id":"c","name":"f","input":{"a":"\n"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"r"}]}]}"""));
        var (valid, taken) = (0, 0);
        Gen.Select(Gen.Int[0, 1 << 20], Gen.OneOf(Gen.Byte, Gen.Int[0, 13].Select(i => "{}[]\",:\\01nt ae"u8[i]))).Array[1, 3].Sample(
            changes =>
            {
                var body = request.ToArray();
                foreach (var (at, value) in changes) body[at % body.Length] = value;
                using var index = new JsonIndex();
                if (!index.TryBuild(body, 64, 10_000, out _)) return;
                Interlocked.Increment(ref valid);
                var (chat, output) = (new ChatRequest(), new ByteBuffer());
                if (!AnthropicRequestDecoder.TryDecode(body, index.Tokens, chat, out var error) || !new AnthropicRequestEncoder().TryEncode(chat, new(), output, [], out error))
                {
                    Assert.NotNull(error);
                    return;
                }
                Assert.True(TokenEstimate.Of(chat) > 0);
                Interlocked.Increment(ref taken);
                using var check = new JsonIndex();
                Assert.True(check.TryBuild(output.Span, 64, 10_000, out var wrong), $"{wrong} {Encoding.UTF8.GetString(output.Span)}");
            },
            iter: 20_000);
        Assert.True(valid > 1000 && taken > 500, $"{valid} {taken}");
    }

    [Fact]
    public void No_byte_that_changes_in_a_stream_makes_the_encoders_or_the_tap_throw()
    {
        var streams = Goldens.All.Select(golden => Encoding.UTF8.GetBytes(golden.Stream)).ToArray();
        Gen.Select(Gen.Int[0, streams.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 4]).Sample(
            (which, changes) =>
            {
                var bytes = streams[which].ToArray();
                foreach (var (at, value) in changes) bytes[at % bytes.Length] = value;
                var (tap, decoder, encoder, whole, output) = (new AnthropicTap(), new AnthropicResponseDecoder(), new AnthropicStreamEncoder(), new AnthropicResponseEncoder(), new ByteBuffer());
                encoder.Begin(output, Wire.Output);
                Wire.Events((type, data) => { tap.Look(type, data); decoder.Push(type, data, encoder); }, bytes);
                decoder.Reset();
                whole.Begin(new ByteBuffer(), Wire.Output);
                Wire.Events((type, data) => decoder.Push(type, data, whole), bytes);
                if (encoder.IsWritten) Assert.EndsWith("message_stop\"}\n\n", Encoding.UTF8.GetString(output.Span), StringComparison.Ordinal);
            },
            iter: 3000);
    }
}
