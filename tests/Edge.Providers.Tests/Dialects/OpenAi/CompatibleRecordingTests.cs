using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.OpenAi;

/// <summary>Live traffic of everybody who speaks the dialect: answers against a walk of their JSON that knows nothing of the decoder, requests there and back.</summary>
public class CompatibleRecordingTests
{
    [Theory]
    [InlineData("recorded/openai_chat", 80)]
    [InlineData("recorded/azure_openai", 1)]
    [InlineData("recorded/deepseek", 1)]
    [InlineData("recorded/groq", 25)]
    [InlineData("recorded/huggingface", 5)]
    [InlineData("recorded/mistral", 30)]
    [InlineData("recorded/openrouter", 20)]
    [InlineData("recorded/other_openai_compatible", 15)]
    [InlineData("fixtures/deepseek", 3)]
    [InlineData("fixtures/mistral", 6)]
    [InlineData("fixtures/groq", 1)]
    [InlineData("fixtures/alibaba", 4)]
    [InlineData("fixtures/moonshotai", 3)]
    [InlineData("fixtures/xai", 1)]
    [InlineData("fixtures/openai", 1)]
    [InlineData("fixtures/openai-compatible", 1)]
    public void Answers_say_what_they_said(string file, int atLeast)
    {
        var count = 0;
        foreach (var record in SharedData.Lines($"wire/{file}.jsonl"))
        {
            var id = record.GetProperty("id").GetString()!;
            var response = record.TryGetProperty("response", out var given) ? given : record;
            if (response.TryGetProperty("status", out var status) && status.GetInt32() != 200) continue;
            if (Stream(response) is { } stream)
            {
                var chunks = Facts.Data(stream).ToList();
                if (!chunks.Any(IsAnswer) || chunks.Any(chunk => chunk.TryGetProperty("error", out _))) continue;
                count++;
                Check(id, chunks, Wire.DecodeOpenAi(Encoding.UTF8.GetBytes(stream)), stream.Contains("[DONE]\n\n", StringComparison.Ordinal));
            }
            else if (response.TryGetProperty("body", out var body) && IsAnswer(body))
            {
                count++;
                Check(id, [body], Wire.DecodeOpenAiWhole(body.GetRawText()), isEnded: true);
            }
        }
        Assert.True(count >= atLeast, $"{count}");
    }

    private static string? Stream(JsonElement response)
    {
        if (response.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String) return text.GetString();
        if (!response.TryGetProperty("events", out var events)) return null;
        return string.Concat(events.EnumerateArray().Select(chunk => $"data: {chunk.GetRawText()}\n\n")) + "data: [DONE]\n\n";
    }

