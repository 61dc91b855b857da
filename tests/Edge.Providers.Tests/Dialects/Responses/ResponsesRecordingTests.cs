using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.TestSupport;
using JsonValue = Edge.Providers.Json.JsonValue;

namespace Edge.Providers.Tests.Dialects.Responses;

/// <summary>Real traffic of others, read from the shared data folder.</summary>
public class ResponsesRecordingTests
{
    [Fact]
    public void Recorded_answers_of_Responses_say_what_they_said_in_every_dialect()
    {
        var (whole, streams) = (0, 0);
        foreach (var record in SharedData.Lines("wire/recorded/openai_responses.jsonl"))
        {
            var id = record.GetProperty("id").GetString()!;
            var response = record.GetProperty("response");
            if (response.GetProperty("status").GetInt32() != 200) continue;
            if (response.TryGetProperty("text", out var text))
            {
                streams++;
                CheckStream(id, text.GetString()!);
            }
            else if (response.GetProperty("body").GetProperty("status").GetString() is "completed" or "incomplete")
            {
                whole++;
                CheckWhole(id, response.GetProperty("body"));
            }
            else Assert.NotNull(ResponsesWire.DecodeWholeAnswer(response.GetProperty("body").GetRawText()).Failure);
        }
        Assert.True(whole > 100 && streams > 5, $"{whole} + {streams}");
    }

    [Theory]
    [InlineData("openai", 20)]
    [InlineData("open-responses", 3)]
    [InlineData("azure", 5)]
    public void Fixtures_of_Responses_say_what_they_said_in_every_dialect(string file, int least)
    {
        var count = 0;
        foreach (var record in SharedData.Lines($"wire/fixtures/{file}.jsonl"))
        {
            var id = record.GetProperty("case").GetString()!;
            if (record.TryGetProperty("events", out var events))
            {
                var list = events.EnumerateArray().ToList();
                if (!list[0].TryGetProperty("type", out var type) || !type.GetString()!.StartsWith("response.", StringComparison.Ordinal)) continue;
                count++;
                // Some hold several turns' streams one behind the other; these deltas were thinned out by hand.
                var end = list.FindIndex(e => e.GetProperty("type").GetString() is "response.completed" or "response.incomplete" or "response.failed");
                if (id is "openai-phase.1" or "openai-shell-container.1") continue;
                CheckStream(id, ResponsesWire.Stream(list[..(end + 1)].Select(e => e.GetRawText())));
            }
            else if (record.GetProperty("body").TryGetProperty("output", out _))
            {
                count++;
                CheckWhole(id, record.GetProperty("body"));
            }
        }
        Assert.True(count >= least, $"{count}");
    }

    [Fact]
    public void Recorded_requests_are_taken_or_refused_for_what_they_need()
    {
        var (taken, refused) = (0, 0);
        foreach (var record in SharedData.Lines("wire/recorded/openai_responses.jsonl"))
        {
            if (record.GetProperty("response").GetProperty("status").GetInt32() != 200) continue;
            var body = record.GetProperty("request").GetProperty("body");
            var json = body.GetRawText();
            var error = ResponsesWire.Decode(json, out var request);
            if (error is not null)
            {
                refused++;
                Assert.Matches("^(previous_response_id|conversation|background|input\\[\\d+\\]\\.type)$", error.Field);
                continue;
            }
            taken++;
            var (anthropic, _, anthropicError) = ResponsesWire.ToAnthropic(json);
            // A file's id is valid at its own provider alone, and instructions alone are no conversation there.
            Assert.True(anthropicError is null || anthropicError.Field == "messages" || anthropicError.Field.EndsWith("file_id", StringComparison.Ordinal), $"{anthropicError}");
            if (anthropicError is null) Assert.True(JsonDocument.Parse(anthropic).RootElement.GetProperty("messages").GetArrayLength() > 0);
            // Written as Responses and read again it is the same request.
            var (again, _, responsesError) = ResponsesWire.ToResponses(request);
            Assert.True(responsesError is null, $"{responsesError}");
            Assert.Equal(again, ResponsesWire.ToResponses(ResponsesWire.Decoded(again)).Body);
            // A text file goes as its text.
            if (!json.Contains("data:text/plain", StringComparison.Ordinal)) CheckSameInput(record.GetProperty("id").GetString()!, body, JsonDocument.Parse(again).RootElement);
            // The echo is JSON on one line.
            var echo = Encoding.UTF8.GetString(ResponsesWire.Echo(json));
            Assert.DoesNotContain('\n', echo);
            JsonDocument.Parse("{" + echo.TrimEnd(',') + "}");
        }
        Assert.True(taken > 80 && refused > 10, $"{taken} {refused}");
    }

