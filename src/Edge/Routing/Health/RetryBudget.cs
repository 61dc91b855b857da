using Edge.Configuration;

namespace Edge.Routing.Health;

/// <summary>Further attempts on a target as a share of its requests, and some each second: an outage must not multiply the load. Any thread, no lock, never below zero.</summary>
public sealed class RetryBudget
{
    // Millionths of an attempt: the smallest share that counts.
    private const long One = 1_000_000;

    // A rest is saved for later bursts: this many seconds' worth of BudgetMin.
    private const int SavedSeconds = 10;

    private readonly double _frequency;
    private volatile Settings _settings = new(new RetryConfig());
    private long _tokens;
    private long _refilled;

    public RetryBudget(TimeProvider time)
    {
        _frequency = time.TimestampFrequency;
        _refilled = time.GetTimestamp();
        _tokens = Math.Min(_settings.PerSecond, _settings.Most);
    }

    /// <summary>Whole attempts that are left, as of the last request.</summary>
    public long Left => Interlocked.Read(ref _tokens) / One;

    public void Configure(RetryConfig config)
    {
        _settings = new Settings(config);
        Add(0);
    }

    /// <summary>A request was sent.</summary>
    public void Request(long now)
    {
        Refill(now);
        Add(_settings.PerRequest);
    }

    /// <summary>Takes one further attempt. False = there is none left.</summary>
    public bool TryTake(long now)
    {
        Refill(now);
        while (true)
        {
            var tokens = Interlocked.Read(ref _tokens);
            if (tokens < One) return false;
            if (Interlocked.CompareExchange(ref _tokens, tokens - One, tokens) == tokens) return true;
        }
    }

    // Whoever moves the time adds what it brought, and nobody else does; less than a whole attempt waits, so that a busy target does not move it for each request.
    private void Refill(long now)
    {
        var last = Interlocked.Read(ref _refilled);
        var settings = _settings;
        if (now <= last || settings.PerSecond == 0) return;
        var gained = (now - last) / _frequency * settings.PerSecond;
        if (gained < One || Interlocked.CompareExchange(ref _refilled, now, last) != last) return;
        Add((long)Math.Min(settings.Most, gained));
    }

    private void Add(long tokens)
    {
        var most = _settings.Most;
        while (true)
        {
            var old = Interlocked.Read(ref _tokens);
            var next = Math.Min(most, old + tokens);
            if (next == old || Interlocked.CompareExchange(ref _tokens, next, old) == old) return;
        }
    }

    private sealed class Settings(RetryConfig config)
    {
        public long PerRequest { get; } = (long)(config.BudgetRatio * One);

        public long PerSecond { get; } = config.BudgetMin * One;

        // A share alone saves as much as ten a second would.
        public long Most { get; } = config is { BudgetMin: 0, BudgetRatio: 0 } ? 0 : Math.Max(10, config.BudgetMin) * SavedSeconds * One;
    }
}
