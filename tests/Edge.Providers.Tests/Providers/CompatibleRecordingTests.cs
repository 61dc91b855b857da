using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Tests.Dialects;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Providers;

/// <summary>Real answers of those that speak OpenAI's dialect, each with its own habits.</summary>
public class CompatibleRecordingTests
{
    private static readonly Codec _codec = new(() => new OpenAiChatRequestEncoder(), () => new OpenAiChatResponseDecoder(), Framing.Sse);

    [Theory]
    [InlineData("recorded/mistral", 33, 0)]
    [InlineData("recorded/groq", 27, 3)]
    [InlineData("recorded/deepseek", 0, 1)]
    [InlineData("recorded/huggingface", 7, 1)]
    [InlineData("recorded/openrouter", 21, 1)]
    [InlineData("recorded/ollama", 2, 0)]
    [InlineData("recorded/azure_openai", 1, 0)]
    [InlineData("recorded/other_openai_compatible", 18, 1)]
    [InlineData("fixtures/mistral", 3, 4)]
    [InlineData("fixtures/groq", 1, 0)]
    [InlineData("fixtures/xai", 1, 1)]
    [InlineData("fixtures/deepseek", 2, 1)]
    [InlineData("fixtures/alibaba", 2, 2)]
    [InlineData("fixtures/moonshotai", 3, 0)]
    [InlineData("fixtures/azure", 1, 0)]
    public void Answers_say_what_they_said(string file, int wholeAtLeast, int streamsAtLeast)
    {
        var (whole, streams) = (0, 0);
        foreach (var (id, answer) in Answers(file))
        {
            if (answer.Body is { } body)
            {
                whole++;
                var expected = Expected([body]);
                _codec.CheckWhole(id, expected, body.GetRawText());
                CheckTap(id, _codec.Whole(body.GetRawText()), tap => tap.Whole(Encoding.UTF8.GetBytes(body.GetRawText())));
            }
            else
            {
                streams++;
                var chunks = Facts.Data(answer.Stream!).ToList();
                _codec.CheckStream(id, Expected(chunks), answer.Stream!);
                var marks = TapMarks.None;
                CheckTap(id, _codec.Stream(answer.Stream!), tap =>
                {
                    Dialects.Wire.Events((type, data) => marks |= tap.Look(type, data), Encoding.UTF8.GetBytes(answer.Stream!));
                    return marks;
                });
                Assert.True(marks.HasFlag(TapMarks.Done | TapMarks.Finish), id);
            }
        }
        Assert.True(whole >= wholeAtLeast && streams >= streamsAtLeast, $"{whole} {streams}");
    }

    [Theory]
    [InlineData("groq", 2, "tool_use_failed")]
    [InlineData("openrouter", 1, "400")]
    public void An_error_inside_a_stream_is_told(string file, int streams, string code)
    {
        var count = 0;
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            if (!record.GetProperty("response").TryGetProperty("text", out var text) || !text.GetString()!.Contains("chat.completion.chunk", StringComparison.Ordinal) || !HasError(text.GetString()!)) continue;
            count++;
            var recorder = _codec.Stream(text.GetString()!);
            Assert.Equal((code, 400, ErrorSide.Client, 0), (recorder.Failure!.Code, recorder.Failure.Status, recorder.Failure.Side, recorder.Ends));
        }
        Assert.Equal(streams, count);
    }

    // Independent of the decoder. OpenAI's own facts, after the habits of others are put into OpenAI's words.
    private static string Expected(IEnumerable<JsonElement> parts) => Facts.OfOpenAi(parts.Select(Plain));

    private static JsonElement Plain(JsonElement part)
    {
        var node = JsonNode.Parse(part.GetRawText())!.AsObject();
        // xAI counts reasoning beside the completion; the total tells.
        if (node["usage"] is JsonObject usage && (long?)usage["completion_tokens_details"]?["reasoning_tokens"] is { } reasoned
            && (long?)usage["total_tokens"] == (long)usage["prompt_tokens"]! + (long)usage["completion_tokens"]! + reasoned)
        {
            usage["completion_tokens"] = (long)usage["completion_tokens"]! + reasoned;
        }
        foreach (var choice in node["choices"]!.AsArray())
        {
            var message = (choice!["delta"] ?? choice["message"])!.AsObject();
            if (message["content"] is JsonArray list)
            {
                message["reasoning_content"] = string.Concat(list.Where(p => (string?)p!["type"] == "thinking").SelectMany(p => p!["thinking"]!.AsArray()).Select(t => (string?)t!["text"]));
                message["content"] = string.Concat(list.Where(p => (string?)p!["type"] == "text").Select(p => (string?)p!["text"]));
            }
            if (message["reasoning_content"] is null && message["reasoning"] is JsonValue reasoning) message["reasoning_content"] = reasoning.DeepClone();
        }
        return JsonSerializer.SerializeToElement(node);
    }

    private static void CheckTap(string? id, Recorder recorder, Func<OpenAiChatTap, TapMarks> look)
    {
        var tap = new OpenAiChatTap();
        look(tap);
        Assert.True(recorder.UsageTotals == tap.Usage, $"{id}: {recorder.UsageTotals} {tap.Usage}");
        Assert.True(recorder.UsageTotals.IsReported, id);
        Assert.Equal(recorder.Finishes[0], tap.Finish);
    }

    private static IEnumerable<(string? Id, (JsonElement? Body, string? Stream) Answer)> Answers(string file)
    {
        foreach (var record in SharedData.Lines($"wire/{file}.jsonl"))
        {
            if (record.TryGetProperty("response", out var response))
            {
                var id = record.GetProperty("id").GetString();
                if (response.GetProperty("status").GetInt32() != 200) continue;
                if (response.TryGetProperty("text", out var text))
                {
                    var stream = text.GetString()!;
                    if (stream.Contains("chat.completion.chunk", StringComparison.Ordinal) && !HasError(stream)) yield return (id, (null, stream));
                }
                else if (IsCompletion(response.GetProperty("body"))) yield return (id, (response.GetProperty("body"), null));
                continue;
            }
            var name = record.GetProperty("case").GetString();
            if (record.TryGetProperty("events", out var events))
            {
                var chunks = events.EnumerateArray().Select(e => e.GetRawText()).ToList();
                if (chunks[0].Contains("chat.completion.chunk", StringComparison.Ordinal)) yield return (name, (null, string.Concat(chunks.Select(c => $"data: {c}\n\n")) + "data: [DONE]\n\n"));
            }
            else if (record.TryGetProperty("body", out var body) && IsCompletion(body)) yield return (name, (body, null));
        }
    }

    private static bool HasError(string stream) => Facts.Data(stream).Any(data => data.TryGetProperty("error", out _));

    private static bool IsCompletion(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("choices", out _) && !(body.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null);
}
