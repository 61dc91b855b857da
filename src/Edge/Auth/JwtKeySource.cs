using System.Net;
using System.Text.Json;
using Edge.Configuration;
using Edge.Telemetry;
using Edge.Upstream.Credentials;

namespace Edge.Auth;

/// <summary>
/// Keeps the keys of one issuer: fetched in the background, again every so often and when a token names one that is not there; what was good last stays until something better comes. Any thread.
/// </summary>
internal sealed class JwtKeySource
{
    private const int MaxDocument = 1 << 20;

    // Whoever sends tokens with invented keys must not make the gateway ask its issuer all the time.
    private static readonly TimeSpan _least = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    // No redirects: where the keys come from is the configuration's word.
    private static readonly HttpClient _client =
        new(TokenNetwork.CreateHandler(network: null, isLocal: false)) { MaxResponseContentBufferSize = MaxDocument, Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    private readonly string _issuer;
    private readonly Uri? _jwksUrl;
    private readonly TimeSpan _refresh;
    private readonly TimeProvider _time;
    private readonly Lock _starting = new();
    private volatile JwtKeySet? _current;
    private Task? _running;
    private long _lastAttempt = long.MinValue;
    private long _due = long.MinValue;
    private int _failures;

    public JwtKeySource(JwtConfig config, TimeProvider time, Log? log)
    {
        (_issuer, _jwksUrl, _refresh, _time, Log) = (config.Issuer, config.JwksUrl, config.Refresh, time, log);
        Identity = IdentityOf(config);
        if (config.Secret.HasValue) _current = JwtKeySet.OfSecret(config.Secret.Reveal());
        // The configuration was checked.
        else if (config.Keys is { } keys && JwtKeySet.TryRead(System.Text.Encoding.UTF8.GetBytes(keys), out var set) is null) _current = set;
        IsFetched = _current is null;
    }

    /// <summary>Equal for configurations that lead to the same keys.</summary>
    public string Identity { get; }

    /// <summary>The token's <c>iss</c>.</summary>
    public string Issuer => _issuer;

    /// <summary>False = its keys stand in the configuration.</summary>
    public bool IsFetched { get; }

    /// <summary>Null = they never came.</summary>
    public JwtKeySet? Current => _current;

    public Log? Log { get; }

    public static string IdentityOf(JwtConfig config) =>
        string.Join('\n', config.Issuer, config.JwksUrl?.OriginalString, config.Refresh, config.Keys, config.Secret.HasValue ? Convert.ToHexString(PlainHash.Of(config.Secret.Reveal())) : "");

    /// <summary>Fetches them when it is time to.</summary>
    public void Tick()
    {
        if (IsFetched && _time.GetTimestamp() >= Volatile.Read(ref _due)) _ = RefreshAsync(isForced: true);
    }

    /// <summary>Fetches them now, unless that was done just before; ends when they are there, or are not to be had.</summary>
    public Task RefreshAsync(bool isForced = false)
    {
        if (!IsFetched) return Task.CompletedTask;
        lock (_starting)
        {
            if (_running is { IsCompleted: false }) return _running;
            var now = _time.GetTimestamp();
            if (!isForced && _lastAttempt != long.MinValue && _time.GetElapsedTime(_lastAttempt, now) < _least) return Task.CompletedTask;
            _lastAttempt = now;
            // On another thread: the request's own polls sockets.
            return _running = Task.Run(FetchAsync);
        }
    }

    private async Task FetchAsync()
    {
        string? problem;
        try
        {
            using var limit = new CancellationTokenSource(_patience, _time);
            problem = await FetchAsync(limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or JsonException or InvalidOperationException)
        {
            problem = e is OperationCanceledException ? "it did not answer in time" : e is HttpRequestException { StatusCode: { } status } ? $"it answered with status {(int)status}" : e is JsonException ? "its answer is no JSON" : "it could not be reached";
        }
        // After a failure sooner and sooner less: 1, 2, 4 ... seconds, at most a minute.
        _failures = problem is null ? 0 : Math.Min(_failures + 1, 7);
        var wait = problem is null ? _refresh : TimeSpan.FromSeconds(Math.Min(60, 1 << (_failures - 1)));
        Volatile.Write(ref _due, _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency));
        if (problem is not null) Log?.Warn(EventIds.TokenKeysFailed, "The keys of a token issuer could not be fetched; what was known before stays.", ("issuer", _issuer), ("problem", problem), ("known", _current is null ? "none" : "yes"));
    }

    private async Task<string?> FetchAsync(CancellationToken cancel)
    {
        var url = _jwksUrl;
        if (url is null)
        {
            using var discovery = JsonDocument.Parse(await GetAsync(new Uri(_issuer.TrimEnd('/') + "/.well-known/openid-configuration"), cancel));
            var root = discovery.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("issuer", out var issuer) || issuer.ValueKind != JsonValueKind.String || issuer.GetString() != _issuer) return "its discovery document names another issuer";
            if (!root.TryGetProperty("jwks_uri", out var keys) || keys.ValueKind != JsonValueKind.String || !Uri.TryCreate(keys.GetString(), UriKind.Absolute, out url)) return "its discovery document names no keys";
            if (url is not { Scheme: "https" } && !(url is { Scheme: "http", IsLoopback: true } && new Uri(_issuer).IsLoopback)) return "its discovery document leads to keys without TLS";
        }
        var json = await GetAsync(url, cancel);
        if (_current?.IsOf(json) == true) return null;
        if (JwtKeySet.TryRead(json, out var set) is { } problem) return "its answer " + problem;
        _current = set;
        Log?.Info(EventIds.TokenKeysLoaded, "The keys of a token issuer were loaded.", ("issuer", _issuer), ("keys", set.Count));
        return null;
    }

    private static async Task<byte[]> GetAsync(Uri url, CancellationToken cancel)
    {
        using var response = await _client.GetAsync(url, cancel);
        return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsByteArrayAsync(cancel) : throw new HttpRequestException(null, null, response.StatusCode);
    }
}

/// <summary>The sources of all issuers, kept across reloads. Any thread.</summary>
internal sealed class JwtKeySources(TimeProvider time, Log? log)
{
    private volatile JwtKeySource[] _all = [];

    /// <summary>Those of a configuration; the ones that led to the same keys before keep them.</summary>
    public JwtKeySource[] Use(IReadOnlyCollection<JwtConfig> configs)
    {
        var before = _all;
        JwtKeySource[] now = [.. configs.Select(config => Array.Find(before, source => source.Identity == JwtKeySource.IdentityOf(config)) ?? new JwtKeySource(config, time, log))];
        return _all = now;
    }

    /// <summary>How many keys are known of each issuer.</summary>
    public IEnumerable<(string Issuer, int Count)> Known() => _all.Select(static source => (source.Issuer, source.Current?.Count ?? 0));

    /// <summary>Fetches what is due, once a second.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            do
            {
                foreach (var source in _all) source.Tick();
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException)
        {
        }
    }
}
