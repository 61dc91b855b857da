using System.Text.Json;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.Ollama;

/// <summary>
/// One line of Ollama's chat, or its whole answer, read in one pass without a DOM. Members of another type than documented count as absent.
/// <code>{"model":..,"created_at":..,"message":{"role":..,"content":..,"thinking":..,"tool_calls":[..]},"logprobs":[..],"done":..,"done_reason":..,"prompt_eval_count":..,"eval_count":..}</code>
/// </summary>
internal ref struct OllamaFrame
{
    public OllamaFrame()
    {
    }

    public JsonText Model;
    public JsonText CreatedAt;
    public JsonText Content;
    public JsonText Thinking;

    /// <summary>The raw array; empty where there is none.</summary>
    public ReadOnlySpan<byte> ToolCalls;

    /// <summary>The inside of the raw array.</summary>
    public ReadOnlySpan<byte> Logprobs;

    public bool Done;
    public JsonText DoneReason;
    public bool HasError;

    // Absent where a server has nothing to count: the whole prompt was still in its cache.
    public long Input = -1;
    public long Output = -1;

    /// <exception cref="JsonException">The data is not one JSON object.</exception>
    public static OllamaFrame Read(ReadOnlySpan<byte> data)
    {
        var frame = new OllamaFrame();
        // The arguments of a call are as deep as the tool's own schema.
        var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = 512 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (NextMember(ref reader))
        {
            if (reader.Is("message"u8)) frame.ReadMessage(data, ref reader);
            else if (reader.Is("done"u8))
            {
                reader.Read();
                frame.Done = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.Is("model"u8)) frame.Model = String(ref reader);
            else if (reader.Is("created_at"u8)) frame.CreatedAt = String(ref reader);
            else if (reader.Is("done_reason"u8)) frame.DoneReason = String(ref reader);
            else if (reader.Is("prompt_eval_count"u8)) frame.Input = Number(ref reader);
            else if (reader.Is("eval_count"u8)) frame.Output = Number(ref reader);
            else if (reader.Is("logprobs"u8)) frame.Logprobs = Raw(data, ref reader, JsonTokenType.StartArray) is [_, .. var inside, _] ? inside.Trim(" \t\r\n"u8) : default;
            else if (reader.Is("error"u8))
            {
                reader.Read();
                frame.HasError = reader.TokenType is JsonTokenType.String or JsonTokenType.StartObject;
                reader.Skip();
            }
            else reader.Skip();
        }
        // Trailing bytes throw here.
        reader.Read();
        return frame;
    }

    private void ReadMessage(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (NextMember(ref reader))
        {
            if (reader.Is("content"u8)) Content = String(ref reader);
            else if (reader.Is("thinking"u8)) Thinking = String(ref reader);
            else if (reader.Is("tool_calls"u8)) ToolCalls = Raw(data, ref reader, JsonTokenType.StartArray);
            else reader.Skip();
        }
    }

    private static long Number(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) return number;
        reader.Skip();
        return -1;
    }
}
