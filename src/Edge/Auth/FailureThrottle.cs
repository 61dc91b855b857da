using System.Numerics;
using System.Security.Cryptography;

namespace Edge.Auth;

/// <summary>
/// How many wrong keys one address may send: a bucket for each, in a table of fixed size. An address whose bucket is empty is told to wait, in place of being told that its key is wrong.
/// Right keys are never refused for what others behind the same address (an office, a proxy) send: guessing a key is hopeless by its length, not by this.
/// Any thread; allocates once, with the first wrong key.
/// </summary>
public sealed class FailureThrottle
{
    private const int Ways = 4;
    private const int Sets = 1 << 12;
    private const int Locks = 64;
    private const long Window = TimeSpan.TicksPerMinute;

    private readonly TimeProvider _time;
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(static _ => new Lock())];
    private Bucket[]? _buckets;

    public FailureThrottle(TimeProvider time) => _time = time;

    /// <summary>Counts a failure. False = there were too many: nothing was counted.</summary>
    /// <param name="address">As <see cref="AddressRange.NumberOf"/> gives it.</param>
    /// <param name="perMinute">How many are allowed, at once or spread over a minute; 0 = any number.</param>
    /// <param name="seconds">Until another one is allowed, at least 1.</param>
    public bool TryAdd(UInt128 address, int perMinute, out int seconds)
    {
        seconds = 0;
        if (perMinute <= 0) return true;
        var key = AddressRange.SubscriberOf(address);
        var now = _time.GetUtcNow().UtcTicks;
        var cost = Window / perMinute;
        var set = SetOf(key);
        lock (_locks[set % Locks])
        {
            ref var bucket = ref Find(set, key);
            // The generic cell rate algorithm: one number says how full a bucket is.
            var due = Math.Max(bucket.Due, now);
            if (due + cost - now > Window)
            {
                seconds = (int)Math.Max(1, (due + cost - now - Window + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);
                return false;
            }
            bucket.Due = due + cost;
            return true;
        }
    }

    /// <summary>There have been too many failures from there. Counts nothing.</summary>
    /// <inheritdoc cref="TryAdd"/>
    public bool IsOver(UInt128 address, int perMinute, out int seconds)
    {
        seconds = 0;
        if (perMinute <= 0 || _buckets is not { } buckets) return false;
        var key = AddressRange.SubscriberOf(address);
        var now = _time.GetUtcNow().UtcTicks;
        var cost = Window / perMinute;
        var set = SetOf(key);
        lock (_locks[set % Locks])
        {
            foreach (ref readonly var bucket in buckets.AsSpan(set * Ways, Ways))
            {
                if (bucket.Address != key || bucket.Due + cost - now <= Window) continue;
                seconds = (int)Math.Max(1, (bucket.Due + cost - now - Window + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);
                return true;
            }
        }
        return false;
    }

    // The address's own bucket, else the emptiest of its set: whoever has many addresses can make the table forget, but never make it grow.
    private ref Bucket Find(int set, UInt128 key)
    {
        var buckets = _buckets ?? Make();
        var first = set * Ways;
        var emptiest = first;
        for (var i = first; i < first + Ways; i++)
        {
            if (buckets[i].Due != 0 && buckets[i].Address == key) return ref buckets[i];
            if (buckets[i].Due < buckets[emptiest].Due) emptiest = i;
        }
        buckets[emptiest] = new Bucket { Address = key };
        return ref buckets[emptiest];
    }

    private Bucket[] Make()
    {
        Interlocked.CompareExchange(ref _buckets, new Bucket[Sets * Ways], null);
        return _buckets;
    }

    // Seeded: which addresses share a set is nobody's to choose.
    private int SetOf(UInt128 key)
    {
        var hash = ((ulong)key ^ _seed) * 0x9E3779B97F4A7C15;
        hash = (BitOperations.RotateLeft(hash, 31) ^ (ulong)(key >> 64)) * 0xD6E8FEB86659FD93;
        return (int)(hash >> 40) & (Sets - 1);
    }

    private struct Bucket
    {
        public UInt128 Address;

        // When the bucket is full again, in ticks; 0 = nobody's.
        public long Due;
    }
}
