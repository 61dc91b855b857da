using System.Collections.Concurrent;
using System.Threading.Channels;
using Edge.Cache.Semantic;
using Edge.Cache.Stores;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Telemetry;

namespace Edge.Cache;

/// <summary>What came of a request's semantic look-up. The names are labels of metrics: they are added to, never renamed.</summary>
internal enum SemanticUse : byte
{
    /// <summary>An answer was given.</summary>
    Hit,

    /// <summary>Nothing is near enough.</summary>
    Miss,

    /// <summary>Something is, and the gate refused it.</summary>
    Refused,

    /// <summary>The request is of a kind that is not looked up.</summary>
    Bypassed,

    /// <summary>Too many waited, or the deadline passed.</summary>
    Busy,

    /// <summary>The model is not there, or not yet.</summary>
    Unavailable,

    /// <summary>What was found is not kept any more, or too old for this request.</summary>
    Gone,

    /// <summary>An answer would have been given; <c>caching.semantic_shadow</c> asks the provider all the same.</summary>
    Shadow,
}

/// <summary>
/// Answers that may be given to a request which means the same: which entries of the memory have which prompts, and the look-up among them. An entry that leaves the memory cannot be reached from that moment on; its
/// vector is taken away later.
/// </summary>
public sealed class SemanticTier : IDisposable
{
    // For an answer whose prompt could not be embedded when it was asked.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly MemoryCache _memory;
    private readonly SemanticLookup _lookup;
    private readonly Log _log;
    private readonly ConcurrentDictionary<ulong, CacheKey> _keys = new();
    private readonly Lock _lock = new();

    // Adding to an index, and removing from it, may wait for a search, and for its division into cells. In order, and on nobody's request.
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>();
    private readonly long[] _uses = new long[Enum.GetValues<SemanticUse>().Length];
    private readonly long[] _bypasses = new long[Enum.GetValues<SemanticBypass>().Length];
    private Task? _loading;
    private ulong _lastId;

    internal SemanticTier(MemoryCache memory, SemanticLookup lookup, Log log)
    {
        _memory = memory;
        _lookup = lookup;
        _log = log;
        memory.Dropped = Forget;
    }

    /// <summary>Something to do to the index; without a text: take the entry away.</summary>
    private readonly record struct Change(ulong Id, UInt128 Scope = default, string? Text = null, PreparedPrompt? Prompt = null);

    /// <summary>Whether the model is there: <c>off</c>, <c>loading</c>, <c>ready</c> or <c>unavailable</c>.</summary>
    public string State => _lookup.State switch { SemanticState.Off => "off", SemanticState.Loading => "loading", SemanticState.Ready => "ready", _ => "unavailable" };

    /// <summary>The model is loaded.</summary>
    public bool IsReady => _lookup.State == SemanticState.Ready;

    /// <summary>Why it is not there; null = it is, or was not asked for.</summary>
    public string? Problem => _lookup.Problem;

    /// <summary>Prompts of all tenants.</summary>
    public int Count => _lookup.Count;

    /// <summary>Bytes of their vectors.</summary>
    public long Bytes => _lookup.IndexSize;

    internal long Of(SemanticUse use) => Interlocked.Read(ref _uses[(int)use]);

    internal long Of(SemanticBypass bypass) => Interlocked.Read(ref _bypasses[(int)bypass]);

    internal SemanticCounters Counters => _lookup.Counters;

    /// <summary>A configuration holds from now on: where it asks for it, the model is loaded in the background. Once for a process: it stays when a reload turns it off.</summary>
    public void Apply(CachingConfig config)
    {
        if (config.EffectiveMode == CachingMode.Semantic) _ = StartAsync();
    }

    /// <summary>Loads the model, once.</summary>
    /// <returns>Ends when it is there or cannot be.</returns>
    public Task StartAsync()
    {
        lock (_lock) return _loading ??= LoadAsync();
    }

    /// <summary>Carries out what waits for the index, until cancelled; returns then without throwing.</summary>
    internal async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            while (await _changes.Reader.WaitToReadAsync(cancel)) Drain();
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Carries out what waits for the index.</summary>
    internal void Drain()
    {
        while (_changes.Reader.TryRead(out var change))
        {
            if (change.Text is null) _lookup.Remove(change.Id);
            else if (change.Prompt is { } prompt) _lookup.TryAdd(change.Scope, prompt, change.Id);
            else _lookup.TryAdd(change.Scope, change.Text, change.Id, _patience);
        }
    }

