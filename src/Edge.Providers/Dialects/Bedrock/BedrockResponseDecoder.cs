using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Providers.Wire;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>
/// Answers of Bedrock's Converse and ConverseStream -> events. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
/// <code>
/// stream = messageStart *( [contentBlockStart] *contentBlockDelta contentBlockStop ) messageStop metadata      (or an exception anywhere)
/// </code>
/// The usage comes in <c>metadata</c>, behind the stop reason; the answer is whole with the later of the two, or with the stop reason where the stream ends behind it.
/// Tools that run at the provider (Nova's code interpreter: a <c>toolUse</c> of type <c>server_tool_use</c>, and its <c>toolResult</c>) are left out: the client did
/// not declare them and could not answer such a call.
/// <para>
/// Signatures and encrypted reasoning come from Claude alone, and are Anthropic's own: they carry no mark. What the Messages API gives as base64 is a blob here, base64
/// once more, which is undone, so that a conversation may go on at either.
/// </para>
/// One instance serves one response at a time.
/// </summary>
public sealed class BedrockResponseDecoder : IChatResponseDecoder
{
    private const int MaxImage = 32 << 20;

    // Per tool call: its block's index, and whether arguments were seen.
    private readonly List<ToolBlock> _tools = [];
    private readonly ByteBuffer _image = new();
    private readonly byte[] _imageFormat = new byte[16];
    private int _imageFormatLength;
    private long _serverTool = -1;
    private bool _started;
    private bool _finished;
    private bool _hasMetadata;

    // The text said so far and where the open block began, in UTF-16 units.
    private int _length;
    private int _blockStart;
    private long _block = -1;

    private record struct ToolBlock(long Index, bool HasArguments);

    /// <inheritdoc/>
    public bool IsClosed { get; private set; }

