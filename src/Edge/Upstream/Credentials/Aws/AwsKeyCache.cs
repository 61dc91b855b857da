namespace Edge.Upstream.Credentials.Aws;

/// <summary>
/// Keys that are there when a request needs them: fetched once for all who wait, renewed in the background some minutes before they expire, the last good ones kept
/// while their source fails.
/// </summary>
internal sealed class AwsKeyCache(IAwsKeySource source, TimeProvider time)
{
    // AWS renews temporary keys at least five minutes before their end.
    private static readonly TimeSpan _ahead = TimeSpan.FromMinutes(5);

    // Between two attempts at a source that fails, or whose keys are refused.
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private volatile State _state = new(null, null, default, default);
    private Task<State>? _fetch;

    private sealed record State(AwsKeys? Keys, string? Problem, DateTimeOffset Refresh, DateTimeOffset Fetched);

    /// <summary>Null where they must be waited for.</summary>
    public AwsKeyResult? Current
    {
        get
        {
            var state = _state;
            var now = time.GetUtcNow();
            if (now < state.Refresh) return new AwsKeyResult(state.Keys, state.Problem);
            // Not expired: the request goes on with them while others are fetched.
            if (state.Keys is not { } keys || keys.Expires <= now) return null;
            _ = FetchAsync();
            return new AwsKeyResult(keys, null);
        }
    }

    /// <summary>Waits for them. A fetch goes on for others where one who waits gives up.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<AwsKeyResult> WaitAsync(CancellationToken cancel)
    {
        var state = await FetchAsync().WaitAsync(cancel);
        return new AwsKeyResult(state.Keys, state.Problem);
    }

    /// <summary>The provider refused the keys: the source is asked again, where it was not just asked.</summary>
    public void Suspect()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_state.Keys is not null && now - _state.Fetched >= _pause) _state = _state with { Refresh = now };
        }
    }

    private Task<State> FetchAsync()
    {
        lock (_lock)
        {
            if (_fetch is { IsCompleted: false } running) return running;
            // Another one may just have finished.
            if (time.GetUtcNow() < _state.Refresh) return Task.FromResult(_state);
            return _fetch = Task.Run(RunAsync);
        }
    }

    private async Task<State> RunAsync()
    {
        using var timeout = new CancellationTokenSource(_fetchTimeout, time);
        AwsKeyResult result;
        try
        {
            result = await source.FetchAsync(timeout.Token).AsTask().WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            result = AwsKeyResult.Failed("The AWS credentials were not there within 30 s.");
        }
        catch (Exception e)
        {
            // A task that faults would be thrown at every request. Only the type: the message may hold what was sent.
            result = AwsKeyResult.Failed($"The AWS credentials could not be fetched ({e.GetType().Name}).");
        }
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (result.Keys is { } keys) return _state = new State(keys, null, RefreshAt(keys, now), now);
            // Even expired ones: whether they still hold is the provider's word, and an endpoint that fails for a while must not take every request with it.
            return _state = _state.Keys is { } last ? new State(last, null, now + _pause, _state.Fetched) : new State(null, result.Problem, now + _pause, now);
        }
    }

    // Of keys that live shorter than ten minutes, the second half.
    private static DateTimeOffset RefreshAt(AwsKeys keys, DateTimeOffset now)
    {
        if (keys.Expires is not { } expires) return DateTimeOffset.MaxValue;
        var left = expires - now;
        // Expired on arrival: not asked for again at once.
        if (left <= TimeSpan.Zero) return now + _pause;
        return left > 2 * _ahead ? expires - _ahead : now + (left / 2);
    }
}
