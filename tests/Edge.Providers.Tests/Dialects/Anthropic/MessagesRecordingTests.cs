using System.Text.Json;
using Edge.TestSupport;
using static Edge.Providers.Tests.Dialects.Anthropic.Messages;

namespace Edge.Providers.Tests.Dialects.Anthropic;

/// <summary>Real traffic of others through the Messages API as a client's dialect.</summary>
public class MessagesRecordingTests
{
    [Fact]
    public void Anthropics_own_answers_mean_the_same_after_a_round_trip()
    {
        var (whole, streams) = (0, 0);
        foreach (var record in SharedData.Lines("wire/recorded/anthropic.jsonl"))
        {
            var id = record.GetProperty("id").GetString();
            var response = record.GetProperty("response");
            if (record.GetProperty("api").GetString() != "messages" || response.GetProperty("status").GetInt32() != 200) continue;
            if (response.TryGetProperty("text", out var text))
            {
                streams++;
                Check(id, text.GetString()!);
            }
            else if (response.GetProperty("body").ValueKind == JsonValueKind.Object)
            {
                whole++;
                var body = response.GetProperty("body");
                Check(id, Facts.OfAnthropic(body), FromAnthropicWhole(body.GetRawText()));
            }
        }
        Assert.True(whole > 100 && streams > 5, $"{whole} + {streams}");
    }

