using Edge.Audit;
using Edge.Budgets;
using Edge.Cache;
using Edge.Clients;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Ledger;
using Edge.Metering;
using Edge.Model;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Wire;
using Edge.Routing;
using Edge.Simd.Json;
using Edge.Telemetry.Tracing;
using Edge.Tenancy;
using Edge.Upstream;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Pipeline;

/// <summary>
/// Everything that one request holds. It lives as long as its connection (or HTTP/2 stream object) and is used again for the next request there, so that a
/// request allocates nothing that its row in perf-budget.md does not name. Between requests it holds no large buffer.
/// </summary>
public sealed class RequestContext : IDisposable
{
    private IFeatureCollection _features = null!;
    private readonly PooledBuffer _body = new();

    /// <summary>The world as it was when the request began.</summary>
    public GatewayState State { get; private set; } = null!;

    public IHttpRequestFeature Request { get; private set; } = null!;

    public IHttpResponseFeature Response { get; private set; } = null!;

    public IHttpResponseBodyFeature ResponseBody { get; private set; } = null!;

    /// <summary>Fires when nobody is left who wants the answer: the client is gone, and whoever shares its answer.</summary>
    public CancellationToken ClientGone => Cache?.Lead is { } lead ? lead.Abandoned : Disconnected;

    /// <summary>Fires when the client itself is gone.</summary>
    public CancellationToken Disconnected => _features.Get<IHttpRequestLifetimeFeature>()!.RequestAborted;

    /// <summary>What the cache does for the request; null = it was not asked.</summary>
    public CacheTicket? Cache { get; private set; }

    /// <summary>From here on the cache has a say.</summary>
    public CacheTicket BeginCache() => Cache = _cache ??= new();

    private CacheTicket? _cache;

    public IFeatureCollection Features => _features;

    /// <summary>Unique per request; also the log's and the client's handle on it.</summary>
    public string Id { get; private set; } = "";

    public Operation Operation { get; set; }

    /// <summary>The model that an Azure path names: it stands for the body's own. Null = the path names none.</summary>
    public string? Deployment { get; set; }

    /// <summary>The dialect that the client speaks; of a path that does not exist OpenAI's.</summary>
    public ClientDialect Client { get; set; } = ClientDialects.OpenAi;

    /// <summary>What the body must hold at least.</summary>
    public BodyShape Shape => Operation == Operation.CountTokens ? BodyShape.Count : Client.Shape;

    /// <summary>The call of a provider at hand.</summary>
    public Leg Leg { get; private set; } = new();

    /// <summary>For a second call at the side of the first.</summary>
    public Leg SpareLeg => _spareLeg ??= new();

    private Leg? _spareLeg;

    /// <summary>Makes another leg the call at hand; the one that was becomes the spare one.</summary>
    public Leg SwapLeg(Leg leg)
    {
        _spareLeg = Leg;
        Leg = leg;
        return _spareLeg;
    }

    /// <summary>Makes another leg the call at hand, which is the caller's.</summary>
    public Leg ReplaceLeg(Leg leg)
    {
        var own = Leg;
        Leg = leg;
        return own;
    }

    /// <summary>Which targets may be tried, and what came of those that were.</summary>
    public AttemptPlan Attempts { get; } = new();

    /// <summary>The dialect that is spoken to the provider, once there is a route.</summary>
    public Dialect Wire
    {
        get => Leg.Wire;
        set => Leg.Wire = value;
    }

    /// <summary>
    /// The client's bytes pass to the provider and back: both speak one dialect, and the provider does not deviate from it so far that its chat must be translated all the same.
    /// </summary>
    public bool PassesThrough => Wire == Client.Wire && (Client.Shape != BodyShape.Chat || (Route.Target.Sheet.Traits & ChatTraits.Translated) == 0);

    /// <summary>How the provider's stream is cut into events.</summary>
    public Framing Framing => Wire == Route.Target.Sheet.Dialect ? Route.Target.Sheet.Framing : Framing.Sse;

    /// <summary>The error to answer with; None = no error yet.</summary>
    public ErrorCode ErrorCode { get; private set; }

    /// <summary>The request field that is to blame; null where none is.</summary>
    public string? ErrorField { get; private set; }

    /// <summary>Replaces the table's default text; null = the default.</summary>
    public string? ErrorMessage { get; private set; }

    /// <summary>What the provider itself said was wrong; null where it said nothing.</summary>
    public ProviderError? ProviderError { get; set; }

    /// <summary>The request body, whole.</summary>
    public ReadOnlyMemory<byte> Body => _body.Memory;

    /// <summary>Takes the request body.</summary>
    public PooledBuffer BodyBuffer => _body;

    /// <summary>Tags and the model asked for, for records.</summary>
    public RequestNotes Notes { get; } = new();

