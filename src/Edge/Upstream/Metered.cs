using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Upstream;

/// <summary>Takes every event on its way to an encoder and keeps what the record of the request needs: usage, error, end.</summary>
public sealed class Metered : IChatEventSink
{
    private RequestContext _context = null!;
    private IChatEncoder _encoder = null!;
    private bool _isFinished;
    private ProviderError? _failure;
    private OpenAiChatStreamEncoder? _telling;
    private byte[]? _member;

    /// <summary>Ready for an answer. One serves the answers of a connection one after another.</summary>
    public Metered Begin(RequestContext context, IChatEncoder encoder)
    {
        _context = context;
        _encoder = encoder;
        _failure = null;
        _telling = null;
        IsEnded = false;
        _isFinished = false;
        return this;
    }

    /// <summary>Ready for the rest of an answer that another provider has begun.</summary>
    public Metered Resume()
    {
        var telling = _telling;
        return Begin(_context, _encoder).Tell(telling);
    }

    /// <summary>The encoder at the end of the line, where the client is to be told what the answer cost; null = it is not.</summary>
    public Metered Tell(OpenAiChatStreamEncoder? encoder)
    {
        _telling = encoder;
        return this;
    }

    /// <summary>The error that the provider reported inside its answer, or over which the encoder gave up.</summary>
    public ProviderError? Failure => _failure ?? _encoder.Failure;

    /// <summary>The provider's end mark came.</summary>
    public bool IsEnded { get; private set; }

    public void Start(in ChatStart start) => _encoder.Start(start);

    public void Text(int choice, JsonText text) => _encoder.Text(choice, text);

    public void Refusal(int choice, JsonText text) => _encoder.Refusal(choice, text);

    public void Thinking(int choice, JsonText text) => _encoder.Thinking(choice, text);

    public void ThinkingSignature(int choice, JsonText signature) => _encoder.ThinkingSignature(choice, signature);

    public void RedactedThinking(int choice, JsonText data) => _encoder.RedactedThinking(choice, data);

    public void ToolCallStart(int choice, int call, JsonText id, JsonText name) => _encoder.ToolCallStart(choice, call, id, name);

    public void ToolCallArguments(int choice, int call, JsonText fragment) => _encoder.ToolCallArguments(choice, call, fragment);

    public void ToolCallSignature(int choice, int call, JsonText signature) => _encoder.ToolCallSignature(choice, call, signature);

    public void Citation(int choice, in ChatCitation citation) => _encoder.Citation(choice, citation);

    public void Logprobs(int choice, ReadOnlySpan<byte> tokens) => _encoder.Logprobs(choice, tokens);

    public void Media(int choice, JsonText mediaType, JsonText data) => _encoder.Media(choice, mediaType, data);

    public void ServiceTier(JsonText tier) => _encoder.ServiceTier(tier);

    public void Usage(in Usage usage)
    {
        _context.Usage = usage;
        _encoder.Usage(usage);
    }

    public void Finish(int choice, FinishReason reason, JsonText detail)
    {
        _isFinished = true;
        _encoder.Finish(choice, reason, detail);
    }

    public void Error(ProviderError error)
    {
        _failure = error;
        _context.ProviderError = error;
        _encoder.Error(error);
    }

    public void End()
    {
        if (!_isFinished)
        {
            // An end mark without a reason: something was lost on the way, and a client would take what came for the whole.
            Error(new ProviderError { Kind = ProviderErrorKind.Malformed, Status = 502, Message = "The provider ended its answer without a stop reason." });
            return;
        }
        IsEnded = true;
        if (_telling is not null) _telling.UsageChunkMembers = (_member ??= new byte[CostHeader.MaxMember]).AsMemory(0, CostHeader.Member(_context, _member));
        _encoder.End();
    }
}
