using Edge.Configuration;

namespace Edge.Routing.Health;

/// <summary>Further attempts on a target as a share of its requests: an outage must not multiply the load. Any thread, no lock.</summary>
public sealed class RetryBudget
{
    // Thousandths of an attempt.
    private const long One = 1000;

    private readonly TimeProvider _time;
    private volatile RetryConfig _config = new();
    private long _tokens;
    private long _refilled;

    public RetryBudget(TimeProvider time)
    {
        _time = time;
        _refilled = time.GetTimestamp();
        _tokens = _config.BudgetMin * One;
    }

    public void Configure(RetryConfig config)
    {
        _config = config;
        if (Interlocked.Read(ref _tokens) > Most) Interlocked.Exchange(ref _tokens, Most);
    }

    /// <summary>A request was sent.</summary>
    public void Request(long now)
    {
        var config = _config;
        Add((long)(config.BudgetRatio * One));
        var last = Volatile.Read(ref _refilled);
        if (now - last < _time.TimestampFrequency || Interlocked.CompareExchange(ref _refilled, now, last) != last) return;
        Add((long)Math.Min(Most, (now - last) / (double)_time.TimestampFrequency * config.BudgetMin * One));
    }

    /// <summary>Takes one further attempt. False = there is none left.</summary>
    public bool TryTake(long now)
    {
        var last = Volatile.Read(ref _refilled);
        if (now - last >= _time.TimestampFrequency && Interlocked.CompareExchange(ref _refilled, now, last) == last)
        {
            Add((long)Math.Min(Most, (now - last) / (double)_time.TimestampFrequency * _config.BudgetMin * One));
        }
        if (Interlocked.Add(ref _tokens, -One) >= 0) return true;
        Interlocked.Add(ref _tokens, One);
        return false;
    }

    private long Most => Math.Max(10, _config.BudgetMin) * 10 * One;

    private void Add(long tokens)
    {
        if (Interlocked.Add(ref _tokens, tokens) > Most) Interlocked.Exchange(ref _tokens, Most);
    }
}