    /// <summary>Its length as it came, once it was read whole.</summary>
    public int BodyBytes { get; set; }

    /// <summary>Tokens of the prompt, estimated where it was looked into; 0 = it was not.</summary>
    public long InputEstimate { get; set; }

    public JsonIndex Index { get; } = new();

    /// <summary>The members of the body that the gateway reads.</summary>
    public ChatFields Fields;

    /// <summary>The client's changes on the way to the target at hand.</summary>
    public EditList Edits => Leg.Edits;

    public ModelRoute Route
    {
        get => Leg.Route;
        set => Leg.Route = value;
    }

    public UpstreamRequest UpstreamRequest => Leg.Request;

    public UpstreamResponse? UpstreamResponse
    {
        get => Leg.Response;
        set => Leg.Response = value;
    }

    /// <summary>Who sends it; nobody known until Step 1.</summary>
    public Caller Caller { get; set; } = Nobody;

    private static readonly Caller Nobody = TenancySnapshot.Empty.Anonymous;

    /// <summary>Its place among the configured client keys; -1 = it came with none of them.</summary>
    public int ClientKey => Caller.ConfigKey;

    /// <summary>What is reserved for it; null = no budget applies.</summary>
    public BudgetReservation? Budget { get; private set; }

    /// <summary>From here on something may be reserved for it.</summary>
    internal BudgetReservation BeginBudget(BudgetStage stage)
    {
        Budget = _budget ??= new();
        _budget.Begin(stage, Id);
        return _budget;
    }

    private BudgetReservation? _budget;

