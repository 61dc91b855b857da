using System.Text.Json;
using Edge.Providers.Tests.Dialects.Bedrock;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects;

/// <summary>What another gateway makes of answers, compared in meaning (text, thinking, calls, finish, usage) with what our decoders read. Its choices are no standard: each difference is listed.</summary>
public class TranslateTests
{
    /// <summary>Where we differ, and why.</summary>
    private static readonly Dictionary<string, string> _differences = new()
    {
        ["tr-099f8ea4f341"] = "it passes OpenRouter's `reasoning` on under that name, which the test's reader does not know; we read it as reasoning",
        ["tr-b9b772d8c022"] = "it drops OpenRouter's `reasoning` for a Messages client; we give a thinking block",
        ["tr-2bab0e3927c8"] = "cut-off arguments become a JSON string as `input` there; we keep the text for whoever writes the answer to decide",
    };

    [Fact]
    public void Answers_mean_what_another_gateway_reads_in_them()
    {
        var (count, found) = (0, new List<string>());
        foreach (var record in SharedData.Lines("wire/translate/responses.jsonl"))
        {
            var (from, to) = (record.GetProperty("from").GetString()!, record.GetProperty("to").GetString());
            if (to is not ("completions" or "messages") || DialectOf(from) is not { } dialect) continue;
            count++;
            var id = record.GetProperty("id").GetString()!;
            var expected = ExpectedOf(record.GetProperty("expected"), to == "messages");
            var actual = Facts.Of(Read(dialect, record.GetProperty("input")));
            var isSame = WithoutUsage(expected) == WithoutUsage(actual);
            // Usage is checked against each provider's own documentation elsewhere: that gateway leaves cached tokens out of the input.
            if (isSame == _differences.ContainsKey(id)) found.Add($"{id} {from}->{to} {record.GetProperty("case").GetString()}:\n{expected}\n--- ours\n{actual}");
        }
        Assert.True(found.Count == 0, string.Join("\n\n", found));
        Assert.True(count >= 20, $"{count}");
    }

    private static Dialect? DialectOf(string from) => from switch
    {
        "messages" => Dialect.Anthropic,
        "bedrock" => Dialect.Bedrock,
        "completions" => Dialect.OpenAi,
        "vertex-gemini" => Dialect.Gemini,
        "responses" => Dialect.Responses,
        _ => null,
    };

    private static Recorder Read(Dialect dialect, JsonElement input)
    {
        if (input.TryGetProperty("base64", out var bytes)) return BedrockWire.Decode(bytes.GetBytesFromBase64());
        var codec = Codec.Of(dialect);
        return input.TryGetProperty("text", out var text) ? codec.Stream(text.GetString()!) : codec.Whole(input.GetProperty("json").GetRawText());
    }

    private static string ExpectedOf(JsonElement expected, bool isMessages)
    {
        if (!expected.TryGetProperty("text", out var text)) return isMessages ? Facts.OfAnthropic(expected.GetProperty("json")) : Facts.OfOpenAi(expected.GetProperty("json"));
        var events = Facts.Data(text.GetString()!);
        return isMessages ? Facts.OfAnthropic(Facts.Assemble(events)) : Facts.OfOpenAi(events);
    }

    // Spaces within arguments mean nothing.
    private static string WithoutUsage(string facts) => facts[..facts.LastIndexOf("usage=", StringComparison.Ordinal)].Replace(" ", "", StringComparison.Ordinal);
}
