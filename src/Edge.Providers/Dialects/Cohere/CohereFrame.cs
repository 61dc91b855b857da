using System.Text.Json;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.Cohere;

/// <summary>
/// One stream event of Cohere's v2 chat, read in one pass without a DOM. Members of another type than documented count as absent; what is unknown is skipped.
/// <code>{"type":..,"index":..,"id":..,"logprobs":{..},"delta":{"finish_reason":..,"error":..,"usage":{..},"message":{"tool_plan":..,"content":{..},"tool_calls":{..},"citations":{..}}}}</code>
/// https://docs.cohere.com/reference/chat-stream
/// </summary>
internal ref struct CohereFrame
{
    public CohereFrame()
    {
    }

    public JsonText Type;
    public long Index = 0;
    public JsonText Id;

    // delta
    public JsonText FinishReason;
    public JsonText Error;
    public CohereUsage Usage = new();

    // delta.message
    public JsonText ToolPlan;
    public JsonText Text;
    public JsonText Thinking;
    public JsonText CallId;
    public JsonText CallName;
    public JsonText Arguments;

    /// <summary>Raw JSON, where the event holds such.</summary>
    public ReadOnlySpan<byte> Citations;

    public ReadOnlySpan<byte> Logprobs;

    /// <exception cref="JsonException">The data is not one JSON object.</exception>
    public static CohereFrame Read(ReadOnlySpan<byte> data)
    {
        var frame = new CohereFrame();
        var reader = new Utf8JsonReader(data);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (NextMember(ref reader))
        {
            if (reader.Is("type"u8)) frame.Type = String(ref reader);
            else if (reader.Is("delta"u8)) frame.ReadDelta(data, ref reader);
            else if (reader.Is("index"u8)) Number(ref reader, ref frame.Index);
            else if (reader.Is("id"u8)) frame.Id = String(ref reader);
            else if (reader.Is("logprobs"u8)) frame.Logprobs = Raw(data, ref reader, JsonTokenType.StartObject);
            else reader.Skip();
        }
        // Trailing bytes throw here.
        reader.Read();
        return frame;
    }

    private void ReadDelta(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("message"u8)) ReadMessage(data, ref reader);
            else if (reader.Is("finish_reason"u8)) FinishReason = String(ref reader);
            else if (reader.Is("usage"u8)) Usage.Read(ref reader);
            else if (reader.Is("error"u8)) Error = String(ref reader);
            else reader.Skip();
        }
    }

    // message-start writes empty arrays where the later events have one object each.
    private void ReadMessage(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("content"u8)) ReadContent(ref reader);
            else if (reader.Is("tool_plan"u8)) ToolPlan = String(ref reader);
            else if (reader.Is("tool_calls"u8)) ReadCall(ref reader);
            else if (reader.Is("citations"u8)) Citations = Raw(data, ref reader, JsonTokenType.StartObject);
            else reader.Skip();
        }
    }

    private void ReadContent(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("text"u8)) Text = String(ref reader);
            else if (reader.Is("thinking"u8)) Thinking = String(ref reader);
            else reader.Skip();
        }
    }

    private void ReadCall(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("id"u8)) CallId = String(ref reader);
            else if (reader.Is("function"u8)) ReadFunction(ref reader);
            else reader.Skip();
        }
    }

    private void ReadFunction(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("name"u8)) CallName = String(ref reader);
            else if (reader.Is("arguments"u8)) Arguments = String(ref reader);
            else reader.Skip();
        }
    }

    /// <summary>Counters come as numbers with a fraction of zero as well (<c>26.0</c>).</summary>
    internal static void Number(scoped ref Utf8JsonReader reader, ref long value)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && number is >= 0 and < 1e15) value = (long)number;
        else reader.Skip();
    }
}
