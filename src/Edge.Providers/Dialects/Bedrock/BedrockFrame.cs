using System.Text.Json;
using Edge.Providers.Json;
using static Edge.Providers.Json.JsonReading;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>
/// The payload of one ConverseStream event, read in one pass without a DOM. Members that are of another type than documented count as absent; what is unknown is
/// skipped (every payload holds <c>p</c>, padding against traffic analysis).
/// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
/// </summary>
internal ref struct BedrockFrame
{
    /// <summary>Beyond any true count of tokens; sums of counts below it do not overflow.</summary>
    public const long MaxCount = 1L << 48;

    public BedrockFrame()
    {
    }

    public long Index = 0;

    // start
    public bool StartsToolUse = false;
    public JsonText ToolUseId;
    public JsonText Name;
    public JsonText ToolType;
    public bool StartsImage = false;
    public JsonText ImageFormat;

    // delta
    public JsonText Text;
    public JsonText Input;
    public JsonText ReasoningText;
    public JsonText Signature;
    public JsonText Redacted;
    public JsonText ImageBytes;
    public BedrockCitation Citation = new();

    // messageStop
    public JsonText StopReason;
    public JsonText StopSequence;

    // metadata
    public BedrockUsage Usage = new();
    public JsonText ServiceTier;

    /// <exception cref="JsonException">The payload is not one JSON object.</exception>
    public static BedrockFrame Read(ReadOnlySpan<byte> payload)
    {
        var frame = new BedrockFrame();
        var reader = new Utf8JsonReader(payload);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (NextMember(ref reader))
        {
            if (reader.Is("contentBlockIndex"u8)) Number(ref reader, ref frame.Index);
            else if (reader.Is("delta"u8)) frame.ReadDelta(ref reader);
            else if (reader.Is("start"u8)) frame.ReadStart(ref reader);
            else if (reader.Is("stopReason"u8)) frame.StopReason = String(ref reader);
            else if (reader.Is("usage"u8)) frame.Usage.Read(ref reader);
            else if (reader.Is("serviceTier"u8)) frame.ServiceTier = Member(ref reader, "type"u8);
            else if (reader.Is("additionalModelResponseFields"u8)) frame.StopSequence = Member(ref reader, "stop_sequence"u8);
            else reader.Skip();
        }
        // Trailing bytes throw here.
        reader.Read();
        return frame;
    }

    private void ReadStart(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("toolUse"u8))
            {
                if (!Object(ref reader)) continue;
                StartsToolUse = true;
                while (NextMember(ref reader))
                {
                    if (reader.Is("toolUseId"u8)) ToolUseId = String(ref reader);
                    else if (reader.Is("name"u8)) Name = String(ref reader);
                    else if (reader.Is("type"u8)) ToolType = String(ref reader);
                    else reader.Skip();
                }
            }
            else if (reader.Is("image"u8))
            {
                if (!Object(ref reader)) continue;
                StartsImage = true;
                while (NextMember(ref reader))
                {
                    if (reader.Is("format"u8)) ImageFormat = String(ref reader);
                    else reader.Skip();
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadDelta(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("text"u8)) Text = String(ref reader);
            else if (reader.Is("toolUse"u8)) Input = Member(ref reader, "input"u8);
            else if (reader.Is("reasoningContent"u8)) ReadReasoning(ref reader);
            else if (reader.Is("citation"u8)) Citation.Read(ref reader);
            else if (reader.Is("image"u8)) ReadImage(ref reader);
            else reader.Skip();
        }
    }

    private void ReadReasoning(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("text"u8)) ReasoningText = String(ref reader);
            else if (reader.Is("signature"u8)) Signature = String(ref reader);
            else if (reader.Is("redactedContent"u8)) Redacted = String(ref reader);
            else reader.Skip();
        }
    }

    private void ReadImage(scoped ref Utf8JsonReader reader)
    {
        if (!Object(ref reader)) return;
        while (NextMember(ref reader))
        {
            if (reader.Is("source"u8)) ImageBytes = Member(ref reader, "bytes"u8);
            else reader.Skip();
        }
    }

    /// <summary>The string member of that name of the object that follows; empty where there is none.</summary>
    internal static JsonText Member(scoped ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name)
    {
        var value = default(JsonText);
        if (!Object(ref reader)) return value;
        while (NextMember(ref reader))
        {
            if (reader.Is(name)) value = String(ref reader);
            else reader.Skip();
        }
        return value;
    }

    internal static void Number(scoped ref Utf8JsonReader reader, scoped ref long value)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number is >= 0 and < MaxCount) value = number;
        else reader.Skip();
    }
}
