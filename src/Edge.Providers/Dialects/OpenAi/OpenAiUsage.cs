using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// OpenAI's usage object, with the names that compatible providers use for the same counters: DeepSeek <c>prompt_cache_hit_tokens</c>, Mistral
/// <c>num_cached_tokens</c>, Moonshot and Hugging Face <c>cached_tokens</c>, LiteLLM <c>cache_read_input_tokens</c>, <c>cache_creation_input_tokens</c>, Perplexity
/// <c>reasoning_tokens</c>.
/// </summary>
internal static class OpenAiUsage
{
    /// <summary>Reads a usage object out of a whole answer. False where it is none.</summary>
    public static bool TryRead(JsonValue value, out Usage usage)
    {
        usage = new();
        if (value.Kind != Simd.Json.JsonKind.Object) return false;
        try
        {
            var reader = new Utf8JsonReader(value.Raw);
            reader.Read();
            usage = Read(ref reader);
            return true;
        }
        catch (JsonException)
        {
            // Deeper than any usage object is.
            return false;
        }
    }

    /// <summary>Reads the usage object on whose opening brace the reader stands.</summary>
    public static Usage Read(scoped ref Utf8JsonReader reader)
    {
        var usage = new Usage();
        long total = -1, cacheRead = -1, cacheWrite = -1, reasoning = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("prompt_tokens"u8)) usage.Input = Number(ref reader, usage.Input);
            else if (reader.Is("completion_tokens"u8)) usage.Output = Number(ref reader, usage.Output);
            else if (reader.Is("total_tokens"u8)) total = Number(ref reader, -1);
            else if (reader.Is("prompt_tokens_details"u8)) ReadInputDetails(ref reader, ref usage);
            else if (reader.Is("completion_tokens_details"u8)) ReadOutputDetails(ref reader, ref usage);
            else if (reader.Is("prompt_cache_hit_tokens"u8) || reader.Is("cached_tokens"u8)
                || reader.Is("num_cached_tokens"u8) || reader.Is("cache_read_input_tokens"u8))
            {
                cacheRead = Number(ref reader, cacheRead);
            }
            else if (reader.Is("cache_creation_input_tokens"u8)) cacheWrite = Number(ref reader, -1);
            else if (reader.Is("reasoning_tokens"u8)) reasoning = Number(ref reader, -1);
            else reader.Skip();
        }
        if (usage.CacheRead < 0) usage.CacheRead = cacheRead;
        if (usage.CacheWrite < 0) usage.CacheWrite = cacheWrite;
        if (usage.Reasoning < 0) usage.Reasoning = reasoning;
        // xAI counts reasoning beside the output instead of within it, and the total tells. https://docs.x.ai/docs/guides/reasoning
        if (usage is { Reasoning: > 0, IsReported: true } && total - usage.Input - usage.Output == usage.Reasoning) usage.Output += usage.Reasoning;
        return usage;
    }

    private static void ReadInputDetails(scoped ref Utf8JsonReader reader, ref Usage usage)
    {
        if (!IsObject(ref reader)) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("cached_tokens"u8)) usage.CacheRead = Number(ref reader, usage.CacheRead);
            else if (reader.Is("cache_write_tokens"u8) || reader.Is("cache_creation_tokens"u8)) usage.CacheWrite = Number(ref reader, usage.CacheWrite);
            else if (reader.Is("audio_tokens"u8)) usage.AudioInput = Number(ref reader, -1);
            else if (reader.Is("image_tokens"u8)) usage.ImageInput = Number(ref reader, -1);
            else reader.Skip();
        }
    }

    private static void ReadOutputDetails(scoped ref Utf8JsonReader reader, ref Usage usage)
    {
        if (!IsObject(ref reader)) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("reasoning_tokens"u8)) usage.Reasoning = Number(ref reader, -1);
            else if (reader.Is("audio_tokens"u8)) usage.AudioOutput = Number(ref reader, -1);
            else if (reader.Is("image_tokens"u8)) usage.ImageOutput = Number(ref reader, -1);
            else if (reader.Is("accepted_prediction_tokens"u8)) usage.AcceptedPrediction = Number(ref reader, -1);
            else if (reader.Is("rejected_prediction_tokens"u8)) usage.RejectedPrediction = Number(ref reader, -1);
            else reader.Skip();
        }
    }

    private static bool IsObject(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) return true;
        reader.Skip();
        return false;
    }

    private static long Number(scoped ref Utf8JsonReader reader, long otherwise)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) return number;
        reader.Skip();
        return otherwise;
    }
}
