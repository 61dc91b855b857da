using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// Events -> the server-sent events of a streamed answer of the Messages API. https://docs.claude.com/en/docs/build-with-claude/streaming
/// <code>
/// stream = message_start *( content_block_start *content_block_delta content_block_stop ) message_delta message_stop
/// </code>
/// <list type="bullet">
/// <item>Nothing is written before the first word, call or finish: until then another provider may still be tried.</item>
/// <item>Blocks come strictly one behind the other, but other APIs interleave the arguments of parallel calls. The call whose turn it is streams; what comes for
/// others, and text meanwhile, waits until its arguments are a closed JSON value or the answer finished. What waits is bounded by <see cref="MaxHeld"/>.</item>
/// <item>A call's block opens with its first arguments, because its signature (Gemini's) may come in between: it is written as an empty thinking block in front of
/// the call, which SDKs send back as it is, and <see cref="AnthropicRequestDecoder"/> returns to its call. One that comes later stands behind the call.</item>
/// <item>Reasoning without a signature has the empty signature with which the block opened.</item>
/// <item>A refusal is text; the stop reason says what it is. Pictures become a marker. Choices other than the first cannot be expressed, and no request of this
/// dialect asks for any.</item>
/// <item>The last totals stand in <c>message_delta</c>, so it is written at the end; <c>message_start</c> has those that are known by then.</item>
/// </list>
/// One instance serves one stream at a time; <see cref="Begin"/> makes it ready for the next.
/// </summary>
public sealed partial class AnthropicStreamEncoder : IChatEncoder
{
    /// <summary>Bytes that may wait for their turn: arguments of parallel calls are a few kilobytes each.</summary>
    public const int MaxHeld = 8 << 20;

    private readonly ByteBuffer _id = new();
    private readonly ByteBuffer _model = new();
    private readonly ByteBuffer _tier = new();

    // Everything of a delta of the open block up to its text.
    private readonly ByteBuffer _delta = new();
    private readonly ByteBuffer _detail = new();
    private IBufferWriter<byte> _output = null!;
    private ChatOutput _settings;
    private Usage _usage;
    private FinishReason _reason;
    private bool _isStarted;
    private bool _isClosed;
    private bool _hasCalls;
    private bool _hasRefusal;

    /// <summary>The error that came instead of the end; it is the stream's last event.</summary>
    public ProviderError? Failure { get; private set; }

    /// <summary>The stream is whole.</summary>
    public bool IsWritten => _isClosed && Failure is null;

    public void Begin(IBufferWriter<byte> output, in ChatOutput settings)
    {
        _output = output;
        _settings = settings;
        _usage = new();
        _reason = FinishReason.None;
        _isStarted = _isClosed = _hasCalls = _hasRefusal = false;
        Failure = null;
        _id.Clear();
        _model.Clear();
        _tier.Clear();
        _detail.Clear();
        ClearBlocks();
    }

    public void Start(in ChatStart start)
    {
        if (_isStarted) return;
        _id.Clear();
        _model.Clear();
        _tier.Clear();
        start.Id.WriteEscaped(_id);
        start.Model.WriteEscaped(_model);
        start.ServiceTier.WriteEscaped(_tier);
    }

    public void Text(int choice, JsonText text)
    {
        if (_isClosed || choice != 0 || text.IsEmpty) return;
        if (MustWait()) HoldText(text);
        else
        {
            var json = new JsonOut(_output, _delta.Length + text.Bytes.Length + 64);
            WriteText(ref json, text);
            json.Flush();
        }
    }

    public void Refusal(int choice, JsonText text)
    {
        if (choice != 0) return;
        _hasRefusal |= !text.IsEmpty;
        Text(choice, text);
    }

