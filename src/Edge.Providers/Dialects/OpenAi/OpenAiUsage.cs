using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>OpenAI's usage object, with the names that compatible providers use for the same counters.</summary>
internal static class OpenAiUsage
{
    /// <summary>Reads a usage object out of a whole answer. False where it is none.</summary>
    public static bool TryRead(JsonValue value, out Usage usage)
    {
        usage = new();
        if (value.Kind != Simd.Json.JsonKind.Object) return false;
        var input = value["prompt_tokens_details"u8];
        var output = value["completion_tokens_details"u8];
        usage.Input = Number(value["prompt_tokens"u8]);
        usage.Output = Number(value["completion_tokens"u8]);
        usage.CacheRead = Number(input["cached_tokens"u8]);
        if (usage.CacheRead < 0) usage.CacheRead = Number(value["prompt_cache_hit_tokens"u8]);
        if (usage.CacheRead < 0) usage.CacheRead = Number(value["num_cached_tokens"u8]);
        if (usage.CacheRead < 0) usage.CacheRead = Number(value["cached_tokens"u8]);
        usage.CacheWrite = Number(input["cache_write_tokens"u8]);
        usage.AudioInput = Number(input["audio_tokens"u8]);
        usage.Reasoning = Number(output["reasoning_tokens"u8]);
        usage.AudioOutput = Number(output["audio_tokens"u8]);
        usage.AcceptedPrediction = Number(output["accepted_prediction_tokens"u8]);
        usage.RejectedPrediction = Number(output["rejected_prediction_tokens"u8]);
        return true;
    }

    /// <summary>Reads the usage object on whose opening brace the reader stands.</summary>
    public static Usage Read(scoped ref Utf8JsonReader reader)
    {
        var usage = new Usage();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8)) usage.Input = Number(ref reader, usage.Input);
            else if (reader.ValueTextEquals("completion_tokens"u8)) usage.Output = Number(ref reader, usage.Output);
            else if (reader.ValueTextEquals("prompt_tokens_details"u8)) ReadInputDetails(ref reader, ref usage);
            else if (reader.ValueTextEquals("completion_tokens_details"u8)) ReadOutputDetails(ref reader, ref usage);
            // DeepSeek; Mistral; Moonshot and some of Hugging Face's hosts.
            else if (usage.CacheRead < 0 && (reader.ValueTextEquals("prompt_cache_hit_tokens"u8) || reader.ValueTextEquals("num_cached_tokens"u8) || reader.ValueTextEquals("cached_tokens"u8)))
            {
                usage.CacheRead = Number(ref reader, -1);
            }
            else reader.Skip();
        }
        return usage;
    }

    private static void ReadInputDetails(scoped ref Utf8JsonReader reader, ref Usage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("cached_tokens"u8)) usage.CacheRead = Number(ref reader, usage.CacheRead);
            else if (reader.ValueTextEquals("cache_write_tokens"u8)) usage.CacheWrite = Number(ref reader, -1);
            else if (reader.ValueTextEquals("audio_tokens"u8)) usage.AudioInput = Number(ref reader, -1);
            else reader.Skip();
        }
    }

    private static void ReadOutputDetails(scoped ref Utf8JsonReader reader, ref Usage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reasoning_tokens"u8)) usage.Reasoning = Number(ref reader, -1);
            else if (reader.ValueTextEquals("audio_tokens"u8)) usage.AudioOutput = Number(ref reader, -1);
            else if (reader.ValueTextEquals("accepted_prediction_tokens"u8)) usage.AcceptedPrediction = Number(ref reader, -1);
            else if (reader.ValueTextEquals("rejected_prediction_tokens"u8)) usage.RejectedPrediction = Number(ref reader, -1);
            else reader.Skip();
        }
    }

    private static long Number(JsonValue value) => value.TryGetInt64(out var number) && number >= 0 ? number : -1;

    private static long Number(scoped ref Utf8JsonReader reader, long otherwise)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) return number;
        reader.Skip();
        return otherwise;
    }
}
