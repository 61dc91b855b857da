using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Completions;

/// <summary>
/// Folds events into one whole legacy completion, written when the answer is whole. https://platform.openai.com/docs/api-reference/completions/object
/// What has no place in it is told by <see cref="CompletionsStreamEncoder"/>. One instance serves one answer at a time.
/// </summary>
public sealed class CompletionsEncoder : IChatEncoder
{
    private sealed class Folded
    {
        public int Index;
        public FinishReason Reason;
        public readonly ByteBuffer Text = new();
        public readonly ByteBuffer Detail = new();
    }

    private readonly List<Folded> _choices = [];
    private readonly ByteBuffer _id = new();
    private readonly ByteBuffer _model = new();
    private IBufferWriter<byte> _output = null!;
    private ChatOutput _settings;
    private long _created;
    private Usage _usage;
    private int _used;

    /// <summary>The error that came instead of the end; then nothing was written.</summary>
    public ProviderError? Failure { get; private set; }

    /// <summary>The answer was whole and is written.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>Starts an answer.</summary>
    /// <param name="output">Takes the JSON at <see cref="End"/>.</param>
    /// <param name="settings">What the provider does not say.</param>
    public void Begin(IBufferWriter<byte> output, in ChatOutput settings)
    {
        _output = output;
        _settings = settings;
        _created = 0;
        _usage = new();
        _used = 0;
        _id.Clear();
        _model.Clear();
        Failure = null;
        IsWritten = false;
    }

    public void Start(in ChatStart start)
    {
        _created = start.Created;
        _id.Clear();
        _model.Clear();
        start.Id.WriteEscaped(_id);
        start.Model.WriteEscaped(_model);
    }

    public void Text(int choice, JsonText text) => text.WriteEscaped(Choice(choice).Text);

    public void Refusal(int choice, JsonText text) => Text(choice, text);

    public void Thinking(int choice, JsonText text)
    {
    }

    public void ThinkingSignature(int choice, JsonText signature)
    {
    }

    public void RedactedThinking(int choice, JsonText data)
    {
    }

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name)
    {
    }

    public void ToolCallArguments(int choice, int call, JsonText fragment)
    {
    }

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

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        var folded = Choice(choice);
        folded.Reason = reason;
        folded.Detail.Clear();
        detail.WriteEscaped(folded.Detail);
    }

    public void Error(ProviderError error) => Failure = error;

    public void End()
    {
        if (Failure is not null || IsWritten) return;
        if (_used == 0) Choice(0);
        var json = new JsonOut(_output, 1024);
        CompletionsText.Head(ref json, Written(_id), Written(_model), _created, _settings);
        for (var i = 0; i < _used; i++)
        {
            var choice = _choices[i];
            json.Raw(i == 0 ? "{\"text\":\""u8 : ",{\"text\":\""u8);
            json.Raw(choice.Text.Span);
            json.Raw("\",\"index\":"u8);
            json.Number(choice.Index);
            json.Raw(",\"logprobs\":null,\"finish_reason\":"u8);
            if (choice.Reason == FinishReason.None) json.Raw("null}"u8);
            else
            {
                json.Raw("\""u8);
                json.Raw(CompletionsText.Finish(choice.Reason));
                json.Raw("\""u8);
                OpenAiChatText.NativeFinish(ref json, choice.Reason, Written(choice.Detail));
                json.Raw("}"u8);
            }
        }
        json.Raw("]"u8);
        if (_usage.IsReported)
        {
            json.Raw(",\"usage\":"u8);
            OpenAiChatText.Usage(ref json, _usage);
        }
        json.Raw("}"u8);
        json.Flush();
        IsWritten = true;
    }

    private static JsonText Written(ByteBuffer escaped) => new(escaped.Span, isEscaped: escaped.Length > 0);

    private Folded Choice(int index)
    {
        for (var i = 0; i < _used; i++)
        {
            if (_choices[i].Index == index) return _choices[i];
        }
        if (_used == _choices.Count) _choices.Add(new Folded());
        var choice = _choices[_used++];
        choice.Index = index;
        choice.Reason = FinishReason.None;
        choice.Text.Clear();
        choice.Detail.Clear();
        return choice;
    }
}