    private static bool IsAnswer(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array
        && choices.EnumerateArray().Any(choice => choice.TryGetProperty("message", out _) || choice.TryGetProperty("delta", out _));

    private static void Check(string id, List<JsonElement> parts, Recorder recorder, bool isEnded)
    {
        Assert.True(recorder.Failure is null, $"{id} {recorder.Failure}");
        Assert.Equal((1, isEnded ? 1 : 0), (recorder.Starts, recorder.Ends));
        var (text, thinking, arguments, names, finish) = (new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder(), "");
        var (input, output, cached, reasoning, total) = (-1L, -1L, -1L, -1L, -1L);
        foreach (var part in parts)
        {
            if (Member(part, "usage") is { ValueKind: JsonValueKind.Object } usage)
            {
                (input, output, total) = (Number(usage, "prompt_tokens"), Number(usage, "completion_tokens"), Number(usage, "total_tokens"));
                cached = Math.Max(Number(Member(usage, "prompt_tokens_details"), "cached_tokens"), Number(usage, "prompt_cache_hit_tokens"));
                reasoning = Number(Member(usage, "completion_tokens_details"), "reasoning_tokens");
            }
            else if (Member(Member(part, "x_groq"), "usage") is { ValueKind: JsonValueKind.Object } groq)
            {
                (input, output, reasoning) = (Number(groq, "prompt_tokens"), Number(groq, "completion_tokens"), Number(Member(groq, "completion_tokens_details"), "reasoning_tokens"));
            }
            foreach (var choice in part.GetProperty("choices").EnumerateArray())
            {
                if (choice.GetProperty("index").GetInt32() != 0) continue;
                if (Member(choice, "finish_reason") is { ValueKind: JsonValueKind.String } reason && reason.GetString() is { Length: > 0 } given) finish = given;
                var delta = Member(choice, "delta").ValueKind == JsonValueKind.Object ? Member(choice, "delta") : Member(choice, "message");
                var content = Member(delta, "content");
                if (content.ValueKind == JsonValueKind.String) text.Append(content.GetString());
                else if (content.ValueKind == JsonValueKind.Array)
                {
                    foreach (var piece in content.EnumerateArray())
                    {
                        if (Member(piece, "text") is { ValueKind: JsonValueKind.String } said) text.Append(said.GetString());
                        if (Member(piece, "thinking") is { ValueKind: JsonValueKind.Array } thought)
                        {
                            foreach (var inner in thought.EnumerateArray()) thinking.Append(inner.GetProperty("text").GetString());
                        }
                    }
                }
                // What a spoken answer says.
                if (text.Length == 0 && Member(Member(delta, "audio"), "transcript") is { ValueKind: JsonValueKind.String } spoken) text.Append(spoken.GetString());
                if (Member(delta, "reasoning_content") is { ValueKind: JsonValueKind.String } why) thinking.Append(why.GetString());
                else if (Member(delta, "reasoning") is { ValueKind: JsonValueKind.String } because) thinking.Append(because.GetString());
                if (Member(delta, "tool_calls") is not { ValueKind: JsonValueKind.Array } calls) continue;
                foreach (var call in calls.EnumerateArray())
                {
                    if (Member(call.GetProperty("function"), "name") is { ValueKind: JsonValueKind.String } name) names.Append(name.GetString());
                    if (Member(call.GetProperty("function"), "arguments") is { ValueKind: JsonValueKind.String } fragment) arguments.Append(fragment.GetString());
                }
            }
        }
        // xAI reckons reasoning beside the output.
        if (reasoning > 0 && total == input + output + reasoning) output += reasoning;
        Assert.Equal((id, text.ToString(), thinking.ToString()), (id, recorder["text:0"], recorder["thinking:0"]));
        var calledNames = string.Concat(Enumerable.Range(0, recorder.ToolCalls(0)).Select(call => recorder[$"name:0:{call}"]));
        var calledWith = string.Concat(Enumerable.Range(0, recorder.ToolCalls(0)).Select(call => recorder[$"args:0:{call}"]));
        Assert.Equal((id, names.ToString(), Sorted(arguments.ToString())), (id, calledNames, Sorted(calledWith)));
        Assert.Equal((id, input, output), (id, recorder.UsageTotals.Input, recorder.UsageTotals.Output));
        if (cached >= 0) Assert.Equal((id, cached), (id, recorder.UsageTotals.CacheRead));
        Assert.Equal((id, reasoning), (id, recorder.UsageTotals.Reasoning));
        if (finish.Length == 0) return;
        var expected = finish switch
        {
            _ when names.Length > 0 && finish is "stop" or "tool_calls" => FinishReason.ToolCalls,
            "length" => FinishReason.Length,
            "content_filter" => FinishReason.ContentFilter,
            _ => FinishReason.Stop,
        };
        Assert.Equal((id, expected), (id, recorder.Finishes[0]));
    }

    // Fragments of parallel calls may be interleaved: their characters are the same all the same.
    private static string Sorted(string text) => string.Concat(text.Order());

    [Theory]
    [InlineData("openai_chat", "openai")]
    [InlineData("azure_openai", "openai_compatible")]
    [InlineData("groq", "groq")]
    [InlineData("deepseek", "deepseek")]
    [InlineData("mistral", "openai_compatible")]
    [InlineData("huggingface", "huggingface")]
    [InlineData("openrouter", "openrouter")]
    [InlineData("other_openai_compatible", "openai_compatible")]
    public void Requests_come_back_with_the_same_meaning(string file, string provider)
    {
        var (taken, refused) = (0, new List<string>());
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            var body = record.GetProperty("request").GetProperty("body");
            if (record.GetProperty("response").GetProperty("status").GetInt32() != 200 || body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("messages", out _)) continue;
            var id = record.GetProperty("id").GetString();
            var error = Requests.Decode(body.GetRawText(), out var request);
            string json = "";
            if (error is null) (json, _, error) = OpenAiChatRequestEncoderTests.Encode(request, provider);
            if (error is not null)
            {
                refused.Add($"{id} {error}");
                continue;
            }
            taken++;
            var encoded = JsonDocument.Parse(json).RootElement;
            Assert.Equal($"{id}\n{Meaning(body)}", $"{id}\n{Meaning(encoded)}");
        }
        // What exists at one provider alone: audio, its own tools, Groq's effort "default", Cerebras' and Z.AI's form of thinking.
        Assert.All(refused, error => Assert.Matches("audio|modalities|reasoning_effort|content|tools\\[|thinking", error));
        Assert.True(taken > 0);
    }

