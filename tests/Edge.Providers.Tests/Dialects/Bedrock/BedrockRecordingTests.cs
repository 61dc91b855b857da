using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Bedrock;

/// <summary>Real traffic of others, read from the shared data folder.</summary>
public class BedrockRecordingTests
{
    [Fact]
    public void Recorded_answers_say_in_OpenAIs_words_what_they_said()
    {
        var (whole, streams) = (0, 0);
        foreach (var record in SharedData.Lines("wire/recorded/bedrock.jsonl"))
        {
            var response = record.GetProperty("response");
            if (!record.GetProperty("api").GetString()!.StartsWith("converse", StringComparison.Ordinal) || response.GetProperty("status").GetInt32() != 200) continue;
            var id = record.GetProperty("id").GetString()!;
            if (response.TryGetProperty("base64", out var base64))
            {
                streams++;
                var bytes = base64.GetBytesFromBase64();
                Check(id, Assemble(Messages(bytes)), sink => BedrockWire.Decode(sink, bytes), sink => BedrockWire.Decode(sink, bytes.Select(b => (ReadOnlyMemory<byte>)new[] { b })));
            }
            else
            {
                whole++;
                var body = response.GetProperty("body");
                Check(id, OfWhole(body), sink => BedrockWire.Whole(body.GetRawText(), sink));
            }
        }
        Assert.True(whole > 80 && streams > 6, $"{whole} + {streams}");
    }