    /// <summary>The calls besides the one at hand that must be paid for. The usual request has none.</summary>
    public ReadOnlySpan<PaidCall> Paid => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_paid);

    internal void AddPaid(in PaidCall call) => (_paid ??= []).Add(call);

    private List<PaidCall>? _paid;

    /// <summary>What the call at hand used is among <see cref="Paid"/> already.</summary>
    internal bool IsBooked { get; set; }

    /// <summary>A call before the next one may have to be paid for.</summary>
    internal bool MayHaveCost { get; set; }

    /// <summary>The time whose prices count: of its reservation, or else of its first call; default = neither was made.</summary>
    public DateTimeOffset PricedAt { get; set; }

    /// <summary>Tokens that an answer may have because a budget has no room for more; sent to the provider as the bound. 0 = no such bound.</summary>
    public long OutputCap { get; set; }

    /// <summary>It goes to a cheaper model than was asked for, because a budget runs low.</summary>
    public bool IsDowngraded { get; set; }

    /// <summary>Status of its error, where that is not the table's; 0 = the table's.</summary>
    public int ErrorStatus { get; set; }

    /// <summary>Seconds after which its error may be gone; 0 = the table's.</summary>
    public int RetryAfter { get; set; }

    /// <summary>What the provider reported; -1 where it did not.</summary>
    public Usage Usage;

    /// <summary>TimeProvider timestamps; 0 = not reached.</summary>
    public long StartedAt, BodyReadAt, FirstSentAt, FirstByteAt;

    /// <summary>Of the call at hand.</summary>
    public long SentAt
    {
        get => Leg.SentAt;
        set
        {
            Leg.SentAt = value;
            if (FirstSentAt == 0) FirstSentAt = value;
        }
    }

    /// <inheritdoc cref="SentAt"/>
    public long HeadAt
    {
        get => Leg.HeadAt;
        set => Leg.HeadAt = value;
    }

    /// <summary>The status that was sent; 0 = none yet.</summary>
    public int SentStatus { get; set; }

    /// <summary>How the exchange ended, for the record.</summary>
    public Outcome Outcome { get; set; }

    /// <summary>A whole answer of the provider.</summary>
    public PooledBuffer Answer { get; } = new();

    /// <summary>The request body, then the answer, in another dialect than it came.</summary>
    public PooledBuffer Translated => Leg.Translated;

    /// <summary>What the client's answer repeats of its request; empty where nothing is.</summary>
    public PooledBuffer Echo { get; } = new();

    /// <summary>Translates requests.</summary>
    public RequestTranslation Translation => _translation ??= new();

    /// <summary>The codecs that this connection has needed.</summary>
    public CodecSet Codecs { get; } = new();

    /// <summary>Which of the target's keys the exchange uses.</summary>
    public int CredentialKey
    {
        get => Leg.CredentialKey;
        set => Leg.CredentialKey = value;
    }

    /// <summary>Takes a stream's events.</summary>
    public StreamOutput StreamOutput { get; } = new();

    /// <summary>The provider's end mark has gone to the client.</summary>
    public bool StreamEnded { get; set; }

    /// <summary>Looks after silent streams; null = nobody does.</summary>
    public StreamKeeper? Keeper { get; init; }

    /// <summary>What came of the answer's stream, for an estimate where the provider does not report.</summary>
    public StreamMeter Meter;

    /// <summary>Bytes of comments before the first event that says something.</summary>
    public long StreamLead { get; set; }

    /// <summary>An event of the stream that says something has come.</summary>
    public bool StreamHasData { get; set; }

    /// <summary>What makes no sense about a stream that passes through; null = nothing.</summary>
    public string? StreamBroken { get; set; }

    /// <summary>The provider's stream begins with an error, so that no stream is begun.</summary>
    public bool StreamRefused { get; set; }

    /// <summary>The stream may be gone on with by another target when its provider breaks off; null = it may not.</summary>
    public StreamRecovery? Recovery { get; private set; }

    /// <summary>From here on it may.</summary>
    public void BeginRecovery() => Recovery = (_recovery ??= new()).Begin(this);

    /// <summary>Nobody can.</summary>
    public void DropRecovery() => Recovery = null;

    private StreamRecovery? _recovery;

    /// <summary>Who keeps the record of it; null = nobody.</summary>
    public AuditStage? Audit { get; init; }

    /// <summary>What the record needs and is gone when it is written.</summary>
    public AuditNote AuditNote { get; } = new();

    /// <summary>Names of fields that the provider has no counterpart for, for a response header; null = none.</summary>
    public string? DroppedFields
    {
        get => Leg.DroppedFields;
        set => Leg.DroppedFields = value;
    }

    /// <summary>What the guard does for whoever sent this.</summary>
    public GuardPolicy Guard { get; set; } = GuardPolicy.Off;

    /// <summary>The guard's look at the request; made when first needed.</summary>
    internal RequestScan Scan => _scan ??= new(Vault);

    /// <summary>What the guard found; null = nothing.</summary>
    public GuardReport? GuardReport => _scan?.Report;

    private RequestScan? _scan;

    /// <summary>The limits that it counts for, and what it takes of them; null = no request of this connection ever had one.</summary>
    internal Limits.LimitTake? Limits { get; set; }

    /// <summary>What the guard hides from the provider, by placeholder.</summary>
    internal Vault Vault => _vault ??= new();

    /// <summary>What the answer must go through on its way to the client; null = nothing.</summary>
    internal AnswerFilter? AnswerFilter { get; private set; }

    /// <summary>From here on the answer is restored.</summary>
    /// <param name="vault">What the request hides.</param>
    /// <param name="policy">What is done about what the model says by itself; null = nothing.</param>
    internal AnswerFilter FilterAnswer(Vault vault, OutputPolicy? policy = null)
    {
        _outputPolicy = policy;
        return AnswerFilter = (_answerFilter ??= new()).Begin(vault, Client.Wire, policy);
    }

    private OutputPolicy? _outputPolicy;

    private AnswerFilter? _answerFilter;
    private Vault? _vault;
    private RequestTranslation? _translation;
    private int _largest;

    /// <summary>Its place in a trace; off where none is asked for.</summary>
    public TraceContext Trace { get; set; }

    /// <summary>Each step's end is noted, for its span and its metric.</summary>
    public bool IsTimed { get; set; }

    /// <summary>The ends of the steps so far, in order.</summary>
    public ReadOnlySpan<StageMark> Marks => _marks.AsSpan(0, _markCount);

    private readonly StageMark[] _marks = new StageMark[Enum.GetValues<Stage>().Length];
    private int _markCount;

    /// <summary>The step is over. Nothing where nobody asks for times.</summary>
    public void Mark(Stage stage, TimeProvider time)
    {
        if (IsTimed && _markCount < _marks.Length) _marks[_markCount++] = new(stage, time.GetTimestamp());
    }

    /// <summary>Ends the request before its time: the gateway's stop, or its operator's.</summary>
    public TrafficEnding Ending { get; set; } = TrafficEnding.Never;

    /// <summary>The operator's switch, for whoever begins another call; null = there is none.</summary>
    public TrafficSwitch? Traffic { get; init; }

    /// <summary>The operator has stopped such requests since it began.</summary>
    public bool IsStopped => Traffic?.For(State) is { } view && (view.IsStopped || view.IsStoppedFor(Caller));

    /// <inheritdoc cref="Leg.BeginExchange"/>
    public CancellationToken BeginExchange() =>
        // Only what a model says is worth reading to its end without a reader.
        Leg.BeginExchange(Attempts.Made > 0 && State.Config.Routing.OnClientGone == Configuration.ClientGoneAction.Drain ? CancellationToken.None : ClientGone, Ending.Token);

    public void Begin(IFeatureCollection features, GatewayState state, string id, long now)
    {
        _features = features;
        State = state;
        Request = features.Get<IHttpRequestFeature>()!;
        Response = features.Get<IHttpResponseFeature>()!;
        ResponseBody = features.Get<IHttpResponseBodyFeature>()!;
        Id = id;
        StartedAt = now;
        BodyBytes = 0;
        InputEstimate = 0;
        BodyReadAt = FirstSentAt = FirstByteAt = 0;
        Caller = Nobody;
        Operation = Operation.None;
        Guard = state.Guard;
        Deployment = null;
        Client = ClientDialects.OpenAi;
        Wire = Dialect.OpenAi;
        ErrorCode = ErrorCode.None;
        Usage = new Usage();
        SentStatus = ErrorStatus = RetryAfter = 0;
        OutputCap = 0;
        IsDowngraded = IsBooked = MayHaveCost = false;
        PricedAt = default;
        StreamEnded = StreamRefused = StreamHasData = false;
        StreamLead = 0;
        StreamBroken = null;
        Outcome = Outcome.Completed;
        Ending = TrafficEnding.Never;
        Meter = default;
        Trace = default;
        IsTimed = false;
        _markCount = 0;
        AuditNote.Clear();
    }

    /// <summary>Sets the error to answer with. Always false, so that a stage can return it.</summary>
    public bool Fail(ErrorCode code, string? field = null, string? message = null)
    {
        ErrorCode = code;
        ErrorField = field;
        ErrorMessage = message;
        Outcome = Outcome.Rejected;
        return false;
    }

    /// <summary>The error was of a call that is not needed.</summary>
    public void DropError()
    {
        ErrorCode = ErrorCode.None;
        ErrorField = ErrorMessage = null;
        Outcome = Outcome.Completed;
    }

    /// <summary>Sets an error that blames a field, or the body as a whole. Always false.</summary>
    public bool Fail(ErrorCode code, RequestError error) =>
        error.Field.Length == 0 ? Fail(code, null, error.Message) : Fail(code, error.Field, $"{error.Field}: {error.Message}");

    /// <summary>
    /// Gives back what only the way to the provider needs. Called when the response head is there: a stream may go on for minutes, and thousands of them
    /// must not hold their prompts.
    /// </summary>
    public void ReleaseRequest()
    {
        _largest = Math.Max(_largest, Math.Max(_body.Length, Translated.Length));
        Leg.ReleaseRequest();
        Index.Clear();
        _body.Clear();
    }

    /// <summary>
    /// The last attempt has failed: the next one finds the context as the first found it. Where the client's stream has begun, all that belongs to the stream stays.
    /// </summary>
    public void ResetAttempt()
    {
        var isJoining = Recovery is { IsJoining: true };
        Leg.Clear();
        Answer.Clear();
        if (!isJoining)
        {
            StreamOutput.Begin();
            Echo.Clear();
        }
        Usage = new Usage();
        Meter = default;
        IsBooked = false;
        ProviderError = null;
        ErrorCode = ErrorCode.None;
        ErrorField = ErrorMessage = null;
        StreamEnded = StreamRefused = StreamHasData = false;
        StreamLead = 0;
        StreamBroken = null;
        Outcome = Outcome.Completed;
        if (AnswerFilter is not null && !isJoining) FilterAnswer(Vault, _outputPolicy);
    }

    /// <summary>The request is over: nothing of it may stay reachable.</summary>
    public void Clear()
    {
        ReleaseRequest();
        Leg.Clear();
        _spareLeg?.Clear();
        Attempts.Clear();
        _recovery?.Clear();
        Recovery = null;
        Codecs.Release(Math.Max(_largest, Answer.Length), StreamOutput.Length);
        _largest = 0;
        StreamOutput.Begin();
        Answer.Clear();
        Echo.Clear();
        _answerFilter?.Clear();
        AnswerFilter = null;
        _cache?.Clear();
        Cache = null;
        _scan?.Clear();
        Guard = GuardPolicy.Off;
        Caller = Nobody;
        _paid?.Clear();
        _budget?.Clear();
        Budget = null;
        Notes.Clear();
        _vault?.Clear();
        _features = null!;
        State = null!;
        Request = null!;
        Response = null!;
        ResponseBody = null!;
        ProviderError = null;
        ErrorField = ErrorMessage = null;
        Fields = default;
    }

    public void Dispose()
    {
        Leg.Dispose();
        _spareLeg?.Dispose();
        _recovery?.Dispose();
        Codecs.Dispose();
        _answerFilter?.Dispose();
        _cache?.Dispose();
        _scan?.Dispose();
        _vault?.Dispose();
        Notes.Dispose();
        Echo.Dispose();
        StreamOutput.Dispose();
        Answer.Dispose();
        _body.Dispose();
        Index.Dispose();
    }
}
