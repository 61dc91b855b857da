using System.Text.Json;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// One stream event of the Messages API, or one content block of a whole answer, read in one pass without a DOM. Members that are of another type than
/// documented count as absent; what is unknown is skipped, since Anthropic adds event types, block types and fields without a new version
/// (https://docs.claude.com/en/api/versioning).
/// </summary>
internal ref struct AnthropicFrame
{
    public AnthropicFrame()
    {
    }

    public JsonText Type;
    public long Index = 0;

    // message
    public JsonText MessageId;
    public JsonText Model;

    // delta, content_block
    public JsonText PartType;
    public JsonText Text;
    public JsonText Thinking;
    public JsonText Signature;
    public JsonText Data;
    public JsonText PartialJson;
    public JsonText Id;
    public JsonText Name;

    /// <summary>The raw JSON of <c>tool_use.input</c>.</summary>
    public ReadOnlySpan<byte> Input;

    public JsonText StopReason;
    public JsonText StopSequence;

    /// <summary>Why the model refused.</summary>
    public JsonText Explanation;

    public JsonText ErrorType;
    public JsonText ErrorMessage;

    public AnthropicUsage Usage = new();
    public JsonText ServiceTier;

    // citation
    public bool HasCitation = false;
    public JsonText CitationType;
    public JsonText FileId;
    public long CitedFrom = 0;
    public long CitedTo = 0;
    public JsonText Url;
    public JsonText Title;
    public JsonText CitedText;
    public long Document = -1;

    /// <exception cref="JsonException">The data is not one JSON object.</exception>
    public static AnthropicFrame ReadEvent(ReadOnlySpan<byte> data)
    {
        var frame = new AnthropicFrame();
        var reader = new Utf8JsonReader(data);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (NextMember(ref reader))
        {
            if (reader.Is("type"u8)) frame.Type = String(ref reader);
            else if (reader.Is("index"u8)) Number(ref reader, ref frame.Index);
            else if (reader.Is("delta"u8) || reader.Is("content_block"u8)) frame.ReadPart(data, ref reader);
            else if (reader.Is("message"u8)) frame.ReadMessage(ref reader);
            else if (reader.Is("usage"u8)) frame.Usage.Read(ref reader, ref frame.ServiceTier);
            else if (reader.Is("error"u8)) frame.ReadError(ref reader);
            else reader.Skip();
        }
        // Trailing bytes throw here.
        reader.Read();
        return frame;
    }

    private void ReadPart(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("type"u8)) PartType = String(ref reader);
            else if (reader.Is("text"u8)) Text = String(ref reader);
            else if (reader.Is("partial_json"u8)) PartialJson = String(ref reader);
            else if (reader.Is("thinking"u8)) Thinking = String(ref reader);
            else if (reader.Is("signature"u8)) Signature = String(ref reader);
            else if (reader.Is("data"u8)) Data = String(ref reader);
            else if (reader.Is("stop_reason"u8)) StopReason = String(ref reader);
            else if (reader.Is("stop_sequence"u8)) StopSequence = String(ref reader);
            else if (reader.Is("stop_details"u8)) ReadStopDetails(ref reader);
            else if (reader.Is("id"u8)) Id = String(ref reader);
            else if (reader.Is("name"u8)) Name = String(ref reader);
            else if (reader.Is("citation"u8)) ReadCitation(ref reader);
            else if (reader.Is("input"u8)) Input = RawValue(data, ref reader);
            else reader.Skip();
        }
    }

    private void ReadStopDetails(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("explanation"u8)) Explanation = String(ref reader);
            else reader.Skip();
        }
    }

    private void ReadMessage(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("id"u8)) MessageId = String(ref reader);
            else if (reader.Is("model"u8)) Model = String(ref reader);
            else if (reader.Is("usage"u8)) Usage.Read(ref reader, ref ServiceTier);
            else reader.Skip();
        }
    }

    private void ReadCitation(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        HasCitation = true;
        while (NextMember(ref reader))
        {
            if (reader.Is("cited_text"u8)) CitedText = String(ref reader);
            else if (reader.Is("url"u8) || reader.Is("source"u8)) Url = String(ref reader);
            else if (reader.Is("title"u8) || reader.Is("document_title"u8)) Title = String(ref reader);
            else if (reader.Is("document_index"u8) || reader.Is("search_result_index"u8)) Number(ref reader, ref Document);
            else if (reader.Is("type"u8)) CitationType = String(ref reader);
            else if (reader.Is("file_id"u8)) FileId = String(ref reader);
            else if (reader.Is("start_char_index"u8) || reader.Is("start_page_number"u8) || reader.Is("start_block_index"u8)) Number(ref reader, ref CitedFrom);
            else if (reader.Is("end_char_index"u8) || reader.Is("end_page_number"u8) || reader.Is("end_block_index"u8)) Number(ref reader, ref CitedTo);
            else reader.Skip();
        }
    }

    private void ReadError(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("type"u8)) ErrorType = String(ref reader);
            else if (reader.Is("message"u8)) ErrorMessage = String(ref reader);
            else reader.Skip();
        }
    }

    internal static void Number(scoped ref Utf8JsonReader reader, ref long value)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0) value = number;
        else reader.Skip();
    }

    private static ReadOnlySpan<byte> RawValue(ReadOnlySpan<byte> data, scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return data[start..(int)reader.BytesConsumed];
    }
}