    [Fact]
    public void Fixtures_say_in_OpenAIs_words_what_they_said()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/fixtures/amazon-bedrock.jsonl"))
        {
            count++;
            var id = record.GetProperty("case").GetString()!;
            if (record.TryGetProperty("events", out var events))
            {
                var named = events.EnumerateArray().Select(e => e.EnumerateObject().Single()).Select(e => (e.Name, e.Value)).ToList();
                var stream = BedrockWire.Stream(events.EnumerateArray().Select(e => e.GetRawText()));
                Check(id, Assemble(named), sink => BedrockWire.Decode(sink, stream));
            }
            else
            {
                Check(id, OfWhole(record.GetProperty("body")), sink => BedrockWire.Whole(record.GetProperty("body").GetRawText(), sink));
            }
        }
        Assert.True(count >= 6, $"{count}");
    }

    [Fact]
    public void The_OpenAI_compatible_endpoint_answers_as_OpenAI_does()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/recorded/bedrock_mantle.jsonl"))
        {
            if (record.GetProperty("api").GetString() != "completions") continue;
            count++;
            var body = record.GetProperty("response").GetProperty("body");
            var recorder = Dialects.Wire.DecodeOpenAiWhole(body.GetRawText());
            var (choice, usage) = (body.GetProperty("choices")[0], body.GetProperty("usage"));
            var message = choice.GetProperty("message");
            Assert.Equal(message.GetProperty("content").GetString(), recorder["text:0"]);
            if (message.TryGetProperty("reasoning", out var reasoning)) Assert.Equal(reasoning.GetString(), recorder["thinking:0"]);
            Assert.Equal(FinishReason.Stop, recorder.Finishes[0]);
            Assert.Equal((usage.GetProperty("prompt_tokens").GetInt64(), usage.GetProperty("completion_tokens").GetInt64()), (recorder.UsageTotals.Input, recorder.UsageTotals.Output));
        }
        Assert.True(count > 0);
    }

    private static void Check(string id, string expected, params Action<IChatEventSink>[] ways)
    {
        foreach (var way in ways)
        {
            var recorder = new Recorder();
            way(recorder);
            Assert.True(recorder.Failure is null, $"{id}: {recorder.Failure}");
            Assert.True(expected == Facts.Of(recorder), $"{id}\n{expected}\n---\n{Facts.Of(recorder)}");
            Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
            Assert.Equal(expected, Facts.OfOpenAi(Facts.Data(BedrockWire.ToOpenAi(new OpenAiChatStreamEncoder(), way))));
            Assert.Equal(expected, Facts.OfOpenAi(JsonDocument.Parse(BedrockWire.ToOpenAi(new OpenAiChatResponseEncoder(), way)).RootElement));
        }
    }

    // An independent walk over the framing: lengths alone, the type by its place behind its header's name.
    private static List<(string Type, JsonElement Payload)> Messages(byte[] bytes)
    {
        var messages = new List<(string, JsonElement)>();
        for (var at = 0; at < bytes.Length;)
        {
            var total = int.Parse(Convert.ToHexString(bytes, at, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var headers = int.Parse(Convert.ToHexString(bytes, at + 4, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var text = Encoding.Latin1.GetString(bytes, at + 12, headers);
            var name = text.IndexOf(":event-type", StringComparison.Ordinal) + 11;
            var type = text.Substring(name + 3, text[name + 2]);
            messages.Add((type, JsonDocument.Parse(bytes.AsMemory(at + 12 + headers, total - headers - 16)).RootElement));
            at += total;
        }
        return messages;
    }

    private static string Assemble(List<(string Type, JsonElement Payload)> events)
    {
        var (text, thinking, finish) = (new StringBuilder(), new StringBuilder(), "");
        var calls = new SortedDictionary<int, (string Id, string Name, StringBuilder Input)>();
        JsonElement usage = default;
        foreach (var (type, payload) in events)
        {
            var index = payload.TryGetProperty("contentBlockIndex", out var given) ? given.GetInt32() : -1;
            switch (type)
            {
                case "contentBlockStart":
                    if (payload.GetProperty("start").TryGetProperty("toolUse", out var start) && !IsServerTool(start))
                    {
                        calls[index] = (start.GetProperty("toolUseId").GetString()!, start.GetProperty("name").GetString()!, new StringBuilder());
                    }
                    break;
                case "contentBlockDelta":
                    var delta = payload.GetProperty("delta");
                    if (delta.TryGetProperty("text", out var more)) text.Append(more.GetString());
                    if (delta.TryGetProperty("reasoningContent", out var reasoning) && reasoning.TryGetProperty("text", out var thought)) thinking.Append(thought.GetString());
                    if (delta.TryGetProperty("toolUse", out var tool) && calls.TryGetValue(index, out var call)) call.Input.Append(tool.GetProperty("input").GetString());
                    break;
                case "messageStop": finish = payload.GetProperty("stopReason").GetString()!; break;
                case "metadata": usage = payload.GetProperty("usage"); break;
            }
        }
        return Write(text, thinking, calls.Values.Select(c => (c.Id, c.Name, c.Input.Length == 0 ? "{}" : c.Input.ToString())), finish, usage);
    }

    private static string OfWhole(JsonElement body)
    {
        var (text, thinking) = (new StringBuilder(), new StringBuilder());
        var calls = new List<(string, string, string)>();
        foreach (var block in body.GetProperty("output").GetProperty("message").GetProperty("content").EnumerateArray())
        {
            if (block.TryGetProperty("text", out var part) && part.ValueKind == JsonValueKind.String) text.Append(part.GetString());
            if (block.TryGetProperty("reasoningContent", out var reasoning) && reasoning.TryGetProperty("reasoningText", out var thought)) thinking.Append(thought.GetProperty("text").GetString());
            if (block.TryGetProperty("toolUse", out var call) && !IsServerTool(call))
            {
                calls.Add((call.GetProperty("toolUseId").GetString()!, call.GetProperty("name").GetString()!, call.GetProperty("input").GetRawText()));
            }
        }
        return Write(text, thinking, calls, body.GetProperty("stopReason").GetString()!, body.GetProperty("usage"));
    }

    private static bool IsServerTool(JsonElement call) => call.TryGetProperty("type", out var type) && type.GetString() == "server_tool_use";

    // In the form of Facts.
    private static string Write(StringBuilder text, StringBuilder thinking, IEnumerable<(string Id, string Name, string Input)> calls, string finish, JsonElement usage)
    {
        var reason = finish switch { "tool_use" => "tool_calls", "max_tokens" => "length", "guardrail_intervened" or "content_filtered" => "content_filter", _ => "stop" };
        long Count(string name) => usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        var input = Count("inputTokens") + Count("cacheReadInputTokens") + Count("cacheWriteInputTokens");
        // The provider's own sum says whether what is cached comes on top.
        Assert.Equal(Count("totalTokens"), input + Count("outputTokens"));
        var facts = new StringBuilder($"0: text={text}\nrefusal=\nthinking={thinking}\n");
        foreach (var (id, name, arguments) in calls) facts.Append(CultureInfo.InvariantCulture, $"call {id} {name} {Dialects.Wire.Compact(arguments)}\n");
        return facts.Append(CultureInfo.InvariantCulture, $"finish={reason}\nusage={input}+{Count("outputTokens")}").ToString();
    }
}
