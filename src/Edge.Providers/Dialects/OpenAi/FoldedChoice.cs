using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>One choice of an answer while its events come in. Texts are kept escaped, so that halves of a surrogate pair join and nothing is escaped twice.</summary>
internal sealed class FoldedChoice
{
    private readonly List<Call> _calls = [];
    private readonly ByteBuffer _blocks = new();
    private readonly ThinkingBlocks _thinking = new();
    private readonly ByteBuffer _annotations = new();
    private readonly ByteBuffer _images = new();
    private readonly ByteBuffer _logprobs = new();
    private readonly ByteBuffer _detail = new();
    private int _callsUsed;

    private sealed class Call
    {
        public int Number;
        public bool IsCustom;
        public readonly ByteBuffer Id = new();
        public readonly ByteBuffer Name = new();
        public readonly ByteBuffer Arguments = new();
        public readonly ByteBuffer Signature = new();
    }

    public int Index { get; private set; }

    public FinishReason Reason { get; private set; }

    public ByteBuffer Text { get; } = new();

    public ByteBuffer Refusal { get; } = new();

    public ByteBuffer Thinking { get; } = new();

    public void Clear(int index)
    {
        Index = index;
        Reason = FinishReason.None;
        Text.Clear();
        Refusal.Clear();
        Thinking.Clear();
        _blocks.Clear();
        _thinking.Clear(index);
        _annotations.Clear();
        _images.Clear();
        _logprobs.Clear();
        _detail.Clear();
        _callsUsed = 0;
    }

    public void AddText(JsonText text)
    {
        _thinking.Drop();
        text.WriteEscaped(Text);
    }

    public void AddThinking(JsonText text)
    {
        _thinking.Add(text);
        text.WriteEscaped(Thinking);
    }

    public void AddSignature(JsonText signature)
    {
        var json = Next(_blocks);
        _thinking.WriteSigned(ref json, signature);
        json.Flush();
    }

    public void AddRedacted(JsonText data)
    {
        var json = Next(_blocks);
        _thinking.WriteRedacted(ref json, data);
        json.Flush();
    }

    public void AddCall(int number, JsonText id, JsonText name, bool isCustom)
    {
        _thinking.Drop();
        if (_callsUsed == _calls.Count) _calls.Add(new Call());
        var call = _calls[_callsUsed++];
        (call.Number, call.IsCustom) = (number, isCustom);
        call.Id.Clear();
        call.Name.Clear();
        call.Arguments.Clear();
        call.Signature.Clear();
        id.WriteEscaped(call.Id);
        name.WriteEscaped(call.Name);
    }

    public void AddArguments(int number, JsonText fragment)
    {
        if (Find(number) is { } call) fragment.WriteEscaped(call.Arguments);
    }

    public void AddCallSignature(int number, JsonText signature)
    {
        if (Find(number) is not { } call || !SignatureOrigin.TryTake(signature, SignatureOrigin.Gemini, out var own)) return;
        call.Signature.Clear();
        own.WriteEscaped(call.Signature);
    }

    public void Finish(FinishReason reason, JsonText detail)
    {
        Reason = reason;
        _detail.Clear();
        detail.WriteEscaped(_detail);
    }

    public void AddCitation(in ChatCitation citation)
    {
        var json = Next(_annotations);
        OpenAiChatText.Citation(ref json, citation);
        json.Flush();
    }

    public void AddMedia(JsonText mediaType, JsonText data)
    {
        if (!mediaType.Bytes.StartsWith("image/"u8)) return;
        var json = Next(_images);
        OpenAiChatText.Image(ref json, mediaType, data);
        json.Flush();
    }

    public void AddLogprobs(ReadOnlySpan<byte> tokens)
    {
        var json = Next(_logprobs);
        json.Raw(tokens);
        json.Flush();
    }

    public void Write(ref JsonOut json, ByteBuffer scratch)
    {
        json.Raw("{\"index\":"u8);
        json.Number(Index);
        json.Raw(",\"message\":{\"role\":\"assistant\",\"content\":"u8);
        if (Text.Length == 0 && (_callsUsed > 0 || Refusal.Length > 0)) json.Raw("null"u8);
        else Quoted(ref json, Text);
        json.Raw(",\"refusal\":"u8);
        if (Refusal.Length == 0) json.Raw("null"u8);
        else Quoted(ref json, Refusal);
        if (Thinking.Length > 0)
        {
            json.Raw(",\"reasoning_content\":"u8);
            Quoted(ref json, Thinking);
        }
        List(ref json, ",\"thinking_blocks\":["u8, _blocks);
        List(ref json, ",\"annotations\":["u8, _annotations);
        List(ref json, ",\"images\":["u8, _images);
        if (_callsUsed > 0) WriteCalls(ref json, scratch);
        if (_logprobs.Length == 0) json.Raw("},\"logprobs\":null,\"finish_reason\":"u8);
        else
        {
            json.Raw("},\"logprobs\":{\"content\":["u8);
            json.Raw(_logprobs.Span);
            json.Raw("],\"refusal\":null},\"finish_reason\":"u8);
        }
        if (Reason == FinishReason.None)
        {
            json.Raw("null}"u8);
            return;
        }
        json.Raw("\""u8);
        json.Raw(OpenAiChatText.Finish(Reason));
        json.Raw("\""u8);
        OpenAiChatText.NativeFinish(ref json, Reason, new JsonText(_detail.Span, isEscaped: true));
        json.Raw("}"u8);
    }

    private void WriteCalls(ref JsonOut json, ByteBuffer scratch)
    {
        json.Raw(",\"tool_calls\":["u8);
        for (var i = 0; i < _callsUsed; i++)
        {
            json.Raw(i == 0 ? "{\"id\":"u8 : ",{\"id\":"u8);
            Quoted(ref json, _calls[i].Id);
            json.Raw(_calls[i].IsCustom ? ",\"type\":\"custom\",\"custom\":{\"name\":"u8 : ",\"type\":\"function\",\"function\":{\"name\":"u8);
            Quoted(ref json, _calls[i].Name);
            json.Raw(_calls[i].IsCustom ? ",\"input\":"u8 : ",\"arguments\":"u8);
            if (_calls[i].IsCustom) CustomTools.Unwrap(_calls[i].Arguments, scratch);
            Quoted(ref json, _calls[i].Arguments);
            json.Raw("}"u8);
            if (_calls[i].Signature.Length > 0)
            {
                json.Raw(","u8);
                OpenAiChatText.ThoughtSignature(ref json, new JsonText(_calls[i].Signature.Span, isEscaped: true));
            }
            json.Raw("}"u8);
        }
        json.Raw("]"u8);
    }

    private Call? Find(int number)
    {
        for (var i = _callsUsed - 1; i >= 0; i--)
        {
            if (_calls[i].Number == number) return _calls[i];
        }
        return null;
    }

    private static JsonOut Next(ByteBuffer list)
    {
        var json = new JsonOut(list);
        if (list.Length > 0) json.Raw(","u8);
        return json;
    }

    private static void List(ref JsonOut json, ReadOnlySpan<byte> name, ByteBuffer list)
    {
        if (list.Length == 0) return;
        json.Raw(name);
        json.Raw(list.Span);
        json.Raw("]"u8);
    }

    private static void Quoted(ref JsonOut json, ByteBuffer escaped)
    {
        json.Raw("\""u8);
        json.Raw(escaped.Span);
        json.Raw("\""u8);
    }
}
