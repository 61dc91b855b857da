using Edge.Configuration;
using Edge.Limits;

namespace Edge.Routing.Health;

/// <summary>How many requests the operator sends a provider in a time (<c>rate_limit</c>): one that has had them all is passed over by routing. Any thread; without a limit it costs one read.</summary>
public sealed class RateGate
{
    private readonly double _nanosecondsPerTick;
    private readonly LimitCell _cell = new("", "");
    private volatile LimitRule? _rule;
    private volatile int _share = 1;

    public RateGate(TimeProvider time) => _nanosecondsPerTick = 1e9 / time.TimestampFrequency;

    /// <summary>Instances that send requests to the same provider: each takes its part.</summary>
    public int Share
    {
        set => _share = Math.Max(1, value);
    }

    /// <summary>What was sent counts on under a new limit.</summary>
    /// <param name="rate">Null = no limit.</param>
    public void Configure(Rate? rate) => _rule = rate is { } some
        ? new LimitRule { Kind = LimitKind.Requests, Amount = some.Count, Burst = some.Count, Window = LimitWindow.Of(some.Per), Name = "rate_limit", Level = "provider", Identity = "" }
        : null;

    /// <summary>There is room for one more now.</summary>
    public bool HasRoom(long now)
    {
        if (_rule is not { } rule) return true;
        lock (_cell.Gate) return _cell.Fits(rule, 1, Nanoseconds(now), 0, _share);
    }

    /// <summary>Takes one.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="wait">Where there is none left: until there is.</param>
    public bool TryTake(long now, out TimeSpan wait)
    {
        wait = default;
        if (_rule is not { } rule) return true;
        lock (_cell.Gate)
        {
            if (_cell.Fits(rule, 1, Nanoseconds(now), 0, _share))
            {
                _cell.Add(rule, 1);
                return true;
            }
            wait = TimeSpan.FromMilliseconds(_cell.State(rule, _share).Standing(rule, 1, _share, 0).WaitMilliseconds);
            return false;
        }
    }

    /// <summary>The call was not made after all.</summary>
    public void GiveBack()
    {
        if (_rule is not { } rule) return;
        lock (_cell.Gate) _cell.Add(rule, -1);
    }

    private long Nanoseconds(long timestamp) => (long)(timestamp * _nanosecondsPerTick);
}
