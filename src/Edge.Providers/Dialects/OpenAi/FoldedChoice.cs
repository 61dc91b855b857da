using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>One choice of an answer while its events come in. Texts are kept escaped, so that halves of a surrogate pair join and nothing is escaped twice.</summary>
internal sealed class FoldedChoice
{
    private readonly List<Call> _calls = [];
    private readonly ByteBuffer _blocks = new();
    private readonly ThinkingBlocks _thinking = new();
    private int _callsUsed;

    private sealed class Call
    {
        public int Number;
        public readonly ByteBuffer Id = new();
        public readonly ByteBuffer Name = new();
        public readonly ByteBuffer Arguments = new();
    }

    public int Index { get; private set; }

    public FinishReason Reason { get; set; }

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
        var json = OpenBlock();
        _thinking.WriteSigned(ref json, signature);
        json.Flush();
    }

    public void AddRedacted(JsonText data)
    {
        var json = OpenBlock();
        _thinking.WriteRedacted(ref json, data);
        json.Flush();
    }

    public void AddCall(int number, JsonText id, JsonText name)
    {
        _thinking.Drop();
        if (_callsUsed == _calls.Count) _calls.Add(new Call());
        var call = _calls[_callsUsed++];
        call.Number = number;
        call.Id.Clear();
        call.Name.Clear();
        call.Arguments.Clear();
        id.WriteEscaped(call.Id);
        name.WriteEscaped(call.Name);
    }

    public void AddArguments(int number, JsonText fragment)
    {
        for (var i = _callsUsed - 1; i >= 0; i--)
        {
            if (_calls[i].Number != number) continue;
            fragment.WriteEscaped(_calls[i].Arguments);
            return;
        }
    }

    public void Write(ref JsonOut json)
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
        if (_blocks.Length > 0)
        {
            json.Raw(",\"thinking_blocks\":["u8);
            json.Raw(_blocks.Span);
            json.Raw("]"u8);
        }
        if (_callsUsed > 0) WriteCalls(ref json);
        json.Raw("},\"logprobs\":null,\"finish_reason\":"u8);
        if (Reason == FinishReason.None)
        {
            json.Raw("null}"u8);
            return;
        }
        json.Raw("\""u8);
        json.Raw(OpenAiChatText.Finish(Reason));
        json.Raw("\"}"u8);
    }

    private void WriteCalls(ref JsonOut json)
    {
        json.Raw(",\"tool_calls\":["u8);
        for (var i = 0; i < _callsUsed; i++)
        {
            json.Raw(i == 0 ? "{\"id\":"u8 : ",{\"id\":"u8);
            Quoted(ref json, _calls[i].Id);
            json.Raw(",\"type\":\"function\",\"function\":{\"name\":"u8);
            Quoted(ref json, _calls[i].Name);
            json.Raw(",\"arguments\":"u8);
            Quoted(ref json, _calls[i].Arguments);
            json.Raw("}}"u8);
        }
        json.Raw("]"u8);
    }

    private JsonOut OpenBlock()
    {
        var json = new JsonOut(_blocks);
        if (_blocks.Length > 0) json.Raw(","u8);
        return json;
    }

    private static void Quoted(ref JsonOut json, ByteBuffer escaped)
    {
        json.Raw("\""u8);
        json.Raw(escaped.Span);
        json.Raw("\""u8);
    }
}
