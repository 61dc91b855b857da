using System.Runtime.CompilerServices;
using System.Text;
using Edge.Cache.Semantic;
using Edge.Cache.Stores;
using Edge.Configuration;
using Edge.Endpoints;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Errors;
using Edge.Telemetry;
using Edge.Upstream;

namespace Edge.Cache;

/// <summary>What Step 5 came to.</summary>
public enum CacheVerdict : byte
{
    /// <summary>A provider must be asked.</summary>
    GoOn,

    /// <summary>The client has its answer, well or badly.</summary>
    Answered,

    /// <summary>Nothing was sent; the context holds the error.</summary>
    Failed,
}

/// <summary>
/// Step 5: is it known? An answer that is kept is given again; a call that is in flight for the same is shared; else the answer that the provider gives is taken down as it passes, and kept where it may be.
/// </summary>
public sealed class CacheStage
{
    // A call that failed for one may be tried again by one of those who waited for it, on behalf of all.
    private const int MaxRounds = 2;

    private const int MaxTags = 8, MaxTag = 64;

    private static readonly TimeSpan _sweepInterval = TimeSpan.FromSeconds(30);

    private readonly MemoryCache _memory;
    private readonly RedisCache? _redis;
    private readonly Coalescer _coalescer = new();
    private readonly CacheReplay _replay;
    private readonly TimeProvider _time;

    /// <param name="memory">Of this process.</param>
    /// <param name="redis">What instances share; null = nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears of answers that the guard ends.</param>
    public CacheStage(MemoryCache memory, RedisCache? redis, TimeProvider time, Log log)
    {
        _memory = memory;
        _redis = redis;
        _time = time;
        _replay = new CacheReplay(time, log);
        Semantic = new SemanticTier(memory, new SemanticLookup(new SemanticOptions(), time), log);
        _redis?.Listen(purge => _memory.RemoveWhere(purge.Fits));
    }

    public MemoryCache Memory => _memory;

    /// <summary>Answers for requests that mean the same.</summary>
    public SemanticTier Semantic { get; }

    /// <summary>What instances share; null = nothing.</summary>
    public RedisCache? Shared => _redis;

    /// <summary>Calls that identical requests may join now.</summary>
    public int Flights => _coalescer.Count;

    /// <summary>Background work, by name; each ends when it is cancelled.</summary>
    public IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Workers =>
        _redis is null ? [("cache", SweepAsync), ("cache-semantic", Semantic.RunAsync)] : [("cache", SweepAsync), ("cache-semantic", Semantic.RunAsync), ("cache-redis", _redis.RunAsync)];

    /// <summary>Looks for an answer, and gives it.</summary>
    public ValueTask<CacheVerdict> RunAsync(RequestContext context) =>
        context.State.Cache.IsOff || context.Operation is not (Operation.ChatCompletions or Operation.Messages or Operation.Responses or Operation.Completions)
            ? new(CacheVerdict.GoOn)
            : LookAsync(context);

    /// <summary>No provider could be asked, or none has answered: an answer that is kept past its time may do. True = the client has it.</summary>
    public async ValueTask<bool> RescueAsync(RequestContext context)
    {
        if (context.Cache is not { HasSpare: true } || context.Outcome == Outcome.ClientGone || context.StreamOutput.IsStarted || !MayRescue(context)) return false;
        context.ResetAttempt();
        return await RescueAsync(context, context.Cache) == CacheVerdict.Answered;
    }

    /// <summary>Drops entries, here and where instances share them.</summary>
    /// <returns>How many were in this process's memory; and whether the others were reached, null = there are none.</returns>
    public async Task<(int Dropped, bool? IsShared)> PurgeAsync(CachePurge purge)
    {
        var dropped = purge.Kind == CachePurgeKind.Key && CacheKey.TryParse(purge.Text, out var key) ? _memory.Remove(key) ? 1 : 0 : _memory.RemoveWhere(purge.Fits);
        return (dropped, _redis is null ? null : await _redis.PurgeAsync(purge));
    }

