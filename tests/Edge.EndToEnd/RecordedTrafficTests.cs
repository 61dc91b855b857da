using System.Text;
using System.Text.Json;

namespace Edge.EndToEnd;

/// <summary>Live traffic of real providers, replayed through the gateway.</summary>
public class RecordedTrafficTests
{
    [Theory]
    [InlineData("openai_chat", 80)]
    [InlineData("groq", 30)]
    [InlineData("mistral", 30)]
    [InlineData("openrouter", 20)]
    [InlineData("other_openai_compatible", 15)]
    [InlineData("huggingface", 5)]
    [InlineData("ollama", 2)]
    [InlineData("deepseek", 1)]
    public async Task A_recorded_exchange_passes_byte_for_byte(string provider, int atLeast)
    {
        JsonElement answer = default;
        await using var upstream = new FakeUpstream(exchange => AnswerAsync(exchange, answer));
        await using var edge = await EdgeProcess.StartAsync($"""
            providers:
              recorded:
                type: openai_compatible
                url: {upstream.Url}
            routing:
              default_provider: recorded
            """);
        using var client = edge.CreateClient();
        var count = 0;
        foreach (var record in SharedData.Lines($"wire/recorded/{provider}.jsonl"))
        {
            var request = record.GetProperty("request");
            if (!request.GetProperty("path").GetString()!.EndsWith("/chat/completions", StringComparison.Ordinal)) continue;
            // The recorder kept no body, or one that we refuse as the provider did.
            if (request.GetProperty("body") is not { ValueKind: JsonValueKind.Object } asked || asked.GetProperty("messages").GetArrayLength() == 0) continue;
            var id = record.GetProperty("id").GetString()!;
            answer = record.GetProperty("response");
            var body = request.GetProperty("body").GetRawText();
            using var response = await client.PostAsync(body);
            var got = await response.TextAsync();
            Assert.True(answer.GetProperty("status").GetInt32() == (int)response.StatusCode, $"{id}: {got}");
            var sent = upstream.Requests.Last();
            if (answer.TryGetProperty("text", out var text))
            {
                var (usage, expected) = Expected(asked, text.GetString()!);
                Assert.True(usage || sent.Text.Contains("\"include_usage\":true", StringComparison.Ordinal), id);
                Assert.Equal(expected, got);
            }
            else
            {
                Assert.Equal(body, sent.Text);
                Assert.Equal(answer.GetProperty("body").GetRawText(), got);
            }
            count++;
        }
        Assert.True(count >= atLeast, $"Only {count} exchanges.");
        Assert.Empty(upstream.Faults);
        Assert.Equal(0, edge.Log.Count("request_failed"));
    }

    [Fact]
    public async Task Recorded_answers_of_Anthropic_keep_their_text_tools_and_usage()
    {
        JsonElement answer = default;
        await using var upstream = new FakeUpstream(exchange => AnswerAsync(exchange, answer));
        await using var edge = await EdgeProcess.StartAsync(Kit.Anthropic(upstream));
        using var client = edge.CreateClient();
        var count = 0;
        foreach (var record in SharedData.Lines("wire/recorded/anthropic.jsonl"))
        {
            if (record.GetProperty("request").GetProperty("path").GetString()!.Split('?')[0] != "/v1/messages") continue;
            answer = record.GetProperty("response");
            var streamed = answer.TryGetProperty("text", out var text);
            var id = record.GetProperty("id").GetString()!;
            using var response = await client.PostAsync(streamed ? Kit.ClaudeChat.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal) : Kit.ClaudeChat);
            var got = await response.TextAsync();
            Assert.True(answer.GetProperty("status").GetInt32() == (int)response.StatusCode, $"{id}: {got}");
            count++;
            if (!response.IsSuccessStatusCode)
            {
                Kit.AssertError(got);
                continue;
            }
            if (streamed)
            {
                Assert.EndsWith(OpenAiWire.Done, got);
                Assert.Equal(StreamedText(text.GetString()!), Kit.Content(got));
                continue;
            }
            var message = answer.GetProperty("body");
            var choice = JsonDocument.Parse(got).RootElement.GetProperty("choices")[0].GetProperty("message");
            var blocks = message.GetProperty("content").EnumerateArray().ToList();
            var said = string.Concat(blocks.Where(block => TypeOf(block) == "text").Select(block => block.GetProperty("text").GetString()));
            Assert.True(said == (choice.GetProperty("content").GetString() ?? ""), $"{id}: {got}");
            var calls = blocks.Where(block => TypeOf(block) == "tool_use").Select(block => block.GetProperty("id").GetString()).ToList();
            var translated = choice.TryGetProperty("tool_calls", out var list) ? list.EnumerateArray().Select(call => call.GetProperty("id").GetString()).ToList() : [];
            Assert.Equal(calls, translated);
            Assert.Equal(
                message.GetProperty("usage").GetProperty("output_tokens").GetInt32(),
                JsonDocument.Parse(got).RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }
        Assert.True(count > 100, $"Only {count} exchanges.");
    }

    private static string? TypeOf(JsonElement element) => element.GetProperty("type").GetString();

    private static Task AnswerAsync(FakeExchange exchange, JsonElement answer) => answer.TryGetProperty("text", out var text)
        ? StreamAsync(exchange, text.GetString()!)
        : exchange.JsonAsync(answer.GetProperty("body").GetRawText(), answer.GetProperty("status").GetInt32());

    private static async Task StreamAsync(FakeExchange exchange, string text)
    {
        await exchange.StartStreamAsync();
        // In pieces that know nothing of events.
        foreach (var piece in text.Chunk(200)) await exchange.ChunkAsync(new string(piece));
        await exchange.EndStreamAsync();
    }

    // Whether the client asked for the usage, and the stream that it must get.
    private static (bool Asked, string Stream) Expected(JsonElement request, string stream)
    {
        var asked = request.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object
            && options.TryGetProperty("include_usage", out var include) && include.ValueKind == JsonValueKind.True;
        var expected = new StringBuilder();
        foreach (var sse in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (asked || !IsUsageAlone(sse)) expected.Append(sse).Append("\n\n");
            // An error is the end: an end mark behind it would make the stream look whole.
            if (sse.Contains("data: {\"error\":", StringComparison.Ordinal)) return (asked, expected.ToString());
        }
        if (!stream.Contains("[DONE]", StringComparison.Ordinal)) expected.Append(OpenAiWire.Done);
        return (asked, expected.ToString());
    }

    private static bool IsUsageAlone(string sse)
    {
        if (!sse.StartsWith("data: {", StringComparison.Ordinal)) return false;
        var chunk = JsonDocument.Parse(sse[6..]).RootElement;
        return chunk.TryGetProperty("choices", out var choices) && choices.GetArrayLength() == 0
            && chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object;
    }

    private static string StreamedText(string stream)
    {
        var said = new StringBuilder();
        foreach (var line in stream.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
        {
            var data = JsonDocument.Parse(line[6..]).RootElement;
            if (TypeOf(data) == "content_block_start" && TypeOf(data.GetProperty("content_block")) == "text") said.Append(data.GetProperty("content_block").GetProperty("text").GetString());
            if (TypeOf(data) == "content_block_delta" && TypeOf(data.GetProperty("delta")) == "text_delta") said.Append(data.GetProperty("delta").GetProperty("text").GetString());
        }
        return said.ToString();
    }
}