    private static string Meaning(JsonElement body)
    {
        var text = new StringBuilder();
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var role = message.GetProperty("role").GetString();
            text.Append(role == "developer" ? "system" : role).Append(' ').Append(Member(message, "tool_call_id")).Append(": ");
            var content = Member(message, "content");
            if (content.ValueKind == JsonValueKind.String) text.Append(content.GetString());
            else if (content.ValueKind == JsonValueKind.Array)
            {
                text.AppendJoin("\n\n", content.EnumerateArray().Select(part => Member(part, "text") is { ValueKind: JsonValueKind.String } piece ? piece.GetString() : part.GetProperty("type").GetString()));
            }
            if (Member(message, "tool_calls") is { ValueKind: JsonValueKind.Array } calls)
            {
                foreach (var call in calls.EnumerateArray())
                {
                    text.Append($" {call.GetProperty("id")} {call.GetProperty("function").GetProperty("name")}({call.GetProperty("function").GetProperty("arguments")})");
                }
            }
            text.Append('\n');
        }
        if (Member(body, "tools") is { ValueKind: JsonValueKind.Array } tools && tools.GetArrayLength() > 0)
        {
            foreach (var tool in tools.EnumerateArray())
            {
                var function = tool.GetProperty("function");
                text.Append($"tool {function.GetProperty("name")} {Member(function, "description")} {Compact(Member(function, "parameters"))} {Member(function, "strict")}\n");
            }
            var choice = Member(body, "tool_choice");
            text.Append($"choice {Compact(choice.ValueKind == JsonValueKind.Object ? choice.GetProperty("function") : choice)} {Member(body, "parallel_tool_calls")}\n");
        }
        foreach (var name in new[] { "temperature", "top_p", "seed", "stop", "service_tier", "frequency_penalty" })
        {
            // One stop sequence may stand alone.
            if (Member(body, name) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value) text.Append($"{name} {(value.ValueKind == JsonValueKind.Number ? $"{value.GetDouble()}" : value.GetRawText().Trim('[', ']'))}\n");
        }
        var max = Member(body, "max_completion_tokens").ValueKind == JsonValueKind.Number ? Member(body, "max_completion_tokens") : Member(body, "max_tokens");
        var stream = Member(body, "stream").ValueKind == JsonValueKind.True;
        return text.Append($"max {max} stream {stream}").ToString();
    }

    private static string Compact(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "" : Wire.Compact(value.GetRawText());

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static long Number(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : -1;
}