    /// <summary>The scope of a tenant by its name; null = there is none of that name.</summary>
    public static ulong? ScopeOf(GatewayState state, string tenant)
    {
        if (tenant == state.Tenancy.Anonymous.Id) return state.Tenancy.Anonymous.Scope;
        foreach (var caller in state.Tenancy.ConfigKeys)
        {
            if (caller.Organisation?.Path == tenant || caller.Name == tenant) return caller.Scope;
        }
        return null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CacheVerdict> LookAsync(RequestContext context)
    {
        var ticket = context.BeginCache();
        if (context.Request.Headers.TryGetValue("x-edge-cache-reject", out var rejected)) Reject(context, ticket, rejected.ToString());
        if (!Begin(context, ticket, out var wishes)) return wishes.OnlyIfCached ? NotCached(context) : CacheVerdict.GoOn;
        if (ticket.Entry is { } entry && !ticket.IsEntrySpare) return await _replay.RunAsync(context, ticket, entry);
        var config = context.State.Cache.Config;
        if (config.EffectiveMode == CachingMode.Semantic && await FindSimilarAsync(context, ticket, wishes) is { } similar) return await _replay.RunAsync(context, ticket, similar);
        if (wishes.OnlyIfCached) return await FindSharedAsync(context, ticket) is { } shared ? await _replay.RunAsync(context, ticket, shared) : NotCached(context);
        // What no decoder reads cannot be shared; and it is known only later where the request goes.
        var isShared = config.Coalesce && context.Operation != Operation.Completions;
        for (var round = 0; ; round++)
        {
            var leads = true;
            var flight = isShared && round < MaxRounds
                ? _coalescer.JoinOrLead(ticket.Key, context.Fields.Stream, config.MaxEntrySize, ticket.Reader, out leads)
                : new Flight(ticket.Key, context.Fields.Stream, isShared: false, config.MaxEntrySize);
            if (leads) return await LeadAsync(context, ticket, flight) is { } late ? await _replay.RunAsync(context, ticket, late) : CacheVerdict.GoOn;
            ticket.Followed = flight;
            if (await _replay.FollowAsync(context, ticket, flight, mayTryAgain: round + 1 < MaxRounds) is { } verdict) return verdict;
            ticket.Followed = null;
            ticket.Result = CacheResult.Miss;
            // The call failed for want of a provider; another one would, too.
            if (ticket.HasSpare && flight.Failure is { IsCertain: false }) return await RescueAsync(context, ticket);
        }
    }

    /// <summary>The request is over: its answer is kept where it may be, and whoever shares it learns how it ended.</summary>
    internal CacheRecord Settle(RequestContext context)
    {
        var ticket = context.Cache!;
        if (ticket.Lead is { } lead)
        {
            ticket.Publish(context, isOut: false);
            var isWhole = ticket.Recorder.IsComplete;
            if (isWhole && ticket.MayStore) Store(context, ticket, lead);
            Land(lead, isWhole ? null : new FlightFailure(context.ErrorCode, context.ErrorField, context.ErrorMessage, context.ProviderError, context.Route, context.Outcome));
        }
        var record = new CacheRecord(ticket.Result, ticket.Bypass, ticket.IsStored, new(), null, null, ticket.IsRejected);
        if (ticket.Entry is { } entry && !ticket.IsEntrySpare) return record with { Saved = entry.Usage, SavedProvider = entry.Provider, SavedModel = entry.ProviderModel };
        return ticket.Followed is { } followed
            ? record with { Saved = followed.Usage, SavedProvider = followed.Route?.Target.Name, SavedModel = followed.Route?.ModelHeader.ToString() }
            : record;
    }

    // False = the cache has nothing to say.
    private bool Begin(RequestContext context, CacheTicket ticket, out CacheAsk ask)
    {
        var wishes = CacheWishes.Of(context);
        ask = new(wishes.OnlyIfCached, wishes.IsFresh, wishes.SimilarityThreshold);
        ticket.Now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var policy = context.State.Cache;
        var model = context.Fields.Model;
        var ttl = policy.TtlOf(context.Body.Span.Slice(model.Start, model.Length));
        ticket.Bypass = wishes.Bypass != CacheBypass.None ? wishes.Bypass : ttl is null ? CacheBypass.Off : CacheBypass.None;
        if (ticket.Bypass != CacheBypass.None) return false;
        if (!CacheKeys.TryMake(context, ticket, out var key))
        {
            ticket.Bypass = CacheBypass.Model;
            return false;
        }
        ticket.Key = key;
        ticket.Result = CacheResult.Miss;
        // Its own wish can only shorten it.
        ticket.Ttl = wishes.TtlSeconds >= 0 && wishes.TtlSeconds < ttl!.Value.TotalSeconds ? TimeSpan.FromSeconds(wishes.TtlSeconds) : ttl!.Value;
        ticket.MayStore = ticket.Ttl > TimeSpan.Zero;
        ticket.MaxAge = wishes.IsFresh ? 0 : wishes.MaxAge;
        ticket.Tags = TagsOf(context);
        if (!wishes.IsFresh && _memory.Find(key) is { } entry) Judge(context, ticket, entry);
        // A hit need not know it.
        if (ticket.Result == CacheResult.Miss) ticket.Model = Encoding.UTF8.GetString(context.Body.Span.Slice(model.Start, model.Length));
        return true;
    }

    // What another instance has of the very same request goes before what is only like it.
    private async ValueTask<CacheEntry?> FindSimilarAsync(RequestContext context, CacheTicket ticket, CacheAsk ask)
    {
        if (await FindSharedAsync(context, ticket) is { } shared) return shared;
        ticket.IsSharedAsked = _redis is not null;
        if (await Semantic.FindAsync(context, ticket, ask.SimilarityThreshold, ask.IsFresh) is not { } similar) return null;
        ticket.Entry = similar;
        ticket.IsEntrySpare = false;
        ticket.Result = CacheResult.Semantic;
        return similar;
    }

    // Gives it to the ticket where it will do, now or when no provider answers.
    private void Judge(RequestContext context, CacheTicket ticket, CacheEntry entry)
    {
        if (ticket.IsTooOld(entry)) return;
        var config = context.State.Cache.Config;
        var late = ticket.Now - entry.ExpiresAt;
        if (late < 0)
        {
            ticket.Entry = entry;
            ticket.Result = CacheResult.Hit;
            return;
        }
        // One request fetches the new answer; the others need not wait for it.
        if (late < config.StaleWhileRevalidate.TotalMilliseconds && _coalescer.IsInFlight(ticket.Key))
        {
            ticket.Entry = entry;
            ticket.Result = CacheResult.Stale;
            return;
        }
        if (late >= StaleFor(config).TotalMilliseconds) _memory.Remove(entry.Key);
        if (late >= config.StaleIfError.TotalMilliseconds) return;
        ticket.Entry = entry;
        ticket.IsEntrySpare = true;
    }

    private static TimeSpan StaleFor(CachingConfig config) => config.StaleIfError > config.StaleWhileRevalidate ? config.StaleIfError : config.StaleWhileRevalidate;

    // The request makes the call; unless the answer has come meanwhile, or another instance has it.
    private async ValueTask<CacheEntry?> LeadAsync(RequestContext context, CacheTicket ticket, Flight flight)
    {
        CacheEntry? late = null;
        var isLeading = false;
        try
        {
            late = FindAgain(ticket) ?? (_redis is null ? null : await FindSharedAsync(context, ticket));
            if (late is null) Lead(context, ticket, flight);
            isLeading = late is null;
        }
        finally
        {
            // Whoever has joined finds it, too.
            if (!isLeading) Land(flight, new FlightFailure(ErrorCode.None, null, null, null, null, Outcome.Completed));
        }
        return late;
    }

    // Between the look and the call another one's call may have ended.
    private CacheEntry? FindAgain(CacheTicket ticket)
    {
        if (_memory.Find(ticket.Key) is not { } entry || entry.ExpiresAt <= ticket.Now || ticket.IsTooOld(entry)) return null;
        return Take(ticket, entry);
    }

    private async ValueTask<CacheEntry?> FindSharedAsync(RequestContext context, CacheTicket ticket)
    {
        if (_redis is null || ticket.IsSharedAsked || ticket.MaxAge == 0) return null;
        var entry = await _redis.FindAsync(ticket.Key, context.Caller.Scope, ticket.Model, context.State.Cache.Config.RedisTimeout);
        if (entry is null || ticket.IsTooOld(entry)) return null;
        if (entry.ExpiresAt <= ticket.Now)
        {
            if (ticket.Entry is null && ticket.Now - entry.ExpiresAt < context.State.Cache.Config.StaleIfError.TotalMilliseconds) (ticket.Entry, ticket.IsEntrySpare) = (entry, true);
            return null;
        }
        _memory.Set(entry);
        return Take(ticket, entry);
    }

    private static CacheEntry Take(CacheTicket ticket, CacheEntry entry)
    {
        ticket.Entry = entry;
        ticket.IsEntrySpare = false;
        ticket.Result = CacheResult.Hit;
        return entry;
    }

    private void Land(Flight flight, FlightFailure? failure)
    {
        _coalescer.Remove(flight);
        flight.Land(failure);
        flight.Dispose();
    }

    private void Lead(RequestContext context, CacheTicket ticket, Flight flight)
    {
        flight.Lead(context.Disconnected);
        ticket.Recorder.Begin(flight.Log, context.State.Cache.Config.Replay == CacheReplayPace.Natural ? _time : null);
        ticket.Result = CacheResult.Miss;
        ticket.Lead = flight;
    }

    // What the request is to blame for stays its error.
    private static bool MayRescue(RequestContext context) =>
        context.ProviderError is { Side: ErrorSide.Provider } || context.ErrorCode is ErrorCode.NoHealthyProvider or ErrorCode.UpstreamUnreachable or ErrorCode.UpstreamTimeout or ErrorCode.UpstreamCut or ErrorCode.UpstreamProtocolError;

    private async ValueTask<CacheVerdict> RescueAsync(RequestContext context, CacheTicket ticket)
    {
        context.DropError();
        context.ProviderError = null;
        ticket.IsEntrySpare = false;
        ticket.Result = CacheResult.Stale;
        return await _replay.RunAsync(context, ticket, ticket.Entry!);
    }

    // A client says that an answer was wrong: nobody of its tenant gets it again.
    private void Reject(RequestContext context, CacheTicket ticket, string id)
    {
        if (!CacheKey.TryParse(id.AsSpan().Trim(), out var key) || _memory.Find(key) is not { } entry || entry.Scope != context.Caller.Scope) return;
        ticket.IsRejected = _memory.Remove(key);
        if (_redis is { } redis) _ = redis.DropAsync(key, entry.Scope, entry.Model);
    }

    private static IReadOnlyList<string> TagsOf(RequestContext context)
    {
        if (!context.Request.Headers.TryGetValue("x-edge-cache-tag", out var header)) return [];
        var tags = header.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        // They are kept with every answer.
        return [.. tags.Where(static tag => tag.Length <= MaxTag && !tag.AsSpan().ContainsAnyExceptInRange('!', '~')).Distinct().Take(MaxTags)];
    }

    // What nobody asks for again would otherwise be held until its room is needed.
    private async Task SweepAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(_sweepInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) Sweep(_time.GetUtcNow().ToUnixTimeMilliseconds());
        }
        catch (OperationCanceledException)
        {
        }
    }

    internal int Sweep(long now) => _memory.RemoveWhere(entry => entry.ForgottenAt <= now);

    private void Store(RequestContext context, CacheTicket ticket, Flight lead)
    {
        var recorder = ticket.Recorder;
        // Cut off, filtered or empty, it would be given again as if it were the answer.
        if (recorder.IsPartial || (!recorder.HasContent && !recorder.HasToolCalls)) return;
        if (recorder.HasToolCalls && !context.State.Cache.Config.StoreToolCalls) return;
        // Of two providers' parts.
        if (context.Recovery is { IsJoining: true } || context.Route is not { } route) return;
        // What the model said by itself and policy forbids or hides is kept nowhere.
        if (context.AnswerFilter is { Policy: not null } filter && (filter.Blocked is not null || filter.FoundContent != 0 || filter.Found.ContainsAnyExcept(0))) return;
        if (lead.Log.ToArray() is not { } answer) return;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var expires = now + (long)ticket.Ttl.TotalMilliseconds;
        var stale = StaleFor(context.State.Cache.Config);
        var entry = new CacheEntry(answer)
        {
            Key = ticket.Key,
            Scope = context.Caller.Scope,
            Model = ticket.Model,
            UpstreamModel = RequestTranslation.Plain(route.Model),
            Provider = route.Target.Name,
            ProviderModel = route.ModelHeader.ToString(),
            Wire = context.Wire,
            Usage = recorder.ReportedUsage,
            CreatedAt = now,
            ExpiresAt = expires,
            ForgottenAt = expires + (long)stale.TotalMilliseconds,
            Tags = ticket.Tags,
            SemanticId = Semantic.Link(ticket),
        };
        ticket.IsStored = _memory.Set(entry);
        if (!ticket.IsStored) Semantic.Forget(entry);
        _redis?.Post(entry, ticket.Ttl + stale);
    }

    /// <summary>What is left of a request's wishes for later.</summary>
    private readonly record struct CacheAsk(bool OnlyIfCached, bool IsFresh, double SimilarityThreshold);

    private static CacheVerdict NotCached(RequestContext context)
    {
        context.Fail(ErrorCode.NotCached);
        return CacheVerdict.Failed;
    }
}
