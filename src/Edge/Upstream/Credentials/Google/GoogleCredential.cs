using System.Security.Cryptography;
using System.Text;
using Edge.Configuration;

namespace Edge.Upstream.Credentials.Google;

/// <summary>
/// A short-lived access token of Google's for a service account, a person, a workload of another cloud's, or the machine that this runs on. The token in hand serves every request without waiting;
/// shortly before it expires one flight fetches the next in the background, and while that fails the token is used as long as it is valid. Only where there is none at
/// all do requests wait, all for the same flight.
/// </summary>
public sealed class GoogleCredential : ICredential, IDisposable
{
    // Google's own libraries renew as long before; the metadata server hands out the old token until five minutes before its end.
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(225);

    // A token that ends on its way to the provider is refused there.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(1);

    // A token this young that is refused was not revoked meanwhile: another one would be refused as well.
    private static readonly TimeSpan _youth = TimeSpan.FromSeconds(30);

    private const int MaxAnswer = 64 * 1024;

    private readonly TimeProvider _time;
    private readonly GoogleTokenSource? _source;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private volatile Token? _token;
    private Task<string?>? _flight;
    private DateTimeOffset _notBefore;
    private int _failures;
    private int _generation;
    private string? _lastProblem;

    private sealed record Token(ReadOnlyMemory<byte> Lines, int Generation, DateTimeOffset Since, DateTimeOffset RenewAt, DateTimeOffset ValidUntil);

    /// <param name="json">The content of a key file (<c>service_account</c>, <c>authorized_user</c> or <c>external_account</c>); null or empty = the metadata server.</param>
    /// <param name="metadataHost">What GCE_METADATA_HOST says: host and port of the metadata server; null = the usual one.</param>
    /// <param name="time">For the token's lifetime.</param>
    /// <param name="network">The way to token endpoints; null = the process's own.</param>
    /// <param name="environment">Where a workload's token is read from; null = the process's own.</param>
    public GoogleCredential(string? json, string? metadataHost, TimeProvider time, TokenNetwork? network = null, ConfigEnvironment? environment = null)
    {
        _time = time;
        string problem = "";
        _source = string.IsNullOrWhiteSpace(json) ? new GoogleMetadataServer(metadataHost) : GoogleKeyFile.Read(json, out problem, environment);
        if (_source is null) ConfigurationProblem = problem;
        // A proxy has no way to this machine's metadata server.
        _client = new HttpClient(TokenNetwork.CreateHandler(network, isLocal: _source is GoogleMetadataServer))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer,
        };
    }

    /// <summary>What is wrong with the JSON, for the check of the configuration; null = nothing. Names no secret.</summary>
    public string? ConfigurationProblem { get; }

    /// <summary>For tests: the flight that was begun last.</summary>
    internal Task Flight => _flight ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<Authorization> AuthorizeAsync(UpstreamRequest request, CancellationToken cancel)
    {
        var now = _time.GetUtcNow();
        if (_token is { } token && now < token.ValidUntil)
        {
            if (now >= token.RenewAt) _ = Fly(now);
            return new(new Authorization(token.Lines, token.Generation, null));
        }
        return WaitAsync(now, cancel);
    }

    /// <summary>A token that is refused although it has been good for a while was revoked: the next request fetches another.</summary>
    public void Report(int used, int status, TimeSpan? retryAfter)
    {
        if (status != 401) return;
        lock (_lock)
        {
            if (_token is { } token && token.Generation == used && _time.GetUtcNow() - token.Since >= _youth) _token = null;
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _client.Dispose();
        _source?.Dispose();
        _disposed.Dispose();
    }

    private async ValueTask<Authorization> WaitAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (ConfigurationProblem is { } wrong) return Authorization.None(wrong);
        string? problem;
        try
        {
            problem = await Fly(now).WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return Authorization.None("The request was cancelled while it waited for an access token.");
        }
        return _token is { } token && _time.GetUtcNow() < token.ValidUntil ? new Authorization(token.Lines, token.Generation, null) : Authorization.None(problem ?? "There is no access token.");
    }

    // The flight under way, or a new one; after a failure none before its pause is over. It belongs to nobody: a caller that leaves does not end it for the others.
    private Task<string?> Fly(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_flight is { IsCompleted: false } flight) return flight;
            if (now < _notBefore) return Task.FromResult(_lastProblem);
            return _flight = Task.Run(FetchAsync);
        }
    }

    private async Task<string?> FetchAsync()
    {
        var asked = _time.GetUtcNow();
        Token? token = null;
        string? problem;
        try
        {
            using var timeout = new CancellationTokenSource(_timeout, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _disposed.Token);
            var fetched = await _source!.FetchAsync(_client, asked, both.Token);
            problem = fetched.Problem;
            if (fetched.Text is { } text) token = Hold(text, fetched.Lifetime, asked);
        }
        catch (OperationCanceledException)
        {
            problem = $"{_source!.Endpoint} did not answer in time.";
        }
        catch (Exception e)
        {
            // The texts of these may hold the URL, which holds nothing secret; the request's body is in none of them. Of any other only the type is told.
            var isKnown = e is HttpRequestException or IOException or CryptographicException or InvalidOperationException or FormatException;
            problem = $"{_source!.Endpoint} could not be asked for an access token: {(isKnown ? e.Message : e.GetType().Name)}";
        }
        lock (_lock)
        {
            if (token is not null)
            {
                _token = token;
                (_failures, _notBefore, _lastProblem) = (0, default, null);
            }
            else
            {
                var pause = TimeSpan.FromSeconds(Math.Min(1 << Math.Min(_failures++, 10), _longestPause.TotalSeconds));
                (_notBefore, _lastProblem) = (_time.GetUtcNow() + pause, problem);
            }
        }
        return problem;
    }

    // The lifetime counts from before the request was sent: rather too short than too long.
    private Token Hold(string text, TimeSpan lifetime, DateTimeOffset asked)
    {
        var life = lifetime < _longest ? lifetime : _longest;
        var renewal = life > _renewal * 2 ? life - _renewal : life / 2;
        var lines = $"authorization: Bearer {text}\r\n";
        if (_source!.QuotaProject is { } project) lines += $"x-goog-user-project: {project}\r\n";
        return new Token(Encoding.ASCII.GetBytes(lines), Interlocked.Increment(ref _generation), asked, asked + renewal, asked + (life > _margin * 2 ? life - _margin : life));
    }
}
