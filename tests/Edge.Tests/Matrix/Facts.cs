using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Tests.Matrix;

/// <summary>What an answer says, whatever dialect it says it in: text, reasoning, calls, reason, usage, error. Two answers that say the same have equal texts.</summary>
internal sealed class Facts : IChatEventSink
{
    private readonly ByteBufferText _text = new();
    private readonly ByteBufferText _refusal = new();
    private readonly ByteBufferText _thinking = new();
    private readonly SortedDictionary<int, (string Name, ByteBufferText Arguments)> _calls = [];
    private readonly HashSet<string> _ids = [];
    private FinishReason _reason;
    private Usage _usage = new();
    private ProviderError? _error;

    public bool IsEnded { get; private set; }

    public bool IsFailed => _error is not null;

    public void Start(in ChatStart start)
    {
    }

    public void Text(int choice, JsonText text) => _text.Add(text);

    public void Refusal(int choice, JsonText text) => _refusal.Add(text);

    public void Thinking(int choice, JsonText text) => _thinking.Add(text);

    public void ThinkingSignature(int choice, JsonText signature)
    {
    }

    public void RedactedThinking(int choice, JsonText data)
    {
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
        Assert.False(id.IsEmpty, "a call without an id");
        Assert.True(_ids.Add(id.ToString()), "two calls of one id");
        _calls.Add(call, (name.ToString(), new()));
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment) => _calls[call].Arguments.Add(fragment);

    public void ToolCallSignature(int choice, int call, JsonText signature)
    {
    }

    public void Citation(int choice, in ChatCitation citation)
    {
    }

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens)
    {
    }

    public void Media(int choice, JsonText mediaType, JsonText data)
    {
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail) => _reason = reason;

    public void Error(ProviderError error) => _error = error;

    public void End() => IsEnded = true;

    public override string ToString()
    {
        var facts = new StringBuilder();
        facts.Append("text: ").Append(_text).Append('\n');
        if (_refusal.Length > 0) facts.Append("refusal: ").Append(_refusal).Append('\n');
        if (_thinking.Length > 0) facts.Append("thinking: ").Append(_thinking).Append('\n');
        foreach (var (_, (name, arguments)) in _calls) facts.Append("call: ").Append(name).Append(' ').Append(Compact(arguments.ToString())).Append('\n');
        if (_error is not null) return facts.Append("error\n").ToString();
        facts.Append("finish: ").Append(_reason).Append('\n');
        facts.Append("usage: ").Append(_usage.Input).Append(' ').Append(_usage.Output).Append('\n');
        return facts.Append(IsEnded ? "end\n" : "cut\n").ToString();
    }

    private static string Compact(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return System.Text.Json.JsonSerializer.Serialize(document.RootElement);
    }

    private sealed class ByteBufferText
    {
        private readonly System.Buffers.ArrayBufferWriter<byte> _escaped = new();

        public int Length => _escaped.WrittenCount;

        public void Add(JsonText text) => text.WriteEscaped(_escaped);

        public override string ToString() => new JsonText(_escaped.WrittenSpan, isEscaped: true).ToString();
    }
}
