using Edge.Clients;
using Edge.Endpoints;
using Edge.Guard;
using Edge.Guard.Policy;
using Edge.Guard.Restore;
using Edge.Model;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Wire;
using Edge.Simd.Json;
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

    /// <summary>Fires when the client is gone.</summary>
    public CancellationToken ClientGone => _features.Get<IHttpRequestLifetimeFeature>()!.RequestAborted;

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

    /// <summary>The dialect that is spoken to the provider, once there is a route.</summary>
    public Dialect Wire { get; set; }

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

    public JsonIndex Index { get; } = new();

    /// <summary>The members of the body that the gateway reads.</summary>
    public ChatFields Fields;

    /// <summary>The client's changes on the way to the target at hand.</summary>
    public EditList Edits { get; } = new();

    public ModelRoute Route { get; set; } = null!;

    public UpstreamRequest UpstreamRequest { get; } = new();

    public UpstreamResponse? UpstreamResponse { get; set; }

    /// <summary>What the provider reported; -1 where it did not.</summary>
    public Usage Usage;

    /// <summary>TimeProvider timestamps; 0 = not reached.</summary>
    public long StartedAt, BodyReadAt, SentAt, HeadAt, FirstByteAt;

    /// <summary>The status that was sent; 0 = none yet.</summary>
    public int SentStatus { get; set; }

    /// <summary>How the exchange ended, for the record.</summary>
    public Outcome Outcome { get; set; }

    /// <summary>A whole answer of the provider.</summary>
    public PooledBuffer Answer { get; } = new();

    /// <summary>The request body, then the answer, in another dialect than it came.</summary>
    public PooledBuffer Translated { get; } = new();

    /// <summary>What the client's answer repeats of its request; empty where nothing is.</summary>
    public PooledBuffer Echo { get; } = new();

    /// <summary>Translates requests.</summary>
    public RequestTranslation Translation => _translation ??= new();

    /// <summary>The codecs that this connection has needed.</summary>
    public CodecSet Codecs { get; } = new();

    /// <summary>Which of the target's keys the exchange uses.</summary>
    public int CredentialKey { get; set; }

    /// <summary>Takes a stream's events.</summary>
    public StreamOutput StreamOutput { get; } = new();

    /// <summary>The provider's end mark has gone to the client.</summary>
    public bool StreamEnded { get; set; }

    /// <summary>What makes no sense about a stream that passes through; null = nothing.</summary>
    public string? StreamBroken { get; set; }

    /// <summary>The provider's stream begins with an error, so that no stream is begun.</summary>
    public bool StreamRefused { get; set; }

    /// <summary>Names of fields that the provider has no counterpart for, for a response header; null = none.</summary>
    public string? DroppedFields { get; set; }

    /// <summary>What the guard does for whoever sent this.</summary>
    public GuardPolicy Guard { get; set; } = GuardPolicy.Off;

    /// <summary>The guard's look at the request; made when first needed.</summary>
    internal RequestScan Scan => _scan ??= new(Vault);

    /// <summary>What the guard found; null = nothing.</summary>
    public GuardReport? GuardReport => _scan?.Report;

    private RequestScan? _scan;

    /// <summary>What the guard hides from the provider, by placeholder.</summary>
    internal Vault Vault => _vault ??= new();

    /// <summary>What the answer must go through on its way to the client; null = nothing.</summary>
    internal AnswerFilter? AnswerFilter { get; private set; }

    /// <summary>From here on the answer is restored.</summary>
    /// <param name="vault">What the request hides.</param>
    /// <param name="policy">What is done about what the model says by itself; null = nothing.</param>
    internal AnswerFilter FilterAnswer(Vault vault, OutputPolicy? policy = null) => AnswerFilter = (_answerFilter ??= new()).Begin(vault, Client.Wire, policy);

    private AnswerFilter? _answerFilter;
    private Vault? _vault;
    private RequestTranslation? _translation;
    private int _largest;
    private CancellationTokenSource? _cancel;
    private CancellationTokenRegistration _clientGone;
    private CancellationTokenRegistration _deadline;

    /// <summary>
    /// What ends the exchange with the provider: the client left, or the gateway's time to stop is over. One source per context, used again until it has fired, so that the
    /// usual request makes none.
    /// </summary>
    public CancellationToken BeginExchange(CancellationToken deadline)
    {
        _cancel ??= new CancellationTokenSource();
        _clientGone = ClientGone.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _cancel);
        _deadline = deadline.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _cancel);
        return _cancel.Token;
    }

    /// <summary>From now on neither of the two ends the exchange by itself.</summary>
    public void EndExchange()
    {
        _clientGone.Dispose();
        _deadline.Dispose();
        _clientGone = _deadline = default;
        if (_cancel is not { IsCancellationRequested: true }) return;
        _cancel.Dispose();
        _cancel = null;
    }

    public void Begin(IFeatureCollection features, GatewayState state, string id, long now)
    {
        _features = features;
        State = state;
        Request = features.Get<IHttpRequestFeature>()!;
        Response = features.Get<IHttpResponseFeature>()!;
        ResponseBody = features.Get<IHttpResponseBodyFeature>()!;
        Id = id;
        StartedAt = now;
        BodyReadAt = SentAt = HeadAt = FirstByteAt = 0;
        Operation = Operation.None;
        Guard = state.Guard;
        Deployment = null;
        Client = ClientDialects.OpenAi;
        Wire = Dialect.OpenAi;
        CredentialKey = 0;
        ErrorCode = ErrorCode.None;
        Usage = new Usage();
        SentStatus = 0;
        StreamEnded = StreamRefused = false;
        StreamBroken = null;
        Outcome = Outcome.Completed;
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
        Edits.Clear();
        UpstreamRequest.Clear();
        Translated.Clear();
        Index.Clear();
        _body.Clear();
    }

    /// <summary>The request is over: nothing of it may stay reachable.</summary>
    public void Clear()
    {
        ReleaseRequest();
        UpstreamResponse?.Dispose();
        UpstreamResponse = null;
        EndExchange();
        Codecs.Release(Math.Max(_largest, Answer.Length), StreamOutput.Length);
        _largest = 0;
        StreamOutput.Begin();
        Answer.Clear();
        Echo.Clear();
        _answerFilter?.Clear();
        AnswerFilter = null;
        _scan?.Clear();
        Guard = GuardPolicy.Off;
        _vault?.Clear();
        _features = null!;
        State = null!;
        Request = null!;
        Response = null!;
        ResponseBody = null!;
        Route = null!;
        ProviderError = null;
        ErrorField = ErrorMessage = DroppedFields = null;
        Fields = default;
    }

    public void Dispose()
    {
        EndExchange();
        _cancel?.Dispose();
        Codecs.Dispose();
        _answerFilter?.Dispose();
        _scan?.Dispose();
        _vault?.Dispose();
        Echo.Dispose();
        StreamOutput.Dispose();
        Answer.Dispose();
        Translated.Dispose();
        _body.Dispose();
        Index.Dispose();
    }
}
