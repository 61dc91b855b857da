using System.Diagnostics.CodeAnalysis;
using Edge.Telemetry;
using Prometheus;
using StackExchange.Redis;

namespace Edge.Storage.Redis;

/// <summary>What Redis answered, or that it did not.</summary>
/// <param name="IsThere">False = away, too late, or it refused: decide without it.</param>
/// <param name="Value">Only where it is there.</param>
public readonly record struct RedisAnswer<T>(bool IsThere, T Value);

/// <summary>
/// The one connection to Redis that everything shares: pipelined, opened in the background and again whenever it breaks. Nothing here throws for a Redis that is away, and nobody
/// waits longer than the deadline: after one call that got no answer in time, calls end at once until Redis has answered a ping again.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    /// <summary>How often it is asked whether it is there; at most that long a Redis which is back goes unnoticed.</summary>
    internal static readonly TimeSpan PingInterval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan _errorLogInterval = TimeSpan.FromMinutes(1);

    private readonly RedisAddress _address;
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Lock _changing = new();
    private readonly List<(string Channel, Action<RedisValue> Handler)> _subscriptions = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private ConnectionMultiplexer? _connection;
    private volatile IDatabase? _database;
    private volatile bool _isUp;
    private bool _wasReported;
    private long _calls, _failures, _timeouts;
    private long _lastErrorLog;
    private Task? _keeping;
    private bool _isDisposed;

    /// <param name="address">Where it is.</param>
    /// <param name="deadline">The longest that a call may take where it says nothing else.</param>
    /// <param name="time">Measures deadlines.</param>
    /// <param name="log">Hears of a change of health, once.</param>
    public RedisConnection(RedisAddress address, TimeSpan deadline, TimeProvider time, Log log)
    {
        _address = address;
        _deadline = deadline;
        _time = time;
        _log = log;
    }

    /// <summary>It answers: a call is worth making. May be read on any path.</summary>
    public bool IsUp => _isUp;

    /// <summary>The longest that a call may take where it says nothing else.</summary>
    public TimeSpan Deadline => _deadline;

    /// <summary>Calls that were sent, those of pings left out.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>Calls that got an error or lost their connection.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Calls that got no answer in time.</summary>
    public long Timeouts => Volatile.Read(ref _timeouts);

    /// <summary>Hears how long calls took, in seconds; null = nobody listens.</summary>
    public IObserver? Latency { get; set; }

    /// <summary>It has come (true) or gone (false). Raised by a background thread; handlers must not block. Published messages may have been missed while it was away.</summary>
    public event Action<bool>? Changed;

    /// <summary>Begins to connect, and returns at once.</summary>
    public void Start() => _keeping ??= Task.Run(KeepAsync);

    /// <summary>
    /// Runs a script. Its first key decides which node of a cluster runs it: all keys must share a hash tag. The script may have run, or may still run, where no answer came in time.
    /// </summary>
    /// <param name="script">What runs.</param>
    /// <param name="keys">Not changed until the answer is there.</param>
    /// <param name="values">Likewise.</param>
    /// <param name="deadline">Null = the connection's.</param>
    public ValueTask<RedisAnswer<RedisResult>> RunAsync(RedisScript script, RedisKey[] keys, RedisValue[] values, TimeSpan? deadline = null) =>
        CallAsync((script, keys, values), static (database, call) => EvaluateAsync(database, call.script, call.keys, call.values), deadline);

    /// <summary>Any other command.</summary>
    /// <param name="call">Begins exactly one command (or several at once) and returns its task; it may throw what the library throws.</param>
    /// <param name="deadline">Null = the connection's.</param>
    public ValueTask<RedisAnswer<T>> CallAsync<T>(Func<IDatabase, Task<T>> call, TimeSpan? deadline = null) =>
        CallAsync(call, static (database, call) => call(database), deadline);

    /// <inheritdoc cref="CallAsync{T}(Func{IDatabase, Task{T}}, TimeSpan?)"/>
    public async ValueTask<RedisAnswer<T>> CallAsync<TState, T>(TState state, Func<IDatabase, TState, Task<T>> call, TimeSpan? deadline = null)
    {
        if (!_isUp || _database is not { } database) return default;
        Interlocked.Increment(ref _calls);
        var started = _time.GetTimestamp();
        Task<T>? running = null;
        try
        {
            running = call(database, state);
            // The library completes its tasks on the thread pool, never on the thread that reads from Redis; what follows may take its time.
            var value = await running.WaitAsync(deadline ?? _deadline, _time);
            Latency?.Observe(_time.GetElapsedTime(started).TotalSeconds);
            return new(true, value);
        }
        catch (Exception e) when (IsExpected(e))
        {
            if (running is { IsCompleted: false }) Abandon(running);
            Fail(e);
            return default;
        }
    }

    /// <summary>Hears a channel, from when Redis is there and again after every break. Handlers run on a background thread, one message after another, and must not block.</summary>
    public void Subscribe(string channel, Action<RedisValue> handler)
    {
        lock (_changing)
        {
            _subscriptions.Add((channel, handler));
            if (_connection is { } connection) Subscribe(connection, channel, handler);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await _stop.CancelAsync();
        if (_keeping is { } keeping) await keeping;
        _isUp = false;
        _database = null;
        if (_connection is { } connection) await connection.DisposeAsync();
        _stop.Dispose();
        _wake.Dispose();
    }

    private static async Task<RedisResult> EvaluateAsync(IDatabase database, RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(script.Hash, keys, values);
        }
        // A server that was restarted, or has taken over from another.
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ExecuteAsync("EVAL", [script.Text, keys.Length, .. keys, .. values]);
        }
    }

    private static bool IsExpected(Exception e) => e is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException;

    private static void Abandon(Task task) =>
        // Its failure is known already.
        _ = task.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Fail(Exception e)
    {
        // RedisTimeoutException is one of them.
        if (e is TimeoutException) Interlocked.Increment(ref _timeouts);
        else Interlocked.Increment(ref _failures);
        if (e is RedisServerException or RedisCommandException)
        {
            // It answers, if with an error: the next call may fare better, and nobody waits.
            Complain(e);
            return;
        }
        SetUp(false, e);
        Wake();
    }

    private void Complain(Exception e)
    {
        var now = _time.GetTimestamp();
        var last = Volatile.Read(ref _lastErrorLog);
        if (last != 0 && _time.GetElapsedTime(last, now) < _errorLogInterval) return;
        if (Interlocked.CompareExchange(ref _lastErrorLog, now, last) != last) return;
        _log.Warn(EventIds.RedisRefused, "Redis refused a command; further refusals of this minute are not logged.", ("server", _address.ToString()), ("error", FirstLine(e)));
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        // Another one woke it, or all is over.
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
        }
    }

    private async Task KeepAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                if (_connection is null) await ConnectAsync();
                if (_connection is not null) await PingAsync();
                await _wake.WaitAsync(PingInterval, _stop.Token);
                // Whoever woke it had to wait in vain a moment ago: not faster than that.
                if (!_isUp) await Task.Delay(_deadline < PingInterval ? _deadline : PingInterval, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever a wrong address or certificate throws here: it is tried again, and said.")]
    private async Task ConnectAsync()
    {
        try
        {
            var connection = await ConnectionMultiplexer.ConnectAsync(_address.Options(_deadline));
            if (_stop.IsCancellationRequested)
            {
                await connection.DisposeAsync();
                return;
            }
            lock (_changing)
            {
                foreach (var (channel, handler) in _subscriptions) Subscribe(connection, channel, handler);
                _connection = connection;
            }
            _database = connection.GetDatabase();
        }
        catch (Exception e)
        {
            SetUp(false, e);
        }
    }

    private async Task PingAsync()
    {
        var ping = Task.FromResult(TimeSpan.Zero);
        try
        {
            ping = _database!.PingAsync();
            await ping.WaitAsync(_deadline, _time, _stop.Token);
            SetUp(true, null);
        }
        catch (Exception e) when (IsExpected(e) && !_stop.IsCancellationRequested)
        {
            if (!ping.IsCompleted) Abandon(ping);
            // One that is loading its data, say, answers; but nothing of use.
            SetUp(false, e);
        }
    }

    private static void Subscribe(ConnectionMultiplexer connection, string channel, Action<RedisValue> handler)
    {
        // Kept by the library over breaks; a Redis that is away now gets it when it is back.
        var subscribing = connection.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), (_, value) => handler(value));
        Abandon(subscribing);
    }

    private void SetUp(bool isUp, Exception? cause)
    {
        lock (_changing)
        {
            if (_isUp == isUp && _wasReported) return;
            _isUp = isUp;
            _wasReported = true;
        }
        if (isUp) _log.Info(EventIds.RedisUp, "Redis answers.", ("server", _address.ToString()));
        else _log.Warn(EventIds.RedisDown, "Redis does not answer; what it shares is decided without it, as configured.", ("server", _address.ToString()), ("error", FirstLine(cause)));
        Changed?.Invoke(isUp);
    }

    // The library's messages go on with pages of its own statistics.
    private static string? FirstLine(Exception? e)
    {
        if (e is null) return null;
        var text = e.Message.AsSpan();
        var end = text.IndexOfAny('\r', '\n');
        if (end >= 0) text = text[..end];
        return e is TimeoutException and not RedisTimeoutException ? "no answer in time" : text[..Math.Min(text.Length, 200)].ToString();
    }
}
