using System.Buffers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// Folds events into one whole OpenAI chat completion, written when the answer is whole. https://platform.openai.com/docs/api-reference/chat/object
/// Reasoning is <c>message.reasoning_content</c>; blocks with their signatures stand in <c>message.thinking_blocks</c>, as
/// <see cref="OpenAiChatStreamEncoder"/> describes. One instance serves one answer at a time; <see cref="Begin"/> makes it ready for the next.
/// </summary>
public sealed class OpenAiChatResponseEncoder : IChatEncoder
{
    private readonly List<FoldedChoice> _choices = [];
    private readonly ByteBuffer _id = new();
    private readonly ByteBuffer _model = new();
    private readonly ByteBuffer _tier = new();
    private readonly ByteBuffer _scratch = new();
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
        _created = settings.Created;
        _usage = new();
        _used = 0;
        _id.Clear();
        _model.Clear();
        _tier.Clear();
        Failure = null;
        IsWritten = false;
    }

    public void Start(in ChatStart start)
    {
        if (start.Created > 0) _created = start.Created;
        _id.Clear();
        _model.Clear();
        start.Id.WriteEscaped(_id);
        start.Model.WriteEscaped(_model);
        _tier.Clear();
        start.ServiceTier.WriteEscaped(_tier);
    }

    public void Text(int choice, JsonText text) => Choice(choice).AddText(text);

    public void Refusal(int choice, JsonText text) => text.WriteEscaped(Choice(choice).Refusal);

    public void Thinking(int choice, JsonText text) => Choice(choice).AddThinking(text);

    public void ThinkingSignature(int choice, JsonText signature) => Choice(choice).AddSignature(signature);

    public void RedactedThinking(int choice, JsonText data) => Choice(choice).AddRedacted(data);

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name) =>
        Choice(choice).AddCall(
            call, id.IsEmpty ? OpenAiChatText.MakeCallId(stackalloc byte[64], _settings.FallbackId.Span, choice, call) : id, name, CustomTools.IsDeclared(_settings.Echo.Span, name, _scratch));

    public void ToolCallArguments(int choice, int call, JsonText fragment) => Choice(choice).AddArguments(call, fragment);

    public void ToolCallSignature(int choice, int call, JsonText signature) => Choice(choice).AddCallSignature(call, signature);

    public void Citation(int choice, in ChatCitation citation) => Choice(choice).AddCitation(citation);

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens) => Choice(choice).AddLogprobs(tokens);

    public void Media(int choice, JsonText mediaType, JsonText data) => Choice(choice).AddMedia(mediaType, data);

    public void ServiceTier(JsonText tier)
    {
        _tier.Clear();
        tier.WriteEscaped(_tier);
    }

    public void Usage(in Usage usage) => _usage = usage;

    public void Finish(int choice, FinishReason reason, JsonText detail) => Choice(choice).Finish(reason, detail);

    public void Error(ProviderError error) => Failure = error;

    public void End()
    {
        if (Failure is not null || IsWritten) return;
        // An answer without any content is still an answer of one choice.
        if (_used == 0) Choice(0);
        var json = new JsonOut(_output, 1024);
        json.Raw("{\"id\":\""u8);
        OpenAiChatText.Id(ref json, Written(_id), _settings.FallbackId.Span);
        json.Raw("\",\"object\":\"chat.completion\",\"created\":"u8);
        json.Number(_created);
        json.Raw(",\"model\":"u8);
        json.String(_model.Length == 0 ? JsonText.Plain(_settings.FallbackModel.Span) : Written(_model));
        json.Raw(",\"choices\":["u8);
        for (var i = 0; i < _used; i++)
        {
            if (i > 0) json.Raw(","u8);
            _choices[i].Write(ref json, _scratch);
        }
        json.Raw("]"u8);
        if (_usage.IsReported)
        {
            json.Raw(",\"usage\":"u8);
            OpenAiChatText.Usage(ref json, _usage);
        }
        if (_tier.Length > 0)
        {
            json.Raw(",\"service_tier\":"u8);
            json.String(Written(_tier));
        }
        json.Raw(",\"system_fingerprint\":null}"u8);
        json.Flush();
        IsWritten = true;
    }

    private static JsonText Written(ByteBuffer escaped) => new(escaped.Span, isEscaped: escaped.Length > 0);

    private FoldedChoice Choice(int index)
    {
        for (var i = 0; i < _used; i++)
        {
            if (_choices[i].Index == index) return _choices[i];
        }
        if (_used == _choices.Count) _choices.Add(new FoldedChoice());
        var choice = _choices[_used++];
        choice.Clear(index);
        return choice;
    }
}