    /// <summary>Looks for an answer that may be given. The ticket learns how similar its prompt is, and keeps what is needed to add this request's own answer.</summary>
    /// <param name="context">Its exact look-up has found nothing.</param>
    /// <param name="ticket">Of the request.</param>
    /// <param name="threshold">What the request wants at least; it can only raise it.</param>
    /// <param name="isFresh">No answer that is kept will do: nothing is looked up, but the new one is added.</param>
    internal async ValueTask<CacheEntry?> FindAsync(RequestContext context, CacheTicket ticket, double threshold, bool isFresh)
    {
        if (!IsReady)
        {
            Note(SemanticUse.Unavailable);
            return null;
        }
        var bypass = LastTurn.Find(context, out var token, out var text);
        if (bypass != SemanticBypass.None || !CacheKeys.TryMakeScope(context, ticket, token, out var scope))
        {
            Interlocked.Increment(ref _bypasses[(int)bypass]);
            Note(SemanticUse.Bypassed);
            return null;
        }
        (ticket.Prompt.Text, ticket.Prompt.Scope) = (text, scope);
        if (isFresh) return null;
        var config = context.State.Cache.Config;
        var found = await _lookup.FindAsync(text, scope, Math.Max(config.SimilarityThreshold, threshold), config.SemanticDeadline);
        ticket.Prompt.Prepared = found.Prompt;
        // What may not be looked up is not added, either.
        if (found.Outcome == SemanticOutcome.Bypassed) ticket.Prompt = default;
        if (!found.IsHit)
        {
            Note(found.Outcome switch { SemanticOutcome.Miss => SemanticUse.Miss, SemanticOutcome.Refused => SemanticUse.Refused, SemanticOutcome.Bypassed => SemanticUse.Bypassed, SemanticOutcome.Busy => SemanticUse.Busy, _ => SemanticUse.Unavailable });
            return null;
        }
        var entry = Resolve(context, ticket, found.Entry);
        if (entry is null || config.SemanticShadow)
        {
            Note(entry is null ? SemanticUse.Gone : SemanticUse.Shadow);
            return null;
        }
        Note(SemanticUse.Hit);
        ticket.Similarity = found.Similarity;
        return entry;
    }

    /// <summary>An entry is about to be kept whose request was looked up: gives it the id by which it is found.</summary>
    /// <returns>0 = it is not found by its meaning.</returns>
    internal ulong Link(CacheTicket ticket)
    {
        if (ticket.Prompt.Text is not { } text || !IsReady) return 0;
        var id = Interlocked.Increment(ref _lastId);
        // Before the entry is kept: it may be dropped at once, and then this goes, too.
        _keys[id] = ticket.Key;
        _changes.Writer.TryWrite(new Change(id, ticket.Prompt.Scope, text, ticket.Prompt.Prepared));
        return id;
    }

    /// <summary>The entry is not kept, or not any more, or too old. Called under a lock of the memory: it must be short.</summary>
    internal void Forget(CacheEntry entry)
    {
        if (entry.SemanticId != 0 && _keys.TryRemove(entry.SemanticId, out _)) _changes.Writer.TryWrite(new Change(entry.SemanticId));
    }

    public void Dispose() => _lookup.Dispose();

    // The scope holds the tenant already; it is asked for once more because an answer in the wrong hands cannot be taken back.
    private CacheEntry? Resolve(RequestContext context, CacheTicket ticket, ulong id)
    {
        if (!_keys.TryGetValue(id, out var key))
        {
            // Its vector is the last that is left of it.
            _changes.Writer.TryWrite(new Change(id));
            return null;
        }
        if (_memory.Find(key) is not { } entry || entry.SemanticId != id || entry.Scope != context.Caller.Scope) return null;
        if (entry.ExpiresAt > ticket.Now) return ticket.IsTooOld(entry) ? null : entry;
        // It stays for those who ask the same; here it would stand before the new answer.
        Forget(entry);
        return null;
    }

    private async Task LoadAsync()
    {
        await _lookup.StartAsync();
        if (IsReady) _log.Info(EventIds.SemanticReady, "The semantic cache is ready.");
        else _log.Warn(EventIds.SemanticUnavailable, "The semantic cache is not available; the cache answers identical requests alone.", ("problem", _lookup.Problem ?? "stopped"));
    }

    private void Note(SemanticUse use) => Interlocked.Increment(ref _uses[(int)use]);
}

/// <summary>What of a request is needed to find its answer by its meaning; without a text: it is not to be found.</summary>
internal struct TicketPrompt
{
    public string? Text;
    public UInt128 Scope;
    public PreparedPrompt? Prepared;
}
