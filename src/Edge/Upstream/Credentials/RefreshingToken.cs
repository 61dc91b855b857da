using System.Text;

namespace Edge.Upstream.Credentials;

/// <summary>What an attempt to get a token brought.</summary>
/// <param name="Token">The token, visible ASCII; null = none came.</param>
/// <param name="Lifetime">How long it is valid from now on.</param>
/// <param name="Problem">Why none came; names no secret.</param>
public readonly record struct FetchedToken(string? Token, TimeSpan Lifetime, string? Problem)
{
    public static FetchedToken None(string problem) => new(null, default, problem);
}

/// <summary>
/// A short-lived bearer token: fetched when it is first asked for, renewed in the background well before it expires, by one fetch at a time however many requests
/// ask. A renewal that fails keeps the last good token until that one's own end.
/// </summary>
/// <remarks>
/// Renewal is started by a request and not by a timer, so a target that nobody uses fetches nothing; after a pause longer than a token's life the first request waits once more.
/// </remarks>
public sealed class RefreshingToken
{
    /// <summary>After a failed attempt nobody tries again for that long: a token endpoint that is down is not helped by a request each.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    // A token that the provider refuses is younger than that: another one would be refused as well (a role is missing, not the token stale).
    private static readonly TimeSpan _youth = TimeSpan.FromMinutes(1);

    // Clocks differ, and a request is on its way for a while.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(60);

    private readonly Func<CancellationToken, Task<FetchedToken>> _fetch;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly Lock _lock = new();
    private volatile Held? _held;
    private Task? _running;
    private long _failedAt;
    private string? _problem;

    private sealed record Held(ReadOnlyMemory<byte> Lines, long Since, TimeSpan RenewAfter, TimeSpan ValidFor);

    /// <param name="fetch">Gets a token; may throw what networks throw. Its cancellation is the time-out, never a request's.</param>
    /// <param name="time">For expiry, by the monotonic clock.</param>
    /// <param name="timeout">Of one attempt.</param>
    public RefreshingToken(Func<CancellationToken, Task<FetchedToken>> fetch, TimeProvider time, TimeSpan timeout) => (_fetch, _time, _timeout) = (fetch, time, timeout);

    /// <summary>For tests: the fetch that was begun last.</summary>
    internal Task Flight => _running ?? Task.CompletedTask;

    /// <summary>The header line with the token; completes synchronously while there is a valid one.</summary>
    /// <param name="cancel">Ends the waiting, not the fetch that others wait for too.</param>
    public ValueTask<Authorization> GetAsync(CancellationToken cancel)
    {
        if (_held is { } held && _time.GetElapsedTime(held.Since) is var age && age < held.ValidFor)
        {
            if (age >= held.RenewAfter) _ = Start();
            return ValueTask.FromResult(new Authorization(held.Lines, 0, null));
        }
        return WaitAsync(cancel);
    }

    /// <summary>The provider refused it (401): the next request gets another one, unless this one is new.</summary>
    public void Refused()
    {
        if (_held is { } held && _time.GetElapsedTime(held.Since) > _youth) _held = null;
    }

    private async ValueTask<Authorization> WaitAsync(CancellationToken cancel)
    {
        try
        {
            await Start().WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return Authorization.None("the request ended while its token was being fetched");
        }
        if (_held is { } held && _time.GetElapsedTime(held.Since) < held.ValidFor) return new Authorization(held.Lines, 0, null);
        lock (_lock) return Authorization.None(_problem ?? "no token");
    }

    // The attempt that is under way, or a new one; a finished task while the last failure is too recent.
    private Task Start()
    {
        lock (_lock)
        {
            if (_running is { IsCompleted: false } running) return running;
            if (_problem is not null && _time.GetElapsedTime(_failedAt) < RetryDelay) return Task.CompletedTask;
            // Not on the caller's thread: what a fetch does before its first await (a file, a name) is no part of a request.
            return _running = Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        FetchedToken fetched;
        try
        {
            using var timeout = new CancellationTokenSource(_timeout, _time);
            fetched = await _fetch(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            fetched = FetchedToken.None("the token endpoint did not answer in time");
        }
        catch (Exception e)
        {
            // Whatever it is: a task that faults would be thrown at every request, and asked again by each. The words of what nobody foresaw may hold what was sent.
            fetched = FetchedToken.None($"the token could not be fetched: {(e is HttpRequestException or IOException or UnauthorizedAccessException ? e.Message : e.GetType().Name)}");
        }
        lock (_lock)
        {
            if (fetched.Token is { Length: > 0 } token && !token.AsSpan().ContainsAnyExceptInRange('!', '~') && fetched.Lifetime > TimeSpan.Zero)
            {
                _problem = null;
                _held = Hold(token, fetched.Lifetime);
                return;
            }
            _problem = fetched.Problem ?? "the token endpoint's answer holds no usable token";
            _failedAt = _time.GetTimestamp();
        }
    }

    private Held Hold(string token, TimeSpan lifetime)
    {
        var margin = lifetime > 10 * _margin ? _margin : lifetime / 10;
        // Long-lived ones at their half, as Microsoft's and Google's libraries do; others five minutes before their end, or at two thirds.
        var renew = lifetime >= TimeSpan.FromHours(2) ? lifetime / 2
            : lifetime > TimeSpan.FromMinutes(15) ? lifetime - TimeSpan.FromMinutes(5)
            : lifetime * 2 / 3;
        return new Held(Encoding.ASCII.GetBytes($"authorization: Bearer {token}\r\n"), _time.GetTimestamp(), renew, lifetime - margin);
    }
}
