using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// The Messages API's usage counters, which come in two parts of a stream (<c>message_start</c> and <c>message_delta</c>, the latter cumulative) and keep
/// cached input apart: <c>input_tokens</c> holds neither what was read from nor what was written to the cache. -1 = not reported.
/// https://docs.claude.com/en/docs/build-with-claude/prompt-caching
/// </summary>
internal struct AnthropicUsage()
{
    public long Input = -1;
    public long CacheWrite = -1;
    public long CacheWrite1h = -1;
    public long CacheRead = -1;
    public long Output = -1;
    public long Thinking = -1;

    public readonly bool IsEmpty => (Input & CacheWrite & CacheWrite1h & CacheRead & Output & Thinking) == -1;

    /// <summary>Takes over what <paramref name="later"/> reports.</summary>
    public void Replace(in AnthropicUsage later)
    {
        if (later.Input >= 0) Input = later.Input;
        if (later.CacheWrite >= 0) CacheWrite = later.CacheWrite;
        if (later.CacheWrite1h >= 0) CacheWrite1h = later.CacheWrite1h;
        if (later.CacheRead >= 0) CacheRead = later.CacheRead;
        if (later.Output >= 0) Output = later.Output;
        if (later.Thinking >= 0) Thinking = later.Thinking;
    }

    public readonly Usage ToUsage() => new()
    {
        Input = Input < 0 ? -1 : Input + Math.Max(CacheWrite, 0) + Math.Max(CacheRead, 0),
        Output = Output,
        CacheRead = CacheRead,
        CacheWrite = CacheWrite,
        CacheWrite1h = CacheWrite1h,
        Reasoning = Thinking,
    };

    /// <summary>Reads the usage object that follows the name on which the reader stands.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="tier">Takes the tier that served the request, where it is told.</param>
    public void Read(scoped ref Utf8JsonReader reader, ref JsonText tier)
    {
        if (!JsonReading.Object(ref reader)) return;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("input_tokens"u8)) AnthropicFrame.Number(ref reader, ref Input);
            else if (reader.Is("output_tokens"u8)) AnthropicFrame.Number(ref reader, ref Output);
            else if (reader.Is("cache_creation_input_tokens"u8)) AnthropicFrame.Number(ref reader, ref CacheWrite);
            else if (reader.Is("cache_read_input_tokens"u8)) AnthropicFrame.Number(ref reader, ref CacheRead);
            else if (reader.Is("service_tier"u8)) tier = JsonReading.String(ref reader);
            else if (reader.Is("cache_creation"u8)) ReadMember(ref reader, "ephemeral_1h_input_tokens"u8, ref CacheWrite1h);
            else if (reader.Is("output_tokens_details"u8)) ReadMember(ref reader, "thinking_tokens"u8, ref Thinking);
            else reader.Skip();
        }
    }

    /// <summary>Reads the usage object of a whole answer.</summary>
    public static AnthropicUsage Read(JsonValue usage) => new()
    {
        Input = Number(usage["input_tokens"u8]),
        Output = Number(usage["output_tokens"u8]),
        CacheWrite = Number(usage["cache_creation_input_tokens"u8]),
        CacheRead = Number(usage["cache_read_input_tokens"u8]),
        CacheWrite1h = Number(usage["cache_creation"u8]["ephemeral_1h_input_tokens"u8]),
        Thinking = Number(usage["output_tokens_details"u8]["thinking_tokens"u8]),
    };

    private static long Number(JsonValue value) =>
        value.Kind == JsonKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : -1;

    private static void ReadMember(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ref long value)
    {
        if (!JsonReading.Object(ref reader)) return;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is(name)) AnthropicFrame.Number(ref reader, ref value);
            else reader.Skip();
        }
    }
}