    [Theory]
    [InlineData("anthropic", 100)]
    [InlineData("openai_chat", 60)]
    [InlineData("deepseek", 1)]
    [InlineData("groq", 10)]
    public void Answers_of_other_dialects_go_through_the_encoders(string file, int least)
    {
        var count = 0;
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            var response = record.GetProperty("response");
            var isAnthropic = file == "anthropic";
            if (response.GetProperty("status").GetInt32() != 200 || (isAnthropic && record.GetProperty("api").GetString() != "messages")) continue;
            Action<IChatEventSink>? push = null;
            if (response.TryGetProperty("text", out var text))
            {
                push = sink =>
                {
                    IChatResponseDecoder decoder = isAnthropic ? new AnthropicResponseDecoder() : new OpenAiChatResponseDecoder();
                    Wire.Events((type, data) => decoder.Push(type, data, sink), Encoding.UTF8.GetBytes(text.GetString()!));
                };
            }
            else if (response.TryGetProperty("body", out var body) && (body.TryGetProperty("content", out _) || body.TryGetProperty("choices", out _)))
            {
                push = sink =>
                {
                    var bytes = Encoding.UTF8.GetBytes(body.GetRawText());
                    using var index = Wire.Index(bytes);
                    IChatResponseDecoder decoder = isAnthropic ? new AnthropicResponseDecoder() : new OpenAiChatResponseDecoder();
                    decoder.Whole(new JsonValue(bytes, index.Tokens), sink);
                };
            }
            if (push is null) continue;
            var recorder = new Recorder();
            push(recorder);
            if (recorder.Ends == 0) continue;
            count++;
            CheckEncoders(record.GetProperty("id").GetString()!, ResponsesWire.Facts(recorder), push);
        }
        Assert.True(count >= least, $"{count}");
    }

    private static void CheckStream(string id, string stream)
    {
        var final = Facts.Data(stream).LastOrDefault(e => e.TryGetProperty("response", out _));
        var type = final.GetProperty("type").GetString();
        var bytes = Encoding.UTF8.GetBytes(stream);
        var recorder = ResponsesWire.DecodeAnswer(bytes);
        var tap = new ResponsesTap();
        var marks = TapMarks.None;
        Wire.Events((name, data) => marks |= tap.Look(name, data), bytes);
        if (type is not ("response.completed" or "response.incomplete"))
        {
            Assert.Equal(0, recorder.Ends);
            Assert.False(marks.HasFlag(TapMarks.Done));
            Assert.Equal(type == "response.failed", recorder.Failure is not null && tap.Failure is not null);
            return;
        }
        var expected = ResponsesWire.Facts(final.GetProperty("response"));
        Check(id, expected, recorder);
        Assert.True(marks.HasFlag(TapMarks.Done | TapMarks.Finish | TapMarks.Usage), id);
        Assert.Equal(recorder.UsageTotals, tap.Usage);
        Assert.Equal(recorder.Finishes[0], tap.Finish);
        CheckEncoders(id, expected, sink => ResponsesWire.Push(new ResponsesDecoder(), sink, bytes));
        CheckChat(id, recorder, sink => ResponsesWire.Push(new ResponsesDecoder(), sink, bytes));
    }

    private static void CheckWhole(string id, JsonElement body)
    {
        var (json, expected) = (body.GetRawText(), ResponsesWire.Facts(body));
        var recorder = ResponsesWire.DecodeWholeAnswer(json);
        Check(id, expected, recorder);
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        var tap = new ResponsesTap();
        Assert.Equal(TapMarks.Finish | TapMarks.Usage, tap.Whole(new JsonValue(bytes, index.Tokens)));
        Assert.Equal(recorder.UsageTotals, tap.Usage);
        Assert.Equal(recorder.Finishes[0], tap.Finish);
        CheckEncoders(id, expected, sink => ResponsesWire.Whole(json, sink));
        CheckChat(id, recorder, sink => ResponsesWire.Whole(json, sink));
    }

    private static void Check(string id, string expected, Recorder recorder)
    {
        Assert.True(recorder.Failure is null, $"{id}: {recorder.Failure}");
        Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
        Assert.True(expected == ResponsesWire.Facts(recorder), $"{id}\n{expected}\n---\n{ResponsesWire.Facts(recorder)}");
        Assert.StartsWith("resp_", recorder.Id.Replace("capture-id", "resp_", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static void CheckEncoders(string id, string expected, Action<IChatEventSink> push)
    {
        var (stream, whole) = ResponsesWire.Encode(push);
        var final = ResponsesAccumulator.Of(stream).Final!;
        Assert.True(expected == ResponsesWire.Facts(ResponsesWire.Json(whole)), $"{id}\n{expected}\n---\n{ResponsesWire.Facts(ResponsesWire.Json(whole))}");
        Assert.True(JsonNode.DeepEquals(final, JsonNode.Parse(whole)), id);
    }

    private static void CheckChat(string id, Recorder recorder, Action<IChatEventSink> push)
    {
        var (stream, whole, streamed, folded) = (new ByteBuffer(), new ByteBuffer(), new OpenAiChatStreamEncoder(), new OpenAiChatResponseEncoder());
        streamed.Begin(stream, Wire.Output with { IncludeUsage = true });
        folded.Begin(whole, Wire.Output);
        push(streamed);
        push(folded);
        var expected = Facts.Of(recorder);
        Assert.True(expected == Facts.OfOpenAi(Facts.Data(Encoding.UTF8.GetString(stream.Span))), id);
        Assert.True(expected == Facts.OfOpenAi(ResponsesWire.Json(Encoding.UTF8.GetString(whole.Span))), id);
    }

    // Texts and calls in their order, whatever the items look like.
    private static void CheckSameInput(string id, JsonElement theirs, JsonElement ours)
    {
        Assert.True(Said(theirs) == Said(ours), $"{id}\n{Said(theirs)}\n---\n{Said(ours)}");

        static string Said(JsonElement body)
        {
            var said = new StringBuilder();
            if (body.TryGetProperty("instructions", out var instructions) && instructions.GetString() is { Length: > 0 }) said.Append(instructions.GetString()).Append('|');
            var input = body.GetProperty("input");
            if (input.ValueKind == JsonValueKind.String) return said.Append(input.GetString()).Append('|').ToString();
            foreach (var item in input.EnumerateArray())
            {
                foreach (var name in new[] { "call_id", "name", "arguments", "output", "content", "encrypted_content" })
                {
                    var isKnown = !item.TryGetProperty("type", out var type) || type.GetString() is "message" or "function_call" or "function_call_output" or "reasoning";
                    if (!isKnown || !item.TryGetProperty(name, out var value)) continue;
                    if (value.ValueKind == JsonValueKind.String && value.GetString() == "") continue;
                    if (value.ValueKind == JsonValueKind.String) said.Append(value.GetString()).Append('|');
                    else if (value.ValueKind == JsonValueKind.Array)
                    {
                        foreach (var part in value.EnumerateArray()) said.Append(part.TryGetProperty("text", out var text) ? text.GetString() : "*").Append('|');
                    }
                }
            }
            return said.ToString();
        }
    }
}