    /// <inheritdoc/>
    public void Reset()
    {
        _tools.Clear();
        _image.Clear();
        (_imageFormatLength, _serverTool) = (0, -1);
        (_length, _blockStart, _block) = (0, 0, -1);
        (_started, _finished, _hasMetadata, IsClosed) = (false, false, false, false);
    }

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> eventType, ReadOnlySpan<byte> data, IChatEventSink sink)
    {
        if (IsClosed) return;
        if (EventStreamReader.IsException(eventType))
        {
            Fail(BedrockErrors.FromEvent(eventType, data), sink);
            return;
        }
        BedrockFrame frame;
        try
        {
            JsonReading.RequireUtf8(data);
            frame = BedrockFrame.Read(data);
        }
        catch (JsonException)
        {
            Fail(Malformed("A stream event is not valid JSON."), sink);
            return;
        }
        if (eventType.SequenceEqual("contentBlockDelta"u8)) Delta(ref frame, sink);
        else if (eventType.SequenceEqual("contentBlockStart"u8)) BlockStart(ref frame, sink);
        else if (eventType.SequenceEqual("contentBlockStop"u8)) BlockStop(frame.Index, sink);
        else if (eventType.SequenceEqual("messageStart"u8)) Begin(sink);
        else if (eventType.SequenceEqual("messageStop"u8)) MessageStop(ref frame, sink);
        else if (eventType.SequenceEqual("metadata"u8)) Metadata(frame.Usage, frame.ServiceTier, sink);
    }

    /// <summary>True where the stop reason came: then it is the usage alone that is missing.</summary>
    public bool TryEnd(IChatEventSink sink)
    {
        if (IsClosed || !_finished) return false;
        End(sink);
        return true;
    }

    /// <inheritdoc/>
    public void Whole(JsonValue answer, IChatEventSink sink)
    {
        if (IsClosed) return;
        var content = answer["output"u8]["message"u8]["content"u8];
        if (content.Kind != Simd.Json.JsonKind.Array)
        {
            var isError = !answer["__type"u8].IsNullOrAbsent || !answer["message"u8].IsNullOrAbsent || !answer["Message"u8].IsNullOrAbsent;
            Fail(isError ? BedrockErrors.FromEvent(default, answer.Raw) : Malformed("The answer has no message."), sink);
            return;
        }
        Begin(sink, answer["serviceTier"u8]["type"u8].Text);
        foreach (var block in content.Elements)
        {
            Block(block, sink);
            if (IsClosed) return;
        }
        var usage = BedrockUsage.Read(answer["usage"u8]);
        var frame = new BedrockFrame
        {
            StopReason = answer["stopReason"u8].Text,
            StopSequence = answer["additionalModelResponseFields"u8]["stop_sequence"u8].Text,
        };
        if (!usage.IsEmpty) sink.Usage(usage.ToUsage());
        _hasMetadata = false;
        MessageStop(ref frame, sink);
        if (!IsClosed) End(sink);
    }

    private void Begin(IChatEventSink sink, JsonText tier = default)
    {
        if (_started) return;
        _started = true;
        // Neither an id nor the model is told.
        sink.Start(new ChatStart { ServiceTier = tier });
    }

    private void Block(JsonValue block, IChatEventSink sink)
    {
        foreach (var member in block.Members)
        {
            var value = member.Value;
            if (member.Name.Is("text"u8)) Text(value.Text, sink);
            else if (member.Name.Is("toolUse"u8)) ToolUse(value, sink);
            else if (member.Name.Is("reasoningContent"u8))
            {
                var reasoning = value["reasoningText"u8];
                if (!reasoning["text"u8].Text.IsEmpty) sink.Thinking(0, reasoning["text"u8].Text);
                if (!reasoning["signature"u8].Text.IsEmpty) sink.ThinkingSignature(0, reasoning["signature"u8].Text);
                Redacted(value["redactedContent"u8].Text, sink);
            }
            else if (member.Name.Is("citationsContent"u8))
            {
                _blockStart = _length;
                foreach (var text in value["content"u8].Elements) Text(text["text"u8].Text, sink);
                foreach (var citation in value["citations"u8].Elements) sink.Citation(0, BedrockCitation.Read(citation).ToCitation(_blockStart, _length));
            }
            else if (member.Name.Is("image"u8))
            {
                Media(value["format"u8].Text, value["source"u8]["bytes"u8].Text, sink);
            }
        }
    }

    private void ToolUse(JsonValue value, IChatEventSink sink)
    {
        if (value.Kind != Simd.Json.JsonKind.Object || value["type"u8].IsString("server_tool_use"u8)) return;
        if (!TryBeginCall(-1, hasArguments: true, value["toolUseId"u8].Text, value["name"u8].Text, sink)) return;
        sink.ToolCallArguments(0, _tools.Count - 1, JsonText.Plain(value["input"u8].Kind == Simd.Json.JsonKind.Object ? value["input"u8].Raw : "{}"u8));
    }

    private void BlockStart(ref BedrockFrame frame, IChatEventSink sink)
    {
        Begin(sink);
        if (frame.StartsImage)
        {
            _image.Clear();
            _imageFormatLength = Math.Min(frame.ImageFormat.Bytes.Length, _imageFormat.Length);
            frame.ImageFormat.Bytes[.._imageFormatLength].CopyTo(_imageFormat);
        }
        if (!frame.StartsToolUse) return;
        if (frame.ToolType.Is("server_tool_use"u8))
        {
            _serverTool = frame.Index;
            return;
        }
        TryBeginCall(frame.Index, hasArguments: false, frame.ToolUseId, frame.Name, sink);
    }

    private bool TryBeginCall(long index, bool hasArguments, JsonText id, JsonText name, IChatEventSink sink)
    {
        if (_tools.Count == AnswerLimits.MaxCalls)
        {
            Fail(Malformed(AnswerLimits.TooManyCalls), sink);
            return false;
        }
        _tools.Add(new ToolBlock(index, hasArguments));
        sink.ToolCallStart(0, _tools.Count - 1, id, name);
        return true;
    }

    private void Delta(ref BedrockFrame frame, IChatEventSink sink)
    {
        // Some models open no block for text.
        Begin(sink);
        if (frame.Index != _block) (_block, _blockStart) = (frame.Index, _length);
        Text(frame.Text, sink);
        if (!frame.Input.IsEmpty && frame.Index != _serverTool && CallOf(frame.Index) is >= 0 and var call)
        {
            _tools[call] = _tools[call] with { HasArguments = true };
            sink.ToolCallArguments(0, call, frame.Input);
        }
        if (!frame.ReasoningText.IsEmpty) sink.Thinking(0, frame.ReasoningText);
        if (!frame.Signature.IsEmpty) sink.ThinkingSignature(0, frame.Signature);
        Redacted(frame.Redacted, sink);
        if (frame.Citation.IsPresent) sink.Citation(0, frame.Citation.ToCitation(_blockStart, _length));
        if (!frame.ImageBytes.IsEmpty && !TryAddImage(frame.ImageBytes)) Fail(Malformed("An image is not base64 or larger than 32 MiB."), sink);
    }

    // A call without arguments gets no delta; everywhere else its arguments are an empty object.
    private void BlockStop(long index, IChatEventSink sink)
    {
        if (index == _serverTool) _serverTool = -1;
        if (_image.Length > 0) EndImage(sink);
        var call = CallOf(index);
        if (call >= 0) CloseCall(call, sink);
    }

    private void CloseCall(int call, IChatEventSink sink)
    {
        if (_tools[call].HasArguments) return;
        _tools[call] = _tools[call] with { HasArguments = true };
        sink.ToolCallArguments(0, call, JsonText.Plain("{}"u8));
    }

    private void MessageStop(ref BedrockFrame frame, IChatEventSink sink)
    {
        if (_finished) return;
        Begin(sink);
        if (FinishWords.IsFailure(frame.StopReason, _tools.Count > 0))
        {
            // What the model wrote could not be read, a call perhaps among it: as an answer that ended it would look complete.
            Fail(
                new ProviderError { Kind = ProviderErrorKind.ServerError, Status = 424, Type = frame.StopReason.ToString(), Message = "The model's output could not be read." },
                sink);
            return;
        }
        for (var call = 0; call < _tools.Count; call++) CloseCall(call, sink);
        _finished = true;
        var reason = FinishWords.Of(frame.StopReason);
        sink.Finish(0, reason, reason == FinishReason.StopSequence ? frame.StopSequence : FinishWords.Detail(frame.StopReason));
        if (_hasMetadata) End(sink);
    }

    private void Metadata(in BedrockUsage usage, JsonText tier, IChatEventSink sink)
    {
        Begin(sink);
        _hasMetadata = true;
        if (!tier.IsEmpty) sink.ServiceTier(tier);
        if (!usage.IsEmpty) sink.Usage(usage.ToUsage());
        if (_finished) End(sink);
    }

    private void Text(JsonText text, IChatEventSink sink)
    {
        if (text.IsEmpty) return;
        _length += Anthropic.AnthropicText.Utf16Length(text);
        sink.Text(0, text);
    }

    private static void Redacted(JsonText blob, IChatEventSink sink)
    {
        if (blob.IsEmpty) return;
        var buffer = ArrayPool<byte>.Shared.Rent(blob.Bytes.Length);
        var length = blob.Unescape(buffer);
        if (Base64.DecodeFromUtf8InPlace(buffer.AsSpan(0, length), out var decoded) == OperationStatus.Done && Ascii.IsValid(buffer.AsSpan(0, decoded))
            && Base64.IsValid(buffer.AsSpan(0, decoded)))
        {
            sink.RedactedThinking(0, JsonText.Plain(buffer.AsSpan(0, decoded)));
        }
        else
        {
            sink.RedactedThinking(0, blob);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    // The pieces are base64 each by itself, so that they cannot be put together as they are.
    private bool TryAddImage(JsonText piece)
    {
        if (piece.Bytes.Length > MaxImage - _image.Length) return false;
        var target = _image.GetSpan(piece.Bytes.Length);
        var length = piece.Unescape(target);
        if (Base64.DecodeFromUtf8InPlace(target[..length], out var decoded) != OperationStatus.Done) return false;
        _image.Advance(decoded);
        return true;
    }

    private void EndImage(IChatEventSink sink)
    {
        var encoded = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(_image.Length));
        Base64.EncodeToUtf8(_image.Span, encoded, out _, out var length);
        Media(JsonText.Plain(_imageFormat.AsSpan(0, _imageFormatLength)), JsonText.Plain(encoded.AsSpan(0, length)), sink);
        ArrayPool<byte>.Shared.Return(encoded);
        _image.Clear();
    }

    private static void Media(JsonText format, JsonText data, IChatEventSink sink)
    {
        if (data.IsEmpty) return;
        var type = format.Is("jpeg"u8) ? "image/jpeg"u8 : format.Is("gif"u8) ? "image/gif"u8 : format.Is("webp"u8) ? "image/webp"u8 : "image/png"u8;
        sink.Media(0, JsonText.Plain(type), data);
    }

    private void End(IChatEventSink sink)
    {
        IsClosed = true;
        sink.End();
    }

    private void Fail(ProviderError error, IChatEventSink sink)
    {
        IsClosed = true;
        sink.Error(error);
    }

    // Blocks come one behind the other, so the wanted one is the last nearly always.
    private int CallOf(long index)
    {
        for (var call = _tools.Count - 1; call >= 0; call--)
        {
            if (_tools[call].Index == index) return call;
        }
        return -1;
    }

    private static ProviderError Malformed(string message) => new() { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message };
}
