using System.Runtime.CompilerServices;
using System.Text;
using Edge.Cache.Stores;
using Edge.Endpoints;
using Edge.Pipeline;
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

    private readonly MemoryCache _memory;
    private readonly Coalescer _coalescer = new();
    private readonly CacheReplay _replay;
    private readonly TimeProvider _time;

    public CacheStage(MemoryCache memory, TimeProvider time, Log log)
    {
        _memory = memory;
        _time = time;
        _replay = new CacheReplay(time, log);
    }

    public MemoryCache Memory => _memory;

    /// <summary>Looks for an answer, and gives it.</summary>
    public ValueTask<CacheVerdict> RunAsync(RequestContext context) =>
        context.State.Cache.IsOff || context.Operation is not (Operation.ChatCompletions or Operation.Messages or Operation.Responses or Operation.Completions)
            ? new(CacheVerdict.GoOn)
            : LookAsync(context);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CacheVerdict> LookAsync(RequestContext context)
    {
        var ticket = context.BeginCache();
        if (!Begin(context, ticket, out var onlyIfCached)) return onlyIfCached ? NotCached(context) : CacheVerdict.GoOn;
        if (ticket.Entry is { } entry && !ticket.IsEntrySpare) return await _replay.RunAsync(context, ticket, entry);
        if (onlyIfCached) return NotCached(context);
        var config = context.State.Cache.Config;
        // What no decoder reads cannot be shared; and it is known only later where the request goes.
        var isShared = config.Coalesce && context.Operation != Operation.Completions;
        for (var round = 0; ; round++)
        {
            var leads = true;
            var flight = isShared && round < MaxRounds
                ? _coalescer.JoinOrLead(ticket.Key, context.Fields.Stream, config.MaxEntrySize, ticket.Reader, out leads)
                : new Flight(ticket.Key, context.Fields.Stream, isShared: false, config.MaxEntrySize);
            if (leads)
            {
                Lead(context, ticket, flight);
                return CacheVerdict.GoOn;
            }
            ticket.Followed = flight;
            var result = await _replay.FollowAsync(context, ticket, flight, mayTryAgain: round + 1 < MaxRounds);
            if (result is { } verdict) return verdict;
            ticket.Followed = null;
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
            _coalescer.Remove(lead);
            lead.Land(isWhole ? null : new FlightFailure(context.ErrorCode, context.ErrorField, context.ErrorMessage, context.ProviderError, context.Route, context.Outcome));
            lead.Dispose();
        }
        if (ticket.Entry is { } entry && !ticket.IsEntrySpare)
        {
            return new(ticket.Result, ticket.Bypass, ticket.IsStored, entry.Usage, entry.Provider, entry.ProviderModel, ticket.IsRejected);
        }
        if (ticket.Followed is { } followed)
        {
            var saved = followed.Usage;
            return new(ticket.Result, ticket.Bypass, ticket.IsStored, saved, followed.Route?.Target.Name, followed.Route?.ModelHeader.ToString(), ticket.IsRejected);
        }
        return new(ticket.Result, ticket.Bypass, ticket.IsStored, new(), null, null, ticket.IsRejected);
    }

    // False = the cache has nothing to say.
    private bool Begin(RequestContext context, CacheTicket ticket, out bool onlyIfCached)
    {
        var wishes = CacheWishes.Of(context);
        onlyIfCached = wishes.OnlyIfCached;
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
        if (!wishes.IsFresh && _memory.Find(key) is { } entry) Judge(context, ticket, entry, wishes.MaxAge);
        return true;
    }

    private void Judge(RequestContext context, CacheTicket ticket, CacheEntry entry, long maxAge)
    {
        var age = ticket.Now - entry.CreatedAt;
        if (maxAge >= 0 && age > maxAge) return;
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
        if (late >= Math.Max(config.StaleIfError.TotalMilliseconds, config.StaleWhileRevalidate.TotalMilliseconds)) _memory.Remove(entry.Key);
        if (late >= config.StaleIfError.TotalMilliseconds) return;
        ticket.Entry = entry;
        ticket.IsEntrySpare = true;
    }

    private void Lead(RequestContext context, CacheTicket ticket, Flight flight)
    {
        flight.Lead(context.Disconnected);
        var model = context.Fields.Model;
        ticket.Model = Encoding.UTF8.GetString(context.Body.Span.Slice(model.Start, model.Length));
        ticket.Result = CacheResult.Miss;
        ticket.Recorder.Begin(flight.Log, context.State.Cache.Config.Replay == CacheReplayPace.Natural ? _time : null);
        ticket.Lead = flight;
    }

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
        ticket.IsStored = _memory.Set(new CacheEntry(answer)
        {
            Key = ticket.Key,
            Scope = CacheKeys.ScopeOf(context),
            Model = ticket.Model,
            UpstreamModel = RequestTranslation.Plain(route.Model),
            Provider = route.Target.Name,
            ProviderModel = route.ModelHeader.ToString(),
            Wire = context.Wire,
            Usage = recorder.ReportedUsage,
            CreatedAt = now,
            ExpiresAt = now + (long)ticket.Ttl.TotalMilliseconds,
            Tags = ticket.Tags,
        });
    }

    private static CacheVerdict NotCached(RequestContext context)
    {
        context.Fail(ErrorCode.NotCached);
        return CacheVerdict.Failed;
    }
}
