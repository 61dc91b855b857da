using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Edge.Storage.Redis;
using StackExchange.Redis;

namespace Edge.Limits;

/// <summary>
/// Limits that several instances share: one script, one round trip for all limits of a request. What an answer says is mirrored in the cells, so that an outage begins with it; what
/// happens during one is told to Redis afterwards.
/// </summary>
internal sealed class RedisLimiter : IDisposable
{
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(2);

    // Five heartbeats: one that is slow is not away.
    private const int InstanceMilliseconds = 10_000;

    // Keys of one script, so that none of them holds Redis up.
    private const int Batch = 200;

    // Leases of takes that nobody knows the answer of; beyond it they end by themselves.
    private const int MostOrphans = 10_000;

    private static readonly RedisKey _instances = "{edge:limits}:instances";

    private readonly RedisConnection _redis;
    private readonly LimitClock _clock;
    private readonly TimeProvider _time;
    private readonly string _id = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly ConcurrentDictionary<string, RedisKey[]> _leases = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Lease, RedisKey[] Keys)> _orphans = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Func<IEnumerable<LimitSlot>> _slots;
    private long _lastLease;
    private int _known = 1;
    private int _outage = 1;

    /// <param name="redis">The connection.</param>
    /// <param name="clock">The limits'.</param>
    /// <param name="time">For heartbeats.</param>
    /// <param name="slots">Every limit there is, for what Redis is to be told after an outage.</param>
    public RedisLimiter(RedisConnection redis, LimitClock clock, TimeProvider time, Func<IEnumerable<LimitSlot>> slots)
    {
        _redis = redis;
        _clock = clock;
        _time = time;
        _slots = slots;
        redis.Changed += OnChanged;
    }

    /// <summary>How long a place among concurrent requests is believed without being renewed.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Instances that announced themselves, as last known; at least this one.</summary>
    public int Instances => Volatile.Read(ref _known);

    /// <summary>Hears of their number when it is another one.</summary>
    public Action<int>? InstancesChanged { get; set; }

    public bool IsUp => _redis.IsUp;

    /// <summary>Requests whose places are held here.</summary>
    public int Leases => _leases.Count;

    /// <summary>Asks Redis. Null = it gave no answer, and the request is to be decided without it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool?> TryTakeAsync(LimitTake take)
    {
        BeginLease(take);
        var periods = _clock.Current();
        var keys = new RedisKey[take.Count];
        var values = new RedisValue[take.Count * LimitScripts.TakeArguments];
        Write(take, periods, keys, values);
        var answer = await _redis.RunAsync(LimitScripts.Take, keys, values);
        if (!answer.IsThere || (RedisResult[]?)answer.Value is not { } all || all.Length != 1 + (take.Count * LimitScripts.TakeAnswers))
        {
            // It may have been taken all the same, after the deadline.
            if (take.HasConcurrent && _orphans.Count < MostOrphans) _orphans.Enqueue((take.Lease, PlacesOf(take)));
            take.Lease = "";
            return null;
        }
        return Read(take, periods, all);
    }

    /// <summary>The request was let in without Redis: once it is back, its places are announced.</summary>
    public void Admitted(LimitTake take)
    {
        if (!take.HasConcurrent) return;
        if (take.Lease.Length == 0) BeginLease(take);
        _leases[take.Lease] = PlacesOf(take);
    }

    /// <summary>Before a decision without Redis: every cell goes on from what was last known of all instances.</summary>
    public void BeginAlone(LimitTake take)
    {
        var outage = Volatile.Read(ref _outage);
        LimitClock.Periods? periods = null;
        foreach (ref var entry in take.Entries)
        {
            if (entry.Cell.Outage == outage) continue;
            periods ??= _clock.Current();
            lock (entry.Cell.Gate)
            {
                if (entry.Cell.Outage == outage) continue;
                entry.Cell.BeginAlone(entry.Rule, _clock.Now, MemoryLimiter.PeriodOf(entry.Rule, periods), Instances);
                entry.Cell.Outage = outage;
            }
        }
    }

    /// <summary>A request that Redis let in is over. Returns at once.</summary>
    /// <param name="take">Its limits.</param>
    /// <param name="tokens">Used; negative = nobody knows, and the estimate stands.</param>
    public void Settle(LimitTake take, long tokens)
    {
        EndLease(take, out var places);
        var count = 0;
        foreach (ref var entry in take.Entries)
        {
            if (entry.Rule.Kind == LimitKind.Concurrent) continue;
            if (entry.Rule.Kind == LimitKind.Tokens && tokens >= 0 && tokens != entry.Cost) count++;
        }
        var at = places?.Length ?? 0;
        if (count + at == 0) return;
        var keys = new RedisKey[count + at];
        var values = new RedisValue[keys.Length * LimitScripts.ChangeArguments];
        for (var i = 0; i < at; i++) Write(keys, values, i, places![i], "r", 0, RedisValue.EmptyString, take.Lease);
        List<(LimitRule Rule, LimitCell Cell, long Change, int Period)>? owed = null;
        foreach (ref var entry in take.Entries)
        {
            if (entry.Rule.Kind != LimitKind.Tokens || tokens < 0 || tokens == entry.Cost) continue;
            var change = tokens - entry.Cost;
            if (entry.Rule.IsSliding) Write(keys, values, at++, entry.Cell.Key, "s", change, Leak(entry.Rule), "");
            else
            {
                Write(keys, values, at++, KeyOf(entry.Cell, entry.Period), "p", change, Kept(entry.Rule), "");
                (owed ??= []).Add((entry.Rule, entry.Cell, change, entry.Period));
            }
        }
        _ = ChangeAsync(keys, values, owed);
    }

    /// <summary>The same for one that was decided without Redis: its places alone.</summary>
    public void SettleAlone(LimitTake take)
    {
        EndLease(take, out var places);
        if (places is not null && _redis.IsUp) _ = ChangeAsync(places, [.. places.SelectMany(_ => (RedisValue[])["r", 0, "", take.Lease])], null);
    }

    /// <summary>Announces this instance, renews places, tells Redis what it missed. Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var renewed = 0L;
        try
        {
            while (true)
            {
                if (_redis.IsUp)
                {
                    await AnnounceAsync(InstanceMilliseconds);
                    await PayAsync();
                    if (renewed == 0 || _time.GetElapsedTime(renewed) >= Lease / 4)
                    {
                        renewed = _time.GetTimestamp();
                        await RenewAsync();
                    }
                }
                else
                {
                    // Whoever comes back finds every place announced at once.
                    renewed = 0;
                }
                await WaitAsync(cancel);
            }
        }
        catch (OperationCanceledException)
        {
        }
        await AnnounceAsync(0);
    }

    public void Dispose()
    {
        _redis.Changed -= OnChanged;
        _wake.Dispose();
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var woken = _wake.WaitAsync(either.Token);
        await Task.WhenAny(woken, Task.Delay(Lease / 3 < _heartbeat ? Lease / 3 : _heartbeat, _time, either.Token));
        await either.CancelAsync();
        cancel.ThrowIfCancellationRequested();
    }

    private void OnChanged(bool isUp)
    {
        if (!isUp) Interlocked.Increment(ref _outage);
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
        }
    }

    private async Task AnnounceAsync(int milliseconds)
    {
        var answer = await _redis.RunAsync(LimitScripts.Announce, [_instances], [_id, milliseconds]);
        if (!answer.IsThere || milliseconds == 0) return;
        var known = (int)Math.Clamp((long)answer.Value, 1, 100_000);
        if (Interlocked.Exchange(ref _known, known) != known) InstancesChanged?.Invoke(known);
    }

    // What was counted here while Redis was away, and places of takes that nobody has.
    private async Task PayAsync()
    {
        var orphans = new List<(string, RedisKey[])>();
        while (orphans.Count < Batch && _orphans.TryDequeue(out var orphan)) orphans.Add(orphan);
        if (orphans.Count > 0) await EndAsync(orphans);
        foreach (var slot in _slots())
        {
            if (slot.Rule.IsSliding || slot.Rule.Kind == LimitKind.Concurrent) continue;
            foreach (var (_, cell) in slot.Cells.All)
            {
                long owed;
                int period;
                lock (cell.Gate)
                {
                    (owed, period) = (cell.Owed, cell.Period);
                    cell.Owe(slot.Rule, -owed);
                }
                if (owed == 0) continue;
                var keys = new RedisKey[1];
                var values = new RedisValue[LimitScripts.ChangeArguments];
                Write(keys, values, 0, KeyOf(cell, period), "p", owed, Kept(slot.Rule), "");
                await ChangeAsync(keys, values, [(slot.Rule, cell, owed, period)]);
            }
        }
    }

    private async Task RenewAsync()
    {
        foreach (var batch in _leases.ToArray().Chunk(Batch))
        {
            var keys = new List<RedisKey>();
            var values = new List<RedisValue>();
            foreach (var (lease, places) in batch)
            {
                foreach (var place in places)
                {
                    keys.Add(place);
                    values.AddRange(["c", 0, (long)Lease.TotalMilliseconds, lease]);
                }
            }
            await ChangeAsync([.. keys], [.. values], null);
            // Whoever ended meanwhile would be there again for the length of a lease.
            var gone = batch.Where(pair => !_leases.ContainsKey(pair.Key)).Select(pair => (pair.Key, pair.Value)).ToList();
            if (gone.Count > 0) await EndAsync(gone);
        }
    }

    private Task EndAsync(List<(string Lease, RedisKey[] Keys)> leases)
    {
        var keys = new List<RedisKey>();
        var values = new List<RedisValue>();
        foreach (var (lease, places) in leases)
        {
            foreach (var place in places)
            {
                keys.Add(place);
                values.AddRange(["r", 0, "", lease]);
            }
        }
        return ChangeAsync([.. keys], [.. values], null);
    }

    private async Task ChangeAsync(RedisKey[] keys, RedisValue[] values, List<(LimitRule Rule, LimitCell Cell, long Change, int Period)>? owed)
    {
        var answer = await _redis.RunAsync(LimitScripts.Change, keys, values);
        if (answer.IsThere || owed is null) return;
        foreach (var (rule, cell, change, period) in owed)
        {
            lock (cell.Gate)
            {
                // It may have been booked after the deadline, and is booked again then: too strict by that, never too lax. What is given back is lost rather than given twice.
                if (cell.Period == period && change > 0) cell.Owe(rule, change);
            }
        }
    }

    private void Write(LimitTake take, LimitClock.Periods periods, RedisKey[] keys, RedisValue[] values)
    {
        var at = 0;
        foreach (ref var entry in take.Entries)
        {
            var rule = entry.Rule;
            RedisKey key = entry.Cell.Key;
            RedisValue kind = "s", x;
            if (rule.Kind == LimitKind.Concurrent) (kind, x) = ("c", (long)Lease.TotalMilliseconds);
            else if (rule.IsSliding) x = Leak(rule);
            else
            {
                entry.Period = MemoryLimiter.PeriodOf(rule, periods);
                (kind, x, key) = ("p", Kept(rule), KeyOf(entry.Cell, entry.Period));
            }
            keys[at] = key;
            var argument = at++ * LimitScripts.TakeArguments;
            values[argument] = kind;
            values[argument + 1] = entry.Cost;
            values[argument + 2] = rule.Most;
            values[argument + 3] = x;
            values[argument + 4] = take.Lease;
        }
    }

    private bool Read(LimitTake take, LimitClock.Periods periods, RedisResult[] all)
    {
        var fits = (long)all[0] == 1;
        var now = _clock.Now;
        var at = 1;
        foreach (ref var entry in take.Entries)
        {
            entry.Fits = (long)all[at] == 1;
            var (used, wait, reset) = ((long)all[at + 1], (long)all[at + 2], (long)all[at + 3]);
            at += LimitScripts.TakeAnswers;
            if (entry.Rule.Window.Calendar != CalendarPeriod.None)
            {
                reset = Math.Max(0, (long)(periods.End(entry.Rule.Window.Calendar) - _clock.UtcNow).TotalMilliseconds);
                if (!entry.Fits) wait = reset;
            }
            entry.Told = new LimitStanding(Math.Max(0, entry.Rule.Most - used), reset, wait);
            lock (entry.Cell.Gate)
            {
                entry.Cell.Shared = new(used, Math.Max(1, now), entry.Period);
                if (fits && entry.Rule.Kind == LimitKind.Concurrent) entry.Cell.Run(1);
            }
        }
        take.Clock = _clock;
        take.IsTaken = take.IsShared = fits;
        if (fits) Admitted(take);
        else take.FindRefusal();
        return fits;
    }

    private void BeginLease(LimitTake take)
    {
        if (take.HasConcurrent) take.Lease = string.Create(CultureInfo.InvariantCulture, $"{_id}-{Interlocked.Increment(ref _lastLease)}");
    }

    private void EndLease(LimitTake take, out RedisKey[]? places)
    {
        places = null;
        if (!take.HasConcurrent) return;
        _leases.TryRemove(take.Lease, out places);
        foreach (ref var entry in take.Entries)
        {
            if (entry.Rule.Kind != LimitKind.Concurrent || !take.IsShared) continue;
            lock (entry.Cell.Gate) entry.Cell.Run(-1);
        }
    }

    private static RedisKey[] PlacesOf(LimitTake take)
    {
        var places = new List<RedisKey>(2);
        foreach (ref var entry in take.Entries)
        {
            if (entry.Rule.Kind == LimitKind.Concurrent) places.Add(entry.Cell.Key);
        }
        return [.. places];
    }

    private static void Write(RedisKey[] keys, RedisValue[] values, int at, RedisKey key, RedisValue kind, RedisValue change, RedisValue x, RedisValue lease)
    {
        keys[at] = key;
        var argument = at * LimitScripts.ChangeArguments;
        (values[argument], values[argument + 1], values[argument + 2], values[argument + 3]) = (kind, change, x, lease);
    }

    // Units that leak in a microsecond. As text: a value's own digits are fewer than a double has.
    private static RedisValue Leak(LimitRule rule) => (rule.Amount * 1000.0 / rule.Window.Nanoseconds).ToString("R", CultureInfo.InvariantCulture);

    // Seconds: a week longer than its period, for whoever looks.
    private static RedisValue Kept(LimitRule rule) => (rule.Window.Calendar == CalendarPeriod.Day ? 1 : 31) * 86_400L + (7 * 86_400L);

    private static RedisKey KeyOf(LimitCell cell, int period) => string.Create(CultureInfo.InvariantCulture, $"{cell.Key}:{period}");
}
