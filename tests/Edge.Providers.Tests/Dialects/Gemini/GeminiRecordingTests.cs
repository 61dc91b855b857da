using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Gemini;

/// <summary>Real traffic of others; what each answer says is worked out here by a plain walk over its JSON.</summary>
public partial class GeminiRecordingTests
{
    [Theory]
    [InlineData("wire/recorded/gemini.jsonl", 100, 10)]
    [InlineData("wire/recorded/vertex.jsonl", 40, 0)]
    public void Recorded_answers_say_what_they_say(string file, int leastWhole, int leastStreams)
    {
        var (whole, streams) = (0, 0);
        foreach (var record in SharedData.Lines(file))
        {
            var response = record.GetProperty("response");
            if (!record.GetProperty("api").GetString()!.EndsWith("enerateContent", StringComparison.Ordinal)) continue;
            var id = record.GetProperty("id").GetString()!;
            if (response.GetProperty("status").GetInt32() != 200)
            {
                var error = GeminiErrors.FromResponse(400, Encoding.UTF8.GetBytes(response.GetProperty("body").GetRawText()));
                Assert.Equal((ProviderErrorKind.InvalidRequest, "INVALID_ARGUMENT"), (error.Kind, error.Type));
            }
            else if (response.TryGetProperty("text", out var text))
            {
                streams++;
                Check(id, [.. Facts.Data(text.GetString()!.Replace("\r", "", StringComparison.Ordinal))], sink => GeminiWire.Decode(sink, Encoding.UTF8.GetBytes(text.GetString()!)));
            }
            else
            {
                whole++;
                var body = response.GetProperty("body");
                Check(id, [body], sink => GeminiWire.Whole(body.GetRawText(), sink));
            }
        }
        Assert.True(whole >= leastWhole && streams >= leastStreams, $"{whole} + {streams}");
    }

