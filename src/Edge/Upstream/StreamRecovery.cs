using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Routing;

namespace Edge.Upstream;

/// <summary>
/// A stream that another target may go on with when it dies after its first bytes have reached the client. It stands between decoder and encoder through all calls of the request, keeps the text that
/// was delivered, and lets of the next answer pass what comes behind it. Only text is put together: a stream that has shown anything else (reasoning, calls of tools, refusals, sources, media) ends as it does
/// without recovery.
/// </summary>
/// <remarks>
/// The next target is either given the delivered text as the beginning of its answer (<see cref="Edge.Providers.Continuation"/>) or asked afresh; then its answer counts from where it has repeated the delivered text byte
/// for byte. The delivered text is the decoder's, before the guard puts values back: what is sent to the next provider, and compared with its words, has placeholders.
/// </remarks>
public sealed partial class StreamRecovery : IChatEventSink, IDisposable
{
    // Longer answers are not held: a gateway with thousands of streams must know what each may cost.
    private const int MaxDelivered = 256 * 1024;

    // A continuation that begins with so many bytes of the answer's own beginning repeats it: some servers do so although they were told to go on.
    private const int EchoBytes = 32;

    // As elsewhere where tokens are estimated.
    private const int BytesPerToken = 4;

    private readonly PooledBuffer _delivered = new();
    private readonly PooledBuffer _held = new();
    private readonly PooledBuffer _plain = new();
    private RequestContext _context = null!;
    private Metered _output = null!;
    private FailedAttempt? _broken;
    private bool _isMatching;
    private bool _mayRepeat;
    private bool _hidesThinking;
    private bool _isNoteDue;
    private bool _isLost;
    private bool _hasOthers;
    private bool _isRefused;
    private int _given;
    private int _matched;
    private bool _hasBegun;
    private bool _hasGivenUp;

    /// <summary>The client's stream has begun and its provider has failed: what comes now goes on with it.</summary>
    public bool IsJoining { get; private set; }

    /// <summary>What the call at hand says follows what the client has.</summary>
    public bool HasJoined => IsJoining && _hasBegun && !_hasGivenUp && !_isMatching && !HasStopped;

    /// <summary>Every word of the answer is there, whatever the connection does now.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The call at hand is over for the client: it reported an error, or says something else than what was delivered.</summary>
    public bool HasStopped => Failure is not null || IsMismatch;

    /// <summary>The error that the provider reported and the client has not been told of; null = none.</summary>
    public ProviderError? Failure { get; private set; }

    /// <summary>The answer at hand is another one than what was delivered.</summary>
    public bool IsMismatch { get; private set; }

    /// <summary>Of the calls that broke off, for the record.</summary>
    public Usage Spent { get; private set; }

    /// <summary>Some of what the record says of usage was counted here and not by a provider.</summary>
    public bool IsEstimated { get; private set; }

    /// <summary>How it went, for the record.</summary>
    public RecoveryResult Result => !IsJoining ? RecoveryResult.None : HasJoined && _context.Outcome == Outcome.Completed ? RecoveryResult.Recovered : RecoveryResult.Failed;

    /// <summary>Ready for a request.</summary>
    internal StreamRecovery Begin(RequestContext context)
    {
        Clear();
        _context = context;
        return this;
    }

    /// <summary>The request is over: nothing of its answer stays.</summary>
    public void Clear()
    {
        _delivered.Clear();
        _held.Clear();
        _plain.Clear();
        _context = null!;
        _output = null!;
        _broken = null;
        IsJoining = _isRefused = _hasGivenUp = IsEstimated = false;
        Spent = new Usage();
        BeginCall();
        _isLost = _hasOthers = false;
    }

    public void Dispose() => Clear();

    /// <summary>A first answer begins.</summary>
    public void Open(Metered output)
    {
        _output = output;
        _delivered.Clear();
        _isLost = _hasOthers = false;
        BeginCall();
        _hasBegun = true;
    }

    /// <summary>The answer begins that shall go on with what was delivered.</summary>
    public void Join()
    {
        var given = _given;
        BeginCall();
        _given = given;
        _hasBegun = true;
        _hidesThinking = _delivered.Length > 0;
        _isMatching = _hidesThinking;
        _mayRepeat = given > 0 && _delivered.Length >= EchoBytes;
        _matched = given;
        _isNoteDue = true;
    }

    /// <summary>A call is prepared: nothing has been given to its target yet.</summary>
    public void BeginCall()
    {
        _held.Clear();
        _isMatching = _mayRepeat = _hidesThinking = _isNoteDue = _hasBegun = false;
        IsFinished = IsMismatch = false;
        Failure = null;
        _given = _matched = 0;
    }