    public void Thinking(int choice, JsonText text)
    {
        if (_isClosed || choice != 0 || text.IsEmpty) return;
        if (MustWait()) HoldThinking(text);
        else
        {
            var json = new JsonOut(_output, _delta.Length + text.Bytes.Length + 64);
            WriteThinking(ref json, text);
            json.Flush();
        }
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        if (_isClosed || choice != 0 || signature.IsEmpty) return;
        if (MustWait()) HoldSignature(signature);
        else
        {
            var json = new JsonOut(_output, signature.Bytes.Length + 256);
            WriteSignature(ref json, signature);
            json.Flush();
        }
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        if (_isClosed || choice != 0) return;
        if (MustWait()) Hold(BlockKind.Redacted, data);
        else
        {
            var json = new JsonOut(_output, data.Bytes.Length + 256);
            WriteRedacted(ref json, data);
            json.Flush();
        }
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        if (_isClosed || choice != 0) return;
        _hasCalls = true;
        MustWait();
        var block = Hold(BlockKind.Call, call);
        block.SetCall(id, name, _settings.FallbackId.Span);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        if (_isClosed || choice != 0 || fragment.IsEmpty) return;
        var place = FindCall(call);
        if (place < 0)
        {
            // Its block was closed because its arguments were a whole value, so what follows can be nothing but white space.
            if (!AnthropicText.IsBlank(fragment)) Fail("The provider went on with a tool call that was complete.");
            return;
        }
        var block = _blocks[place];
        block.Follow(fragment);
        if (place > _at)
        {
            Keep(block.Content, fragment);
            return;
        }
        var json = new JsonOut(_output, _delta.Length + fragment.Bytes.Length + 256);
        if (!block.IsOpened) OpenCall(ref json, block);
        WriteDelta(ref json, fragment);
        if (block.IsComplete && _used > _at + 1) Drain(ref json, all: false);
        json.Flush();
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
        if (_isClosed || choice != 0 || signature.IsEmpty) return;
        var place = FindCall(call);
        if (place >= 0)
        {
            // Before the call where it is not on the wire yet; else behind it, when it closes.
            _blocks[place].Signature.Clear();
            signature.WriteEscaped(_blocks[place].Signature);
            return;
        }
        if (MustWait())
        {
            HoldSignature(signature);
            return;
        }
        var json = new JsonOut(_output, signature.Bytes.Length + 256);
        CloseBlock(ref json);
        WriteSignature(ref json, signature);
        json.Flush();
    }

    /// <summary>
    /// A citation belongs to a text block: the open one, or one that waits. Where the text is closed already it is left out, since an empty block of text would be refused when it is sent
    /// back; decoders say the sources of a text before its calls where the provider lets them.
    /// </summary>
    public void Citation(int choice, in ChatCitation citation)
    {
        if (_isClosed || choice != 0) return;
        if (LastHeldText() is { } held)
        {
            HoldCitation(held, citation);
            return;
        }
        if (_open != BlockKind.Text) return;
        _marker.Clear();
        var text = new JsonOut(_marker);
        AnthropicAnswerText.Citation(ref text, citation);
        text.Flush();
        var json = new JsonOut(_output, _marker.Length + 160);
        WriteCitation(ref json, _marker.Span);
        json.Flush();
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        _marker.Clear();
        var json = new JsonOut(_marker);
        AnthropicAnswerText.MediaMarker(ref json, mediaType);
        json.Flush();
        Text(choice, HeldBlock.Text(_marker));
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        if (_isClosed || choice != 0) return;
        _reason = reason;
        _detail.Clear();
        detail.WriteEscaped(_detail);
        var json = new JsonOut(_output, 512);
        Drain(ref json, all: true);
        StartMessage(ref json);
        CloseBlock(ref json);
        json.Flush();
    }

    /// <summary>Writes the error as the stream's last event; no <c>message_stop</c> follows, so that no client takes the answer for whole.</summary>
    public void Error(ProviderError error)
    {
        if (_isClosed) return;
        _isClosed = true;
        Failure = error;
        AnthropicErrorEnvelope.WriteEvent(_output, error);
    }

    public void End()
    {
        if (_isClosed) return;
        _isClosed = true;
        var json = new JsonOut(_output, 1024);
        Drain(ref json, all: true);
        StartMessage(ref json);
        CloseBlock(ref json);
        json.Raw("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"u8);
        AnthropicAnswerText.Stop(ref json, _reason, _hasCalls, _hasRefusal, HeldBlock.Text(_detail));
        json.Raw("},\"usage\":"u8);
        AnthropicAnswerText.Usage(ref json, _usage, default);
        json.Raw("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
        json.Flush();
    }

    private void Fail(string message) => Error(new ProviderError { Kind = ProviderErrorKind.Malformed, Status = 502, Message = message });

    private void StartMessage(ref JsonOut json)
    {
        if (_isStarted) return;
        _isStarted = true;
        json.Raw("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\""u8);
        AnthropicAnswerText.Id(ref json, HeldBlock.Text(_id), _settings.FallbackId.Span);
        json.Raw("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"u8);
        json.String(_model.Length == 0 ? JsonText.Plain(_settings.FallbackModel.Span) : HeldBlock.Text(_model));
        json.Raw(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"stop_details\":null,\"usage\":"u8);
        AnthropicAnswerText.Usage(ref json, _usage, AnthropicAnswerText.Tier(HeldBlock.Text(_tier)));
        json.Raw("}}\n\n"u8);
    }
}
