using System.Collections.Concurrent;
using System.Globalization;
using Edge.Configuration;
using Edge.Storage.Redis;
using StackExchange.Redis;

namespace Edge.Budgets.Redis;

/// <summary>
/// Budgets that several instances share. A reservation is one script and one round trip; what an instance holds has a lease that its worker renews. Without Redis requests go on from a share of each
/// budget that the instance holds for that time (<see cref="LocalShare"/>), then as configured.
/// </summary>
internal sealed class RedisBudgets : IBudgetStore, IDisposable
{
    // An allowance is held longer than a reservation: nobody else may spend it while an instance that is cut off still does.
    private const int AllowanceLeases = 10;

    private const int RenewAtOnce = 256;

    // Longer than a limit may wait: without an answer a request that could be paid for is refused.
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(500);

    // A budget that nobody has asked for so long needs no share.
    private static readonly TimeSpan _active = TimeSpan.FromMinutes(10);

    private readonly RedisConnection _redis;
    private readonly SpentSource? _source;
    private readonly Func<BudgetsConfig> _config;
    private readonly TimeProvider _time;
    private readonly string _instance;
    private readonly ConcurrentDictionary<string, Open> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Unsent> _unsent = new();
    private readonly ConcurrentDictionary<string, Share> _shares = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private int _sending;
    private volatile bool _wasAway;

    private sealed record Open(string Id, RedisKey[] Keys, long Amount, long MadeAt);

    private sealed record Unsent(string Id, RedisKey[] Keys, long Cost, bool WasTried, BudgetCounter[] Counters);

    private sealed class Share(BudgetCounter counter)
    {
        public BudgetCounter Counter { get; } = counter;

        public long LastUsed;

        /// <summary>Of the last that Redis was told.</summary>
        public long Number;

        /// <summary>What it was told, while it has not answered.</summary>
        public long? Told;
    }

    /// <param name="redis">Need not be there yet.</param>
    /// <param name="source">What is kept on disk; null = nothing.</param>
    /// <param name="config">As it is now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="instance">Unlike every other instance's, and unlike this one's at another time.</param>
    public RedisBudgets(RedisConnection redis, SpentSource? source, Func<BudgetsConfig> config, TimeProvider time, string instance)
    {
        (_redis, _source, _config, _time, _instance) = (redis, source, config, time, instance);
        _redis.Changed += isUp =>
        {
            if (!isUp) _wasAway = true;
            Wake();
        };
    }

    /// <summary>Settlements that Redis has not heard of yet.</summary>
    public int Pending => _unsent.Count;

    /// <summary>Reservations of this instance that are open in Redis.</summary>
    public int OpenHere => _open.Count;

    public async ValueTask<BudgetVerdict> ReserveAsync(BudgetReservation reservation, long amount)
    {
        // Several tries: the counters of a new period, or of a Redis that was emptied, are loaded one after the other.
        for (var round = 0; _redis.IsUp && !reservation.IsLocal && round <= reservation.Count + 1; round++)
        {
            var keys = Keys(reservation);
            var values = new RedisValue[3 + reservation.Count];
            (values[0], values[1], values[2]) = (reservation.Id, Text(amount), LeaseMs);
            for (var i = 0; i < reservation.Count; i++) values[3 + i] = Text(reservation.Lines[i].Limit);
            // Known before it is sent: the worker may have to renew it, or to take it back.
            var open = new Open(reservation.Id, keys, reservation.Amount + amount, _time.GetTimestamp());
            var answer = await _redis.RunAsync(RedisBudgetScripts.Reserve, keys, values, Patience);
            if (!answer.IsThere)
            {
                // It may have been done all the same. A further call for a request that has one open is settled with it.
                if (reservation.Amount == 0) Send(new Unsent(reservation.Id, keys, 0, WasTried: true, []));
                break;
            }
            var parts = (RedisResult[])answer.Value!;
            switch ((int)parts[0])
            {
                case 0:
                    for (var i = 0; i < reservation.Count; i++) Mirror(reservation.Lines[i].Counter, parts.AsSpan(1 + (3 * i)));
                    _open[reservation.Id] = open;
                    Touch(reservation);
                    return BudgetVerdict.Ok;
                case 1:
                    var refused = (int)parts[1];
                    Mirror(reservation.Lines[refused].Counter, parts.AsSpan(2));
                    return new(refused, (long)parts[2], (long)parts[3]);
                case 2:
                    var missing = (int)parts[1];
                    if (!await LoadAsync(reservation.Lines[missing].Counter)) return new(missing, IsAway: true);
                    continue;
                default:
                    // Its id was taken back: by a try that came too late.
                    return new(0, IsAway: true);
            }
        }
        // What was reserved there is extended there or not at all.
        if (reservation.Amount > 0 && !reservation.IsLocal) return _config().OnStoreFailure == BudgetOutageAction.Open ? BudgetVerdict.Ok : new(0, IsAway: true);
        return ReserveLocal(reservation, amount);
    }

