using System.Text.Json;
using Edge.Providers.Embedding;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Embedding;

/// <summary>Real traffic of others, read from the shared data folder.</summary>
public class EmbeddingRecordingTests
{
    [Theory]
    [InlineData("cohere", EmbeddingDialect.Cohere, 1)]
    [InlineData("gemini", EmbeddingDialect.Gemini, 5)]
    [InlineData("vertex", EmbeddingDialect.Vertex, 1)]
    [InlineData("bedrock", EmbeddingDialect.Bedrock, 13)]
    [InlineData("openai_other", EmbeddingDialect.Mistral, 6)]
    public void Answers_hold_the_recorded_vectors_and_tokens(string file, EmbeddingDialect dialect, int atLeast)
    {
        var seen = 0;
        foreach (var record in SharedData.Lines($"wire/recorded/{file}.jsonl"))
        {
            var path = record.GetProperty("request").GetProperty("path").GetString()!;
            if (!path.Contains("mbed", StringComparison.Ordinal) || path.Contains("countTokens", StringComparison.Ordinal)) continue;
            if (record.GetProperty("response").GetProperty("status").GetInt32() != 200) continue;
            var body = record.GetProperty("response").GetProperty("body");
            var model = Uri.UnescapeDataString(path);
            foreach (var base64 in (bool[])[false, true])
            {
                var vectors = Vectors(body).ToList();
                var answer = EmbeddingKit.Answer(dialect, body.GetRawText(), vectors.Count, base64, model);
                Assert.True(answer is not null, record.GetProperty("id").GetString());
                using var document = JsonDocument.Parse(answer);
                var data = document.RootElement.GetProperty("data").EnumerateArray().Select(item => Floats(item.GetProperty("embedding"))).ToList();
                Assert.Equal(vectors.Select(Floats), data);
                Assert.Equal(Tokens(body), document.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt64());
            }
            seen++;
        }
        Assert.True(seen >= atLeast, $"{seen}");
    }

    // Finds what looks like a vector, wherever it is: an oracle that knows nothing of the dialects.
    private static IEnumerable<JsonElement> Vectors(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.Number) return [element];
        if (element.ValueKind == JsonValueKind.Array) return element.EnumerateArray().SelectMany(Vectors);
        if (element.ValueKind != JsonValueKind.Object) return [];
        return element.EnumerateObject()
            .Where(member => member.Name != "embeddingsByType")
            .SelectMany(member => member is { Name: "embedding", Value.ValueKind: JsonValueKind.String } ? [member.Value] : Vectors(member.Value));
    }

    private static float[] Floats(JsonElement vector)
    {
        if (vector.ValueKind == JsonValueKind.Array) return [.. vector.EnumerateArray().Select(number => number.GetSingle())];
        var bytes = vector.GetBytesFromBase64();
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, i * 4))];
    }

    private static long Tokens(JsonElement body)
    {
        foreach (var path in (string[])["usage.prompt_tokens", "usageMetadata.promptTokenCount", "meta.billed_units.input_tokens", "inputTextTokenCount"])
        {
            var at = body;
            if (path.Split('.').All(name => at.TryGetProperty(name, out at))) return at.GetInt64();
        }
        return 0;
    }
}
