using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// Folds events into one whole message of the Messages API, written when the answer is whole. https://docs.claude.com/en/api/messages
/// Its rules are those of <see cref="AnthropicStreamEncoder"/>; blocks stand in the order in which they began. A call's <c>input</c> must be JSON: no arguments are
/// <c>{}</c>; arguments that are no JSON object are an error of the provider's, unless its output limit cut them off: then they become <c>{"_raw":"..."}</c>, so that the
/// message stays readable and no character is lost.
/// One instance serves one answer at a time; <see cref="Begin"/> makes it ready for the next.
/// </summary>
public sealed class AnthropicResponseEncoder : IChatEncoder
{
    private readonly List<HeldBlock> _blocks = [];

    // Those of the blocks that are calls: text and reasoning may be many more.
    private readonly List<HeldBlock> _calls = [];
    private readonly ByteBuffer _id = new();
    private readonly ByteBuffer _model = new();
    private readonly ByteBuffer _tier = new();
    private readonly ByteBuffer _detail = new();
    private readonly ByteBuffer _scratch = new();
    private IBufferWriter<byte> _output = null!;
    private ChatOutput _settings;
    private Usage _usage;
    private FinishReason _reason;
    private int _used;
    private bool _hasCalls;
    private bool _hasRefusal;

    /// <summary>The error that came instead of the end; then nothing was written.</summary>
    public ProviderError? Failure { get; private set; }

    /// <summary>The answer was whole and is written.</summary>
    public bool IsWritten { get; private set; }

    public void Begin(IBufferWriter<byte> output, in ChatOutput settings)
    {
        _output = output;
        _settings = settings;
        _usage = new();
        _reason = FinishReason.None;
        _used = 0;
        _calls.Clear();
        _hasCalls = _hasRefusal = false;
        _id.Clear();
        _model.Clear();
        _tier.Clear();
        _detail.Clear();
        Failure = null;
        IsWritten = false;
    }

    public void Start(in ChatStart start)
    {
        _id.Clear();
        _model.Clear();
        _tier.Clear();
        start.Id.WriteEscaped(_id);
        start.Model.WriteEscaped(_model);
        start.ServiceTier.WriteEscaped(_tier);
    }

    public void Text(int choice, JsonText text)
    {
        if (choice == 0 && !text.IsEmpty) text.WriteEscaped(Last(BlockKind.Text).Content);
    }

    public void Refusal(int choice, JsonText text)
    {
        if (choice != 0) return;
        _hasRefusal |= !text.IsEmpty;
        Text(choice, text);
    }

    public void Thinking(int choice, JsonText text)
    {
        if (choice == 0 && !text.IsEmpty) text.WriteEscaped(Last(BlockKind.Thinking).Content);
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
        if (choice != 0 || signature.IsEmpty) return;
        var block = Last(BlockKind.Thinking);
        signature.WriteEscaped(block.Signature);
        block.IsClosed = true;
    }