    /// <summary>The next target documents that it goes on with an answer that was begun, as far as its model's name tells.</summary>
    public bool MayPrefill => IsJoining && !_isRefused && _context.Wire == _context.Route.Target.Sheet.Dialect
        && _context.Route.Target.Sheet.Continues(RequestTranslation.Plain(_context.Route.Model).Span);

    /// <summary>Puts the delivered text at the request's end, as the beginning of the answer. False = the request must be asked afresh.</summary>
    public bool TryPrefill(ChatRequest request)
    {
        if (!MayPrefill) return false;
        // Reasoning comes before an answer, so none can follow its beginning; a format that is enforced begins at the beginning; and a forced call is no text.
        if (request.Reasoning.Mode is ThinkingMode.Enabled or ThinkingMode.Adaptive || request.Reasoning.Effort is not (ReasoningEffort.Unset or ReasoningEffort.None)) return false;
        if (request.ResponseFormat.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema) return false;
        if (request.ToolChoice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named) return false;
        // The client has begun the answer itself: two beginnings are not what anybody documents.
        if (request.Messages is [] or [.., { Role: ChatRole.Assistant }]) return false;
        // Anthropic refuses white space at its end; other models, whose words have it in front, would go on worse.
        var text = _delivered.Span.TrimEnd(" \t\r\n"u8);
        if (text.IsEmpty) return false;
        // Too short to tell a repetition from a continuation.
        if (_delivered.Length < EchoBytes && _context.Route.Target.Sheet.Continuation is Providers.Continuation.Prefix or Providers.Continuation.LastMessage) return false;
        request.AddMessage(ChatRole.Assistant, request.Messages.Length);
        request.AddPart(ChatPartKind.Text, -1).Text = request.Derive(text);
        request.IsContinued = true;
        // The client's bound is for the whole answer.
        if (request.MaxTokens is { } most) request.MaxTokens = Math.Max(1, most - (text.Length / BytesPerToken));
        _given = text.Length;
        return true;
    }

    /// <summary>The target refused the request; it may have been over the beginning of the answer, so that the others are asked afresh.</summary>
    public void Refuse() => _isRefused |= _given > 0;

    /// <summary>The call at hand has failed after its first byte reached the client. True = another may go on with it.</summary>
    /// <param name="time">The clock.</param>
    public bool TryGoOn(TimeProvider time)
    {
        if (_isLost || IsFinished || _context.Outcome is Outcome.ClientGone or Outcome.Stopped || _context.ClientGone.IsCancellationRequested) return false;
        var attempts = _context.Attempts;
        var now = time.GetTimestamp();
        attempts.Extend(now, time.TimestampFrequency);
        if (!attempts.HasNext(now)) return false;
        _broken ??= new FailedAttempt
        {
            Route = _context.Route,
            Error = Failure,
            Code = _context.ErrorCode,
            Message = _context.ErrorMessage,
            Outcome = _context.Outcome,
        };
        IsJoining = true;
        return true;
    }

    /// <summary>The provider's connection has ended behind the finish reason: the answer lacks its end mark alone, which is written now.</summary>
    public bool TryEnd()
    {
        if (!IsFinished || _hasOthers || HasStopped) return false;
        _output.End();
        return true;
    }

    /// <summary>Nobody may go on with a first answer: its error is the client's.</summary>
    public void Tell()
    {
        _context.DropError();
        _output.Error(Failure!);
    }

    /// <summary>Nobody goes on: the client hears why its stream broke off first.</summary>
    public void GiveUp()
    {
        var broken = _broken!;
        _context.Route ??= broken.Route;
        Book();
        _hasGivenUp = true;
        if (broken.Error is { } error)
        {
            _context.DropError();
            _context.Outcome = Outcome.ProviderError;
            _output.Error(error);
            return;
        }
        _context.ProviderError = null;
        _context.Fail(broken.Code, null, broken.Message);
        _context.Outcome = broken.Outcome;
        _context.Codecs.StreamEncoder(_context.Client).Error(ErrorResponse.Own(_context).AsProviderError());
    }

    /// <summary>The provider is held to have used what it said before it broke off.</summary>
    public void Book()
    {
        if (!_hasBegun) return;
        _hasBegun = false;
        var isReported = _context.Usage.Input >= 0;
        var usage = UsageEstimate.Of(_context, out var isEstimated);
        if (!isReported && usage.Input >= 0) usage.Input += _given / BytesPerToken;
        IsEstimated |= isEstimated;
        Spent = Spent.Plus(usage);
        if (usage.Input >= 0 || usage.Output >= 0) _context.AddPaid(new PaidCall(_context.Route, usage, isEstimated));
        _context.IsBooked = true;
        _context.Usage = new Usage();
        _context.Meter = default;
    }

    /// <summary>Gives the request back once nobody will be asked to go on: streams may take minutes, and their prompts are large.</summary>
    public void ReleaseRequest()
    {
        if (_isLost && _context.Body.Length > 0) _context.ReleaseRequest();
    }
}
