using System.Text;
using Edge.Providers;
using Edge.Upstream.Http1;

namespace Edge.Upstream.Credentials;

/// <summary>
/// One or several static keys, used in turn. A key that the provider refused (401, 402, 403) or throttled (429) rests for a while; when all of them rest, the one
/// whose rest ends soonest is used, because a request that might work is better than one that is not sent.
/// </summary>
/// <remarks>
/// Choosing takes no lock and allocates nothing: with every key in service it is one interlocked addition, and the clock is not asked.
/// </remarks>
public sealed class KeyRing : ICredential
{
    /// <summary>How long a refused key rests where nobody says otherwise.</summary>
    public static readonly TimeSpan DefaultRest = TimeSpan.FromMinutes(10);

    /// <summary>The largest weight of a key.</summary>
    public const int MaxWeight = 100;

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(60);

    // A quota of a day is told in hours; anything longer is taken for a mistake.
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    // One request tries a refused key whose time is over. If nobody reports how it went (the client left), the next one tries after this.
    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(30);

    private readonly Key[] _keys;
    // A round: each key as often as its weight says, spread evenly.
    private readonly Key[] _round;
    private readonly UpstreamClock _clock;
    private readonly TimeSpan _rest;
    private readonly Lock _reporting = new();
    private int _turn = -1;

    /// <param name="scheme">How the provider wants to be shown the key: one of the four that are a header with the key in it.</param>
    /// <param name="keys">Visible ASCII; at least one.</param>
    /// <param name="time">Says when a rest is over.</param>
    /// <param name="rest">How long a refused key rests; null = <see cref="DefaultRest"/>.</param>
    /// <param name="weights">How often each key is used in relation to the others, 1..100; null = all the same.</param>
    /// <exception cref="ArgumentException">No key, a scheme that is not a static header, a weight out of range, or not as many weights as keys.</exception>
    public KeyRing(KeyScheme scheme, IReadOnlyList<string> keys, TimeProvider time, TimeSpan? rest = null, IReadOnlyList<int>? weights = null)
    {
        if (keys.Count == 0) throw new ArgumentException("A ring needs at least one key.", nameof(keys));
        if (weights is not null && (weights.Count != keys.Count || weights.Any(weight => weight is < 1 or > MaxWeight)))
            throw new ArgumentException($"Each key needs a weight from 1 to {MaxWeight}.", nameof(weights));
        var (name, prefix) = HeaderOf(scheme);
        _keys = [.. keys.Select((key, i) => new Key(i, Encoding.ASCII.GetBytes($"{name}: {prefix}{key}\r\n")))];
        _round = weights is null ? _keys : Spread(_keys, weights);
        _clock = new UpstreamClock(time);
        _rest = rest ?? DefaultRest;
    }

    /// <summary>How many keys there are.</summary>
    public int Count => _keys.Length;

    /// <summary>The header that a scheme puts the key in, lower case; null where it is not a static header.</summary>
    public static string? HeaderName(KeyScheme scheme) => scheme switch
    {
        KeyScheme.Bearer => "authorization",
        KeyScheme.XApiKey => "x-api-key",
        KeyScheme.ApiKey => "api-key",
        KeyScheme.GoogleApiKey => "x-goog-api-key",
        _ => null,
    };