    public void RedactedThinking(int choice, JsonText data)
    {
        if (choice == 0) data.WriteEscaped(Add(BlockKind.Redacted).Content);
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        if (choice != 0) return;
        _hasCalls = true;
        var block = Add(BlockKind.Call, call);
        _calls.Add(block);
        block.SetCall(id, name, _settings.FallbackId.Span);
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
        if (choice == 0 && FindCall(call) is { } block) fragment.WriteEscaped(block.Content);
    }

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
        if (choice != 0 || FindCall(call) is not { } block) return;
        block.Signature.Clear();
        signature.WriteEscaped(block.Signature);
    }

    public void Citation(int choice, in ChatCitation citation)
    {
        // Of the text said last, also where a call stands behind it.
        var last = _used - 1;
        while (last >= 0 && _blocks[last].Kind != BlockKind.Text) last--;
        if (choice != 0 || last < 0) return;
        var block = _blocks[last];
        var json = new JsonOut(block.Citations);
        if (block.Citations.Length > 0) json.Raw(","u8);
        AnthropicAnswerText.Citation(ref json, citation);
        json.Flush();
        // What follows is another block, as at Anthropic.
        block.IsClosed = true;
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
        if (choice != 0) return;
        var json = new JsonOut(Last(BlockKind.Text).Content);
        AnthropicAnswerText.MediaMarker(ref json, mediaType);
        json.Flush();
    }

    public void ServiceTier(JsonText tier)
    {
        _tier.Clear();
        tier.WriteEscaped(_tier);
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        if (choice != 0) return;
        _reason = reason;
        _detail.Clear();
        detail.WriteEscaped(_detail);
    }

    public void Error(ProviderError error) => Failure ??= error;

    public void End()
    {
        if (Failure is not null || IsWritten) return;
        if (_reason is not (FinishReason.Length or FinishReason.ContextWindow) && HasBrokenCall())
        {
            Error(new ProviderError { Kind = ProviderErrorKind.Malformed, Status = 502, Message = "The provider gave a tool call whose arguments are no JSON object." });
            return;
        }
        IsWritten = true;
        var json = new JsonOut(_output, 1024);
        json.Raw("{\"id\":\""u8);
        AnthropicAnswerText.Id(ref json, HeldBlock.Text(_id), _settings.FallbackId.Span);
        json.Raw("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"u8);
        json.String(_model.Length == 0 ? JsonText.Plain(_settings.FallbackModel.Span) : HeldBlock.Text(_model));
        json.Raw(",\"content\":["u8);
        for (var i = 0; i < _used; i++)
        {
            if (i > 0) json.Raw(","u8);
            Write(ref json, _blocks[i]);
        }
        json.Raw("],"u8);
        AnthropicAnswerText.Stop(ref json, _reason, _hasCalls, _hasRefusal, HeldBlock.Text(_detail));
        json.Raw(",\"usage\":"u8);
        AnthropicAnswerText.Usage(ref json, _usage, AnthropicAnswerText.Tier(HeldBlock.Text(_tier)));
        json.Raw("}"u8);
        json.Flush();
    }

    // An application would run its tool with something that the model never said.
    private bool HasBrokenCall()
    {
        for (var i = 0; i < _used; i++)
        {
            if (_blocks[i].Kind != BlockKind.Call) continue;
            var arguments = HeldBlock.Text(_blocks[i].Content);
            if (AnthropicText.IsBlank(arguments)) continue;
            _scratch.Clear();
            _scratch.Advance(arguments.Unescape(_scratch.GetSpan(arguments.Bytes.Length)));
            if (!AnthropicText.IsObject(_scratch.Span)) return true;
        }
        return false;
    }

    private void Write(ref JsonOut json, HeldBlock block)
    {
        switch (block.Kind)
        {
            case BlockKind.Text:
                json.Raw("{\"type\":\"text\",\"text\":\""u8);
                json.Raw(block.Content.Span);
                json.Raw(block.Citations.Length == 0 ? "\"}"u8 : "\",\"citations\":["u8);
                if (block.Citations.Length == 0) return;
                json.Raw(block.Citations.Span);
                json.Raw("]}"u8);
                return;
            case BlockKind.Thinking:
                json.Raw("{\"type\":\"thinking\",\"thinking\":\""u8);
                json.Raw(block.Content.Span);
                json.Raw("\",\"signature\":\""u8);
                json.Raw(block.Signature.Span);
                json.Raw("\"}"u8);
                return;
            case BlockKind.Redacted:
                json.Raw("{\"type\":\"redacted_thinking\",\"data\":\""u8);
                json.Raw(block.Content.Span);
                json.Raw("\"}"u8);
                return;
        }
        if (block.Signature.Length > 0)
        {
            json.Raw("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\""u8);
            json.Raw(block.Signature.Span);
            json.Raw("\"},"u8);
        }
        json.Raw("{\"type\":\"tool_use\",\"id\":\""u8);
        json.Raw(block.Id.Span);
        json.Raw("\",\"name\":\""u8);
        json.Raw(block.Name.Span);
        json.Raw("\",\"input\":"u8);
        Input(ref json, HeldBlock.Text(block.Content));
        // Who called: the model itself, not code that it runs. Strict clients take no tool_use without it.
        json.Raw(",\"caller\":{\"type\":\"direct\"}}"u8);
    }

    private void Input(ref JsonOut json, JsonText arguments)
    {
        if (AnthropicText.IsBlank(arguments))
        {
            json.Raw("{}"u8);
            return;
        }
        _scratch.Clear();
        _scratch.Advance(arguments.Unescape(_scratch.GetSpan(arguments.Bytes.Length)));
        if (AnthropicText.IsObject(_scratch.Span))
        {
            json.Raw(_scratch.Span);
            return;
        }
        json.Raw("{\"_raw\":\""u8);
        json.Raw(arguments.Bytes);
        json.Raw("\"}"u8);
    }

    private HeldBlock Add(BlockKind kind, int call = -1)
    {
        if (_used == _blocks.Count) _blocks.Add(new HeldBlock());
        var block = _blocks[_used++];
        block.Clear(kind, call);
        return block;
    }

    private HeldBlock Last(BlockKind kind) => _used > 0 && _blocks[_used - 1] is { IsClosed: false } last && last.Kind == kind ? last : Add(kind);

    private HeldBlock? FindCall(int call)
    {
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            if (_calls[i].Call == call) return _calls[i];
        }
        return null;
    }
}