    [Fact]
    public void Anthropics_fixtures_mean_the_same_after_a_round_trip()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/fixtures/anthropic.jsonl"))
        {
            var id = record.GetProperty("case").GetString();
            if (!record.TryGetProperty("events", out var events) || id == "spliced-message-start") continue;
            var first = events.EnumerateArray().Select(e => e.GetRawText()).ToList();
            var end = first.FindIndex(e => e.Contains("\"message_stop\"", StringComparison.Ordinal));
            if (end < 0) continue;
            count++;
            Check(id, Wire.AnthropicStream(first[..(end + 1)]));
        }
        Assert.True(count > 10, $"{count}");
    }

    [Theory]
    [InlineData("openai_chat", 60)]
    [InlineData("deepseek", 1)]
    [InlineData("groq", 10)]
    [InlineData("azure_openai", 1)]
    [InlineData("huggingface", 8)]
    [InlineData("openrouter", 10)]
    [InlineData("other_openai_compatible", 1)]
    public void Answers_of_OpenAIs_dialect_say_in_Anthropics_words_what_they_said(string file, int atLeast)
    {
        var count = 0;
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            var id = record.GetProperty("id").GetString();
            var response = record.GetProperty("response");
            if (response.GetProperty("status").GetInt32() != 200) continue;
            var isStream = response.TryGetProperty("text", out var text);
            var recorder = new Recorder();
            Action<Chat.IChatEventSink> push;
            if (isStream && text.GetString()!.Contains("\"chat.completion.chunk\"", StringComparison.Ordinal)) push = FromOpenAi(text.GetString()!);
            else if (!isStream && response.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object && body.TryGetProperty("choices", out var choices) && choices.GetArrayLength() == 1) push = FromOpenAiWhole(body.GetRawText());
            else continue;
            push(recorder);
            if (recorder.Ends == 0) continue;
            count++;
            Check(id, Expected(recorder), push);
        }
        Assert.True(count >= atLeast, $"{count}");
    }

    [Fact]
    public void Requests_that_Anthropic_took_mean_the_same_after_a_round_trip()
    {
        var (count, refused) = (0, new List<string>());
        foreach (var record in SharedData.Lines("wire/recorded/anthropic.jsonl"))
        {
            var body = record.GetProperty("request").GetProperty("body");
            if (record.GetProperty("response").GetProperty("status").GetInt32() != 200 || body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("max_tokens", out _)) continue;
            var (json, _, error) = Again(body.GetRawText());
            if (error is not null)
            {
                refused.Add($"{record.GetProperty("id").GetString()}: {error}");
                continue;
            }
            count++;
            var (expected, actual) = (RequestFacts.Of(body), RequestFacts.Of(JsonDocument.Parse(json).RootElement));
            // Chats in which the assistant speaks first get an opening line, which older models demand.
            actual = actual.Replace("user text (The assistant begins.)\n", "", StringComparison.Ordinal);
            Assert.True(expected == actual, $"{record.GetProperty("id").GetString()}\n{expected}\n---\n{actual}");
        }
        Assert.True(count > 130, $"{count}");
        Assert.Empty(refused);
    }

    [Fact]
    public void Another_gateway_means_the_same_by_answers()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/translate/responses.jsonl"))
        {
            if (record.GetProperty("from").GetString() != "completions" || record.GetProperty("to").GetString() != "messages") continue;
            count++;
            var (input, expected) = (record.GetProperty("input"), record.GetProperty("expected"));
            var isStream = input.TryGetProperty("text", out var text);
            var push = isStream ? FromOpenAi(text.GetString()!) : FromOpenAiWhole(input.GetProperty("json").GetRawText());
            var theirs = Facts.OfAnthropic(isStream ? Facts.Assemble(Facts.Data(expected.GetProperty("text").GetString()!)) : expected.GetProperty("json"));
            Assert.Equal(WithoutThinking(theirs), WithoutThinking(Facts.OfAnthropic(StrictMessage.Whole(Stream(push), lenientArguments: true))));
            Assert.Equal(WithoutThinking(theirs), WithoutThinking(Facts.OfAnthropic(JsonDocument.Parse(Whole(push)).RootElement)));
        }
        Assert.Equal(4, count);

        // It leaves unsigned reasoning out, and writes arguments that are cut off as a string.
        static string WithoutThinking(string facts)
        {
            var start = facts.IndexOf("thinking=", StringComparison.Ordinal);
            return facts.Remove(start, facts.IndexOf('\n', start) - start).Replace("""{"_raw":"{\"location\": \"Par"}""", "\"{\\\"location\\\": \\\"Par\"", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Requests_that_another_gateway_takes_are_taken()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/translate/requests.jsonl"))
        {
            if (record.GetProperty("from").GetString() != "messages") continue;
            count++;
            var input = record.GetProperty("input").GetProperty("json");
            var (json, _, error) = Again(input.GetRawText());
            Assert.Null(error);
            Assert.NotEmpty(json);
        }
        Assert.True(count > 20, $"{count}");
    }

    private static void Check(string? id, string stream) => Check(id, Facts.OfAnthropic(Facts.Assemble(Facts.Data(stream))), FromAnthropic(stream));

    private static void Check(string? id, string expected, Action<Chat.IChatEventSink> push)
    {
        var streamed = Facts.OfAnthropic(StrictMessage.Whole(Stream(push), lenientArguments: true));
        Assert.True(expected == streamed, $"{id}\n{expected}\n---\n{streamed}");
        var whole = Facts.OfAnthropic(JsonDocument.Parse(Whole(push)).RootElement);
        Assert.True(expected == whole, $"{id}\n{expected}\n---\n{whole}");
    }

    // A refusal becomes text; a finish follows the calls that are there.
    private static string Expected(Recorder recorder)
    {
        var facts = Facts.Of(recorder).Replace($"refusal={recorder["refusal:0"]}", "refusal=", StringComparison.Ordinal);
        if (recorder["refusal:0"].Length > 0) facts = facts.Replace("text=\n", $"text={recorder["refusal:0"]}\n", StringComparison.Ordinal).Replace("finish=stop", "finish=content_filter", StringComparison.Ordinal);
        return recorder.ToolCalls(0) > 0 ? facts.Replace("finish=stop", "finish=tool_calls", StringComparison.Ordinal) : facts.Replace("finish=tool_calls", "finish=stop", StringComparison.Ordinal);
    }
}