    public void Settle(BudgetReservation reservation, long cost)
    {
        if (reservation.IsLocal)
        {
            foreach (ref readonly var line in reservation.Lines)
            {
                lock (line.Counter.Account.Lock) line.Counter.Local.Settle(reservation.Amount, cost);
            }
            return;
        }
        _open.TryRemove(reservation.Id, out var open);
        var counters = new BudgetCounter[reservation.Count];
        for (var i = 0; i < counters.Length; i++) counters[i] = reservation.Lines[i].Counter;
        var unsent = new Unsent(reservation.Id, open?.Keys ?? Keys(reservation), cost, WasTried: false, counters);
        _ = SendNowAsync(unsent);
    }

    /// <summary>True once among all instances.</summary>
    public async ValueTask<bool> IsFirstAsync(BudgetCounter counter, int percent)
    {
        var answer = await _redis.RunAsync(RedisBudgetScripts.First, [$"{RedisBudgetScripts.Prefix}a:{counter.Key}:{percent}"], [KeepMs(counter)]);
        return !answer.IsThere || (int)answer.Value == 1;
    }

    /// <summary>Renews what is open, sends what was not, and keeps the shares.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (_redis.IsUp) await KeepAsync();
                await _wake.WaitAsync(_config().Lease / 3, stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Gives back what this instance holds.</summary>
    public async Task StopAsync()
    {
        // Those of the last requests may be on their way.
        for (var i = 0; i < 100 && Volatile.Read(ref _sending) > 0; i++) await Task.Delay(TimeSpan.FromMilliseconds(20), _time);
        await SendAllAsync();
        foreach (var share in _shares.Values) await AllowAsync(share, isLast: true);
    }

    public void Dispose() => _wake.Dispose();

    internal async Task KeepAsync()
    {
        await SendAllAsync();
        await RenewAsync();
        var now = _time.GetTimestamp();
        foreach (var (key, share) in _shares)
        {
            var isActive = _time.GetElapsedTime(Volatile.Read(ref share.LastUsed), now) < _active;
            await AllowAsync(share, isLast: !isActive);
            if (!isActive && share.Counter.Local is { Used: 0, Reserved: 0 }) _shares.TryRemove(key, out _);
        }
    }

    private async Task RenewAsync()
    {
        // Always one call, that Redis sees somebody living.
        var old = _open.Values.Where(open => _time.GetElapsedTime(open.MadeAt) > _config().Lease / 4).ToList();
        for (var at = 0; at == 0 || at < old.Count; at += RenewAtOnce)
        {
            var wasAway = _wasAway;
            _wasAway = false;
            RedisValue[] values = [LeaseMs, wasAway ? "1" : "0", .. old.Skip(at).Take(RenewAtOnce).Select(open => (RedisValue)open.Id)];
            var answer = await _redis.RunAsync(RedisBudgetScripts.Renew, [RedisBudgetScripts.Prefix + "leases"], values, Patience);
            if (!answer.IsThere)
            {
                _wasAway |= wasAway;
                return;
            }
            foreach (var id in (RedisResult[])answer.Value!)
            {
                if (_open.TryGetValue((string)id!, out var open)) await RestoreAsync(open);
            }
        }
    }

    // Redis has been emptied: what is under way is reserved anew. Budgets that are not loaded yet are, by the next request.
    private async Task RestoreAsync(Open open)
    {
        await _redis.RunAsync(RedisBudgetScripts.Restore, open.Keys, [open.Id, Text(open.Amount), LeaseMs]);
        // It may have ended meanwhile, and its settlement found nothing.
        if (!_open.ContainsKey(open.Id)) Send(new Unsent(open.Id, open.Keys, 0, WasTried: true, []));
    }

    private async Task SendAllAsync()
    {
        // Those that fail come back to the end of the queue.
        for (var left = _unsent.Count; left > 0 && _redis.IsUp && _unsent.TryDequeue(out var unsent); left--) await SendNowAsync(unsent);
    }

    private void Send(Unsent unsent)
    {
        _unsent.Enqueue(unsent);
        Wake();
    }

    private async Task SendNowAsync(Unsent unsent)
    {
        RedisValue[] values = [unsent.Id, Text(unsent.Cost), LeaseMs, unsent.WasTried ? "1" : "0"];
        var wasUp = _redis.IsUp;
        Interlocked.Increment(ref _sending);
        var answer = await _redis.RunAsync(RedisBudgetScripts.Settle, unsent.Keys, values, Patience);
        Interlocked.Decrement(ref _sending);
        if (!answer.IsThere)
        {
            // Whether it was done or not: it is said again, and counts once.
            _unsent.Enqueue(unsent with { WasTried = unsent.WasTried || wasUp });
            return;
        }
        var parts = (RedisResult[])answer.Value!;
        for (var i = 0; i < unsent.Counters.Length && (3 * i) + 2 < parts.Length; i++) Mirror(unsent.Counters[i], parts.AsSpan(3 * i));
    }

    private async ValueTask<bool> LoadAsync(BudgetCounter counter)
    {
        var before = default(SpentBefore);
        if (_source is not null)
        {
            if (await _source.FindAsync(counter) is not { } found) return false;
            before = found;
        }
        var answer = await _redis.RunAsync(RedisBudgetScripts.Load, [KeyOf(counter)], [Text(before.Spent), Text(before.Unknown), KeepMs(counter)], Patience);
        return answer.IsThere;
    }

    private BudgetVerdict ReserveLocal(BudgetReservation reservation, long amount)
    {
        var isOpen = _config().OnStoreFailure == BudgetOutageAction.Open;
        var now = _time.GetTimestamp();
        var lines = reservation.Lines;
        foreach (ref readonly var line in lines) line.Counter.Account.Lock.Enter();
        var refused = -1;
        for (var i = 0; i < lines.Length && !isOpen; i++)
        {
            if (lines[i].Counter.Local.Left(now) >= amount) continue;
            refused = i;
            break;
        }
        if (refused < 0)
        {
            foreach (ref readonly var line in lines) line.Counter.Local.Reserve(amount);
        }
        foreach (ref readonly var line in lines) line.Counter.Account.Lock.Exit();
        if (refused >= 0) return new(refused, IsAway: true);
        reservation.IsLocal = true;
        Touch(reservation);
        return BudgetVerdict.Ok;
    }

    // Books what was spent of a share, and asks for a new one.
    private async Task AllowAsync(Share share, bool isLast)
    {
        var counter = share.Counter;
        var config = _config();
        if (!_redis.IsUp) return;
        long used, wanted, underWay;
        lock (counter.Account.Lock)
        {
            used = share.Told ?? counter.Local.Used;
            underWay = counter.Local.Reserved;
            wanted = underWay + (isLast || counter.Limit == 0 ? 0 : (long)((UInt128)(ulong)counter.Limit * (uint)config.Allowance / 100));
            if (used == 0 && wanted == 0 && counter.Local.Granted == 0) return;
            // Redis may grant no more than that, and its answer may not get here: until then nothing else is spent of the old amount.
            counter.Local.Granted = Math.Min(counter.Local.Granted, counter.Local.Used + underWay);
        }
        // What Redis has been told and not confirmed is told again, under the same number: it counts once.
        if (share.Told is null) share.Number++;
        share.Told = used;
        var id = $"{_instance}:{counter.Key}";
        var lease = config.Lease * AllowanceLeases;
        var asked = _time.GetTimestamp();
        RedisValue[] values = [id, Text(used), Text(wanted), Text(Math.Max(counter.Limit, 0)), Ms(lease), Text(share.Number), Text(underWay)];
        RedisKey[] keys = [Record(id), KeyOf(counter)];
        var answer = await _redis.RunAsync(RedisBudgetScripts.Allow, keys, values, Patience);
        if (!answer.IsThere) return;
        var parts = (RedisResult[])answer.Value!;
        if ((string)parts[0]! == "-1")
        {
            // Nothing was booked.
            share.Told = null;
            await LoadAsync(counter);
            return;
        }
        share.Told = null;
        lock (counter.Account.Lock)
        {
            counter.Local.Used -= used;
            counter.Local.Granted = (long)parts[0];
            counter.Local.Until = asked + (long)((lease - config.Lease).TotalSeconds * _time.TimestampFrequency);
        }
        Mirror(counter, parts.AsSpan(1));
    }

    private void Touch(BudgetReservation reservation)
    {
        var now = _time.GetTimestamp();
        foreach (ref readonly var line in reservation.Lines)
        {
            var share = _shares.GetOrAdd(line.Counter.Key, static (_, counter) => new Share(counter), line.Counter);
            Volatile.Write(ref share.LastUsed, now);
        }
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        // Somebody else woke it, or all is over.
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
        }
    }

