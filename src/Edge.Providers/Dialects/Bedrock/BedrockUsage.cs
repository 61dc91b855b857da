using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>
/// Converse's <c>TokenUsage</c>. <c>inputTokens</c> holds neither what was read from nor what was written to the cache. -1 = not reported.
/// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
/// </summary>
internal struct BedrockUsage()
{
    public long Input = -1;
    public long Output = -1;
    public long CacheRead = -1;
    public long CacheWrite = -1;
    public long CacheWrite1h = -1;

    public readonly bool IsEmpty => (Input & Output & CacheRead & CacheWrite) == -1;

    public readonly Usage ToUsage() => new()
    {
        Input = Input < 0 ? -1 : Input + Math.Max(CacheRead, 0) + Math.Max(CacheWrite, 0),
        Output = Output,
        CacheRead = CacheRead,
        CacheWrite = CacheWrite,
        CacheWrite1h = CacheWrite1h,
    };

    /// <summary>Reads the usage object that follows the name on which the reader stands.</summary>
    public void Read(scoped ref Utf8JsonReader reader)
    {
        if (!JsonReading.Object(ref reader)) return;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("inputTokens"u8)) BedrockFrame.Number(ref reader, ref Input);
            else if (reader.Is("outputTokens"u8)) BedrockFrame.Number(ref reader, ref Output);
            else if (reader.Is("cacheReadInputTokens"u8)) BedrockFrame.Number(ref reader, ref CacheRead);
            else if (reader.Is("cacheWriteInputTokens"u8)) BedrockFrame.Number(ref reader, ref CacheWrite);
            else if (reader.Is("cacheDetails"u8)) ReadDetails(ref reader);
            else reader.Skip();
        }
    }

    /// <summary>Reads the usage object of a whole answer.</summary>
    public static BedrockUsage Read(JsonValue usage)
    {
        var read = new BedrockUsage
        {
            Input = Number(usage["inputTokens"u8]),
            Output = Number(usage["outputTokens"u8]),
            CacheRead = Number(usage["cacheReadInputTokens"u8]),
            CacheWrite = Number(usage["cacheWriteInputTokens"u8]),
        };
        foreach (var detail in usage["cacheDetails"u8].Elements)
        {
            if (detail["ttl"u8].IsString("1h"u8) && Number(detail["inputTokens"u8]) is >= 0 and var written) read.AddHour(written);
        }
        return read;
    }

    // [{"ttl":"5m","inputTokens":1}, {"ttl":"1h","inputTokens":2}]: what was written, by lifetime.
    private void ReadDetails(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            var (isHour, written) = (false, -1L);
            while (JsonReading.NextMember(ref reader))
            {
                if (reader.Is("ttl"u8)) isHour = JsonReading.String(ref reader).Is("1h"u8);
                else if (reader.Is("inputTokens"u8)) BedrockFrame.Number(ref reader, ref written);
                else reader.Skip();
            }
            if (isHour && written >= 0) AddHour(written);
        }
    }

    private void AddHour(long written) => CacheWrite1h = Math.Max(CacheWrite1h, 0) + written;

    private static long Number(JsonValue value) =>
        value.Kind == JsonKind.Number && value.TryGetInt64(out var number) && number is >= 0 and < BedrockFrame.MaxCount ? number : -1;
}
