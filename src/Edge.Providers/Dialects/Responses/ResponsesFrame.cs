using System.Text.Json;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.Responses;

/// <summary>One stream event of Responses, read in one pass without a DOM; its objects stay raw. Members of another type than documented count as absent.</summary>
internal ref struct ResponsesFrame
{
    // As deep as the index of a whole answer goes.
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    public ResponsesFrame()
    {
    }

    public JsonText Type;
    public JsonText Delta;
    public long OutputIndex = 0;

    /// <summary>content_index or summary_index.</summary>
    public long PartIndex = 0;

    /// <summary>Raw JSON; empty = absent.</summary>
    public ReadOnlySpan<byte> Item;

    public ReadOnlySpan<byte> Response;
    public ReadOnlySpan<byte> Annotation;
    public ReadOnlySpan<byte> Logprobs;

    /// <exception cref="JsonException">The data is not one JSON object.</exception>
    public static ResponsesFrame Read(ReadOnlySpan<byte> data)
    {
        var frame = new ResponsesFrame();
        var reader = new Utf8JsonReader(data, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (NextMember(ref reader))
        {
            if (reader.Is("type"u8)) frame.Type = String(ref reader);
            else if (reader.Is("delta"u8)) frame.Delta = String(ref reader);
            else if (reader.Is("output_index"u8)) frame.OutputIndex = Number(ref reader);
            else if (reader.Is("content_index"u8) || reader.Is("summary_index"u8)) frame.PartIndex = Number(ref reader);
            else if (reader.Is("item"u8)) frame.Item = Raw(data, ref reader, JsonTokenType.StartObject);
            else if (reader.Is("response"u8)) frame.Response = Raw(data, ref reader, JsonTokenType.StartObject);
            else if (reader.Is("annotation"u8)) frame.Annotation = Raw(data, ref reader, JsonTokenType.StartObject);
            else if (reader.Is("logprobs"u8)) frame.Logprobs = Raw(data, ref reader, JsonTokenType.StartArray);
            else reader.Skip();
        }
        // Trailing bytes throw here.
        reader.Read();
        return frame;
    }

    public static long Number(scoped ref Utf8JsonReader reader, long otherwise = 0)
    {
        reader.Read();
        // Some servers write times as 1.7e9 or 1700000000.0.
        if (reader.TokenType == JsonTokenType.Number)
        {
            if (reader.TryGetInt64(out var number)) return Math.Max(number, otherwise);
            return reader.TryGetDouble(out var real) && real is > 0 and < long.MaxValue ? (long)real : otherwise;
        }
        reader.Skip();
        return otherwise;
    }
}

/// <summary>An output item.</summary>
internal ref struct ResponsesItemFrame
{
    public JsonText Type;
    public JsonText CallId;
    public JsonText Name;
    public JsonText Arguments;
    public JsonText Input;
    public JsonText Encrypted;

    /// <summary>It was cut off.</summary>
    public bool IsIncomplete;

    /// <summary>Perplexity's: what Gemini signed of the call.</summary>
    public JsonText ThoughtSignature;

    public JsonText Result;
    public JsonText Format;

    /// <summary>Raw arrays; empty = absent.</summary>
    public ReadOnlySpan<byte> Content;

    public ReadOnlySpan<byte> Summary;

    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static ResponsesItemFrame Read(ReadOnlySpan<byte> json)
    {
        var item = default(ResponsesItemFrame);
        var reader = new Utf8JsonReader(json, ResponsesFrame.Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("type"u8)) item.Type = JsonReading.String(ref reader);
            else if (reader.Is("call_id"u8)) item.CallId = JsonReading.String(ref reader);
            else if (reader.Is("name"u8)) item.Name = JsonReading.String(ref reader);
            else if (reader.Is("arguments"u8)) item.Arguments = JsonReading.String(ref reader);
            else if (reader.Is("input"u8)) item.Input = JsonReading.String(ref reader);
            else if (reader.Is("encrypted_content"u8)) item.Encrypted = JsonReading.String(ref reader);
            else if (reader.Is("thought_signature"u8)) item.ThoughtSignature = JsonReading.String(ref reader);
            else if (reader.Is("status"u8)) item.IsIncomplete = JsonReading.String(ref reader).Is("incomplete"u8);
            else if (reader.Is("result"u8)) item.Result = JsonReading.String(ref reader);
            else if (reader.Is("output_format"u8)) item.Format = JsonReading.String(ref reader);
            else if (reader.Is("content"u8)) item.Content = JsonReading.Raw(json, ref reader, JsonTokenType.StartArray);
            else if (reader.Is("summary"u8)) item.Summary = JsonReading.Raw(json, ref reader, JsonTokenType.StartArray);
            else reader.Skip();
        }
        return item;
    }
}

/// <summary>A part of a message's content, a summary's or a reasoning's text.</summary>
internal ref struct ResponsesPartFrame
{
    public JsonText Type;
    public JsonText Text;
    public JsonText Refusal;
    public ReadOnlySpan<byte> Annotations;
    public ReadOnlySpan<byte> Logprobs;

    // annotation
    public JsonText Url;
    public JsonText Title;
    public long Start;
    public long End;

    /// <summary>Reads the object on whose opening brace the reader stands.</summary>
    public static ResponsesPartFrame Read(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var part = new ResponsesPartFrame { Start = -1, End = -1 };
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.Is("type"u8)) part.Type = JsonReading.String(ref reader);
            else if (reader.Is("text"u8)) part.Text = JsonReading.String(ref reader);
            else if (reader.Is("refusal"u8)) part.Refusal = JsonReading.String(ref reader);
            else if (reader.Is("annotations"u8)) part.Annotations = JsonReading.Raw(json, ref reader, JsonTokenType.StartArray);
            else if (reader.Is("logprobs"u8)) part.Logprobs = JsonReading.Raw(json, ref reader, JsonTokenType.StartArray);
            else if (reader.Is("url"u8)) part.Url = JsonReading.String(ref reader);
            else if (reader.Is("title"u8) || reader.Is("filename"u8)) part.Title = JsonReading.String(ref reader);
            else if (reader.Is("start_index"u8)) part.Start = ResponsesFrame.Number(ref reader, -1);
            else if (reader.Is("end_index"u8)) part.End = ResponsesFrame.Number(ref reader, -1);
            else reader.Skip();
        }
        return part;
    }
}