    private static void Mirror(BudgetCounter counter, ReadOnlySpan<RedisResult> numbers) => counter.Set(Number(numbers[0]), Number(numbers[1]), Number(numbers[2]));

    private static long Number(RedisResult value) => value.IsNull ? 0 : (long)value;

    private static RedisKey[] Keys(BudgetReservation reservation)
    {
        var keys = new RedisKey[1 + reservation.Count];
        keys[0] = Record(reservation.Id);
        for (var i = 0; i < reservation.Count; i++) keys[1 + i] = KeyOf(reservation.Lines[i].Counter);
        return keys;
    }

    private static RedisKey Record(string id) => RedisBudgetScripts.Prefix + "r:" + id;

    private static RedisKey KeyOf(BudgetCounter counter) => RedisBudgetScripts.Prefix + "c:" + counter.Key;

    private TimeSpan Patience => _redis.Deadline > _patience ? _redis.Deadline : _patience;

    private RedisValue LeaseMs => Ms(_config().Lease);

    private static RedisValue KeepMs(BudgetCounter counter) => Ms(counter.Period == BudgetPeriod.Day ? TimeSpan.FromDays(3) : TimeSpan.FromDays(65));

    private static RedisValue Ms(TimeSpan time) => Text((long)time.TotalMilliseconds);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
