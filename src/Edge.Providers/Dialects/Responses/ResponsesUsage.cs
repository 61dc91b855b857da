using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>The usage object of a Responses answer.</summary>
internal static class ResponsesUsage
{
    /// <summary>Reads the object on whose opening brace the reader stands.</summary>
    public static Usage Read(scoped ref Utf8JsonReader reader)
    {
        var usage = new Usage();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("input_tokens"u8)) usage.Input = Number(ref reader, usage.Input);
            else if (reader.Is("output_tokens"u8)) usage.Output = Number(ref reader, usage.Output);
            else if (reader.Is("input_tokens_details"u8) || reader.Is("output_tokens_details"u8)) Details(ref reader, ref usage);
            else reader.Skip();
        }
        return usage;
    }

    private static void Details(scoped ref Utf8JsonReader reader, ref Usage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("cached_tokens"u8) || reader.Is("cache_read_input_tokens"u8)) usage.CacheRead = Number(ref reader, usage.CacheRead);
            else if (reader.Is("cache_write_tokens"u8) || reader.Is("cache_creation_input_tokens"u8)) usage.CacheWrite = Number(ref reader, usage.CacheWrite);
            else if (reader.Is("reasoning_tokens"u8)) usage.Reasoning = Number(ref reader, usage.Reasoning);
            else reader.Skip();
        }
    }

    private static long Number(scoped ref Utf8JsonReader reader, long otherwise)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) return number;
        reader.Skip();
        return otherwise;
    }
}
