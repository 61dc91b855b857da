using System.Buffers;
using Edge.Pipeline;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Providers.Wire;

namespace Edge.Upstream;

/// <summary>A stream of Anthropic's to an OpenAI client: decoder to events to encoder.</summary>
public sealed class AnthropicRelay : IStreamRelay, IChatEventSink
{
    private readonly RequestContext _context;
    private readonly AnthropicResponseDecoder _decoder = new();
    private readonly OpenAiChatStreamEncoder _encoder = new();
    private bool _begun;

    public AnthropicRelay(RequestContext context) => _context = context;

    public bool IsEnded { get; private set; }

    public bool IsFailed { get; private set; }

    public void Event(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (!sse.HasData) return;
        if (!_begun)
        {
            _encoder.Begin(output, ResponseTranslation.Settings(_context));
            _begun = true;
        }
        var self = this;
        _decoder.Push(sse.Type, sse.Data, ref self);
    }

    // message_stop is the only end that Anthropic's streams have.
    public bool TryEnd(IBufferWriter<byte> output) => false;

    public void Start(in ChatStart start) => _encoder.Start(start);

    public void Text(int choice, JsonText text) => _encoder.Text(choice, text);

    public void Refusal(int choice, JsonText text) => _encoder.Refusal(choice, text);

    public void Thinking(int choice, JsonText text) => _encoder.Thinking(choice, text);

    public void ThinkingSignature(int choice, JsonText signature) => _encoder.ThinkingSignature(choice, signature);

    public void RedactedThinking(int choice, JsonText data) => _encoder.RedactedThinking(choice, data);

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name) => _encoder.ToolCallStart(choice, call, id, name);

    public void ToolCallArguments(int choice, int call, JsonText fragment) => _encoder.ToolCallArguments(choice, call, fragment);

    public void Usage(in Usage usage)
    {
        _context.Usage = usage;
        _encoder.Usage(usage);
    }

    public void Finish(int choice, FinishReason reason, JsonText stopSequence) => _encoder.Finish(choice, reason, stopSequence);

    public void Error(ProviderError error)
    {
        _context.ProviderError = error;
        IsFailed = true;
        _encoder.Error(error);
    }

    public void End()
    {
        IsEnded = true;
        _encoder.End();
    }
}