    /// <inheritdoc/>
    public ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel) => new(Next());

    /// <summary>The key whose turn it is.</summary>
    public Authorization Next()
    {
        if (_keys.Length == 1) return _keys[0].Authorization;
        var key = _round[Turn()];
        return Volatile.Read(ref key.RestsUntil) == 0 ? key.Authorization : Away(key);
    }

    /// <inheritdoc/>
    public void Report(int used, int status, TimeSpan? retryAfter)
    {
        // With one key there is no other to turn to: the answer says it all.
        if (_keys.Length == 1 || (uint)used >= (uint)_keys.Length) return;
        var key = _keys[used];
        if (status is 401 or 402 or 403) Refused(key);
        else if (status == 429) Throttled(key, retryAfter);
        else if (status < 400 && (Volatile.Read(ref key.RestsUntil) != 0 || key.Throttles != 0)) Worked(key);
    }

    private static (string Name, string Prefix) HeaderOf(KeyScheme scheme) =>
        HeaderName(scheme) is { } name
            ? (name, scheme == KeyScheme.Bearer ? "Bearer " : "")
            : throw new ArgumentException($"{scheme} is no scheme of static keys; allowed: Bearer, XApiKey, ApiKey, GoogleApiKey.", nameof(scheme));

    private int Turn() => (int)((uint)Interlocked.Increment(ref _turn) % (uint)_round.Length);

    // The turns of resting keys are dealt to the others in turn: if the neighbour took them all, it would carry twice what the rest do.
    private Authorization Away(Key key)
    {
        var now = _clock.Now;
        for (var i = 0; i < _round.Length; i++)
        {
            if (TryTake(key, now)) return key.Authorization;
            key = _round[Turn()];
        }
        // Other threads may have taken the turns in between that mattered; now each key once.
        var soonest = _keys[0];
        foreach (var candidate in _keys)
        {
            if (TryTake(candidate, now)) return candidate.Authorization;
            if (Volatile.Read(ref candidate.RestsUntil) < Volatile.Read(ref soonest.RestsUntil)) soonest = candidate;
        }
        return soonest.Authorization;
    }

    private bool TryTake(Key key, long now)
    {
        var until = Volatile.Read(ref key.RestsUntil);
        if (until == 0) return true;
        if (now < until) return false;
        // A throttled key is back for everybody, a refused one for a single request that will tell.
        var next = key.IsRefused ? _clock.After(now, Trial) : 0;
        return Interlocked.CompareExchange(ref key.RestsUntil, next, until) == until;
    }

    private void Refused(Key key)
    {
        lock (_reporting)
        {
            key.IsRefused = true;
            Volatile.Write(ref key.RestsUntil, _clock.After(_clock.Now, _rest));
        }
    }

    private void Throttled(Key key, TimeSpan? retryAfter)
    {
        lock (_reporting)
        {
            var now = _clock.Now;
            var until = Volatile.Read(ref key.RestsUntil);
            if (retryAfter is { } told && told > TimeSpan.Zero)
            {
                var then = _clock.After(now, told < LongestRetryAfter ? told : LongestRetryAfter);
                if (then <= until) return;
                // A refusal is not forgiven by a throttle: after this rest, too, a single request tries.
                Volatile.Write(ref key.RestsUntil, then);
            }
            // Of many requests under way only the first counts; otherwise one burst would drive the back-off to its end.
            else if (until <= now)
            {
                var backOff = FirstBackOff * (1 << Math.Min(key.Throttles, 6));
                if (key.Throttles < 6) key.Throttles++;
                Volatile.Write(ref key.RestsUntil, _clock.After(now, backOff < LongestBackOff ? backOff : LongestBackOff));
            }
        }
    }

    private void Worked(Key key)
    {
        lock (_reporting)
        {
            // Success of a throttled key may be an answer to what was asked before the throttle: its rest goes on.
            if (!key.IsRefused && Volatile.Read(ref key.RestsUntil) > _clock.Now) return;
            key.IsRefused = false;
            key.Throttles = 0;
            Volatile.Write(ref key.RestsUntil, 0);
        }
    }

    // Smooth weighted round robin: whoever is owed most comes next and pays the sum of all.
    private static Key[] Spread(Key[] keys, IReadOnlyList<int> weights)
    {
        var divisor = weights.Aggregate(Gcd);
        var total = weights.Sum() / divisor;
        var owed = new int[keys.Length];
        var round = new Key[total];
        for (var at = 0; at < total; at++)
        {
            var best = 0;
            for (var i = 0; i < keys.Length; i++)
            {
                owed[i] += weights[i] / divisor;
                if (owed[i] > owed[best]) best = i;
            }
            owed[best] -= total;
            round[at] = keys[best];
        }
        return round;
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    private sealed class Key(int number, byte[] lines)
    {
        /// <summary>A timestamp; 0 = in service.</summary>
        public long RestsUntil;

        /// <summary>401, 402 or 403 was its last word.</summary>
        public volatile bool IsRefused;

        /// <summary>429 without a time, one after the other; the back-off is two to that power, in seconds.</summary>
        public int Throttles;

        public Authorization Authorization { get; } = new(lines, number, null);
    }
}