    [Fact]
    public void Fixtures_say_what_they_say()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/fixtures/google.jsonl"))
        {
            if (record.GetProperty("api").GetString() is { Length: > 0 }) continue;
            count++;
            var name = record.GetProperty("case").GetString()!;
            if (record.TryGetProperty("events", out var events))
            {
                JsonElement[] chunks = [.. events.EnumerateArray()];
                Check(name, chunks, sink => GeminiWire.Decode(sink, Encoding.UTF8.GetBytes(GeminiWire.Stream(chunks.Select(chunk => chunk.GetRawText())))));
            }
            else
            {
                var body = record.GetProperty("body");
                Check(name, [body], sink => GeminiWire.Whole(body.GetRawText(), sink));
            }
        }
        Assert.True(count > 8, $"{count}");
    }

    [Fact]
    public void Another_gateway_means_the_same_by_requests()
    {
        var count = 0;
        foreach (var record in SharedData.Lines("wire/translate/requests.jsonl"))
        {
            if (record.GetProperty("from").GetString() != "completions" || record.GetProperty("to").GetString() != "vertex-gemini") continue;
            count++;
            var theirs = record.GetProperty("expected").GetProperty("json").GetProperty("request");
            var (json, _, error) = GeminiWire.Encode(record.GetProperty("input").GetProperty("json").GetRawText(), "gemini-2.5-pro", ProviderCatalog.Find("vertex"));
            Assert.Null(error);
            var ours = JsonNode.Parse(json)!;
            // It writes a result that is JSON as a string under "content", and parameters in the older subset.
            foreach (var part in ours["contents"]!.AsArray().SelectMany(content => content!["parts"]!.AsArray()))
            {
                if (part!["functionResponse"] is { } response) response["response"] = new JsonObject { ["content"] = response["response"]!.ToJsonString() };
            }
            foreach (var declaration in ours["tools"]?[0]!["functionDeclarations"]!.AsArray() ?? [])
            {
                var parameters = declaration!["parametersJsonSchema"]!;
                declaration.AsObject().Remove("parametersJsonSchema");
                declaration["parameters"] = parameters.DeepClone();
            }
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(theirs.GetRawText()), ours), $"{theirs}\n{ours}");
        }
        Assert.Equal(2, count);
    }

    private static void Check(string id, JsonElement[] chunks, Action<IChatEventSink> decode)
    {
        var expected = Expected(chunks, out var calls);
        var recorder = new Recorder();
        decode(recorder);
        Assert.True(recorder.Failure is null, $"{id}: {recorder.Failure}");
        Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
        var usage = recorder.UsageTotals;
        var actual = new StringBuilder($"{recorder["text:0"]}\n{recorder["thinking:0"]}\n{recorder.Finishes[0]}\n{usage.Input}+{usage.Output} {usage.Reasoning} {usage.CacheRead}\n");
        var ids = new HashSet<string>();
        for (var call = 0; call < recorder.ToolCalls(0); call++)
        {
            actual.Append(CultureInfo.InvariantCulture, $"{recorder[$"name:0:{call}"]} {Wire.Compact(recorder[$"args:0:{call}"])} {recorder[$"callsignature:0:{call}"]}\n");
            var given = recorder[$"id:0:{call}"];
            Assert.True(given.Length is > 0 and <= 40 && ids.Add(given), given);
        }
        Assert.Equal(expected, actual.ToString());
        Assert.Equal(calls, recorder.ToolCalls(0));

        var whole = Facts.OfOpenAi(JsonDocument.Parse(GeminiWire.ToOpenAi(false, decode)).RootElement);
        var streamed = GeminiWire.ToOpenAi(true, decode);
        Assert.Equal(Facts.Of(recorder), whole);
        Assert.Equal(Facts.Of(recorder), Facts.OfOpenAi(Facts.Data(streamed)));
        Assert.Contains("data: [DONE]", streamed, StringComparison.Ordinal);
    }

    private static string Expected(JsonElement[] chunks, out int callCount)
    {
        var (text, thinking, finish) = (new StringBuilder(), new StringBuilder(), "");
        var calls = new List<(string Name, JsonNode Arguments, string Signature)>();
        string usage = "";
        foreach (var chunk in chunks)
        {
            if (chunk.TryGetProperty("usageMetadata", out var counts) && counts.TryGetProperty("promptTokenCount", out _))
            {
                usage = $"{Count(counts, "promptTokenCount") + Count(counts, "toolUsePromptTokenCount")}+{Count(counts, "candidatesTokenCount") + Count(counts, "thoughtsTokenCount")} "
                    + $"{Count(counts, "thoughtsTokenCount", -1)} {Count(counts, "cachedContentTokenCount", -1)}";
                if (Count(counts, "totalTokenCount", -1) is >= 0 and var total)
                {
                    Assert.Equal(total, Count(counts, "promptTokenCount") + Count(counts, "toolUsePromptTokenCount") + Count(counts, "candidatesTokenCount") + Count(counts, "thoughtsTokenCount"));
                }
            }
            foreach (var candidate in chunk.GetProperty("candidates").EnumerateArray())
            {
                if (candidate.TryGetProperty("finishReason", out var reason)) finish = reason.GetString()!;
                if (!candidate.TryGetProperty("content", out var content) || !content.TryGetProperty("parts", out var parts)) continue;
                foreach (var part in parts.EnumerateArray())
                {
                    if (part.TryGetProperty("text", out var said))
                    {
                        (part.TryGetProperty("thought", out var isThought) && isThought.GetBoolean() ? thinking : text).Append(said.GetString());
                    }
                    if (part.TryGetProperty("executableCode", out var code)) Fenced("python", code.GetProperty("code").GetString()!);
                    if (part.TryGetProperty("codeExecutionResult", out var result) && result.TryGetProperty("output", out var output)) Fenced("", output.GetString()!);
                    if (!part.TryGetProperty("functionCall", out var call)) continue;
                    if (call.TryGetProperty("name", out var name))
                    {
                        var signature = part.TryGetProperty("thoughtSignature", out var s) ? "gemini." + s.GetString() : "";
                        calls.Add((name.GetString()!, call.TryGetProperty("args", out var args) ? JsonNode.Parse(args.GetRawText())! : new JsonObject(), signature));
                    }
                    if (!call.TryGetProperty("partialArgs", out var partial)) continue;
                    foreach (var piece in partial.EnumerateArray()) Put(calls[^1].Arguments, piece);
                }
            }
        }
        void Fenced(string language, string lines) => text.Append(text.Length > 0 ? "\n" : "").Append($"```{language}\n{lines}{(lines.EndsWith('\n') ? "" : "\n")}```\n");

        callCount = calls.Count;
        var shared = (finish, calls.Count) switch
        {
            ("STOP" or "UNEXPECTED_TOOL_CALL", > 0) => FinishReason.ToolCalls,
            ("STOP", _) => FinishReason.Stop,
            ("MAX_TOKENS", _) => FinishReason.Length,
            _ => throw new InvalidOperationException(finish),
        };
        var facts = new StringBuilder($"{text}\n{thinking}\n{shared}\n{usage}\n");
        foreach (var (name, arguments, signature) in calls) facts.Append(CultureInfo.InvariantCulture, $"{name} {Wire.Compact(arguments.ToJsonString())} {signature}\n");
        return facts.ToString();
    }

    private static void Put(JsonNode root, JsonElement piece)
    {
        var steps = Steps().Matches(piece.GetProperty("jsonPath").GetString()!).Select(m => m.Value.Trim('.', '[', ']')).ToList();
        var at = root;
        for (var i = 0; i < steps.Count; i++)
        {
            var isLast = i == steps.Count - 1;
            var old = at is JsonArray list ? (int.Parse(steps[i], CultureInfo.InvariantCulture) < list.Count ? list[int.Parse(steps[i], CultureInfo.InvariantCulture)] : null) : at[steps[i]];
            JsonNode? next = !isLast
                ? old ?? (char.IsAsciiDigit(steps[i + 1][0]) ? new JsonArray() : new JsonObject())
                : piece.TryGetProperty("stringValue", out var text) ? JsonValue.Create((string?)old + text.GetString()) : JsonNode.Parse(piece.GetProperty("numberValue").GetRawText());
            if (!ReferenceEquals(old, next))
            {
                if (at is JsonArray array) array.Add(next);
                else at[steps[i]] = next;
            }
            at = next!;
        }
    }

    [GeneratedRegex(@"\.\w+|\[\d+\]")]
    private static partial Regex Steps();

    private static long Count(JsonElement counts, string name, long otherwise = 0) => counts.TryGetProperty(name, out var count) ? count.GetInt64() : otherwise;
}
