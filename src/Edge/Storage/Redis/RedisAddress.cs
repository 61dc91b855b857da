using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StackExchange.Redis;

namespace Edge.Storage.Redis;

/// <summary>
/// Where Redis is: <c>redis://[user[:password]@]host[:port][,host[:port]...][/database]</c>, <c>rediss://</c> with TLS, <c>redis+sentinel://</c> (or <c>rediss+sentinel://</c>) with
/// the sentinels as hosts and <c>/master-name[/database]</c>. User and password are percent-encoded. Several hosts are the nodes of one cluster, or a primary and its replicas.
/// </summary>
public sealed class RedisAddress
{
    public const string Allowed = "redis://[user:password@]host[:port][/number], rediss:// with TLS, or redis+sentinel://host:port,host:port/name";

    private const int DefaultPort = 6379;
    private const int DefaultSentinelPort = 26379;

    public required IReadOnlyList<(string Host, int Port)> Hosts { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public int Database { get; init; }

    public bool IsTls { get; init; }

    /// <summary>The name that sentinels know the primary by; null = <see cref="Hosts"/> are servers themselves.</summary>
    public string? Primary { get; init; }

    /// <summary>For logs: without user and password.</summary>
    public override string ToString() => string.Join(',', Hosts.Select(host => string.Create(CultureInfo.InvariantCulture, $"{host.Host}:{host.Port}")));

    /// <param name="text">The URL.</param>
    /// <param name="address">The address.</param>
    /// <param name="error">A clause that quotes nothing of the text, for it may hold a password.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RedisAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        error = "is no address of Redis";
        var split = text.IndexOf("://", StringComparison.Ordinal);
        if (split < 0) return false;
        var scheme = text[..split].ToLowerInvariant();
        var isSentinel = scheme.EndsWith("+sentinel", StringComparison.Ordinal);
        if (isSentinel) scheme = scheme[..^"+sentinel".Length];
        if (scheme is not ("redis" or "rediss")) return false;

        var rest = text[(split + 3)..];
        if (rest.AsSpan().ContainsAny('?', '#'))
        {
            error = "has a query or a fragment (in a password, write %3F and %23)";
            return false;
        }
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var path = slash < 0 ? [] : rest[(slash + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var authority = slash < 0 ? rest : rest[..slash];

        string? user = null, password = null;
        // The last one: whoever forgot to encode a password's '@' is understood all the same.
        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var login = authority[..at];
            var colon = login.IndexOf(':', StringComparison.Ordinal);
            user = Decode(colon < 0 ? login : login[..colon]);
            password = colon < 0 ? null : Decode(login[(colon + 1)..]);
            authority = authority[(at + 1)..];
        }

        var hosts = new List<(string, int)>();
        foreach (var host in authority.Split(','))
        {
            if (!TryHost(host, isSentinel ? DefaultSentinelPort : DefaultPort, out var parsed))
            {
                error = "has a host or a port that is none";
                return false;
            }
            hosts.Add(parsed);
        }
        if (isSentinel && path.Length == 0)
        {
            error = "has no name of a primary after its sentinels";
            return false;
        }
        var number = isSentinel ? path.AsSpan(1) : path;
        var database = 0;
        if (number.Length > 1 || (number.Length == 1 && !int.TryParse(number[0], NumberStyles.None, CultureInfo.InvariantCulture, out database)))
        {
            error = "has a database that is no number";
            return false;
        }
        address = new RedisAddress
        {
            Hosts = hosts,
            User = user,
            Password = password,
            Database = database,
            IsTls = scheme == "rediss",
            Primary = isSentinel ? Decode(path[0]) : null,
        };
        error = null;
        return true;
    }

    internal ConfigurationOptions Options(TimeSpan deadline)
    {
        // A caller never waits longer than its deadline; the library's own time-out only clears its queue.
        var timeout = (int)Math.Max(1000, deadline.TotalMilliseconds * 2);
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            AsyncTimeout = timeout,
            SyncTimeout = timeout,
            ConnectTimeout = 2000,
            ConnectRetry = 1,
            ReconnectRetryPolicy = new LinearRetry(250),
            // Reconnects happen at heartbeats.
            HeartbeatInterval = TimeSpan.FromMilliseconds(250),
            // What cannot be sent now fails now: its caller decides without Redis.
            BacklogPolicy = BacklogPolicy.FailFast,
            DefaultDatabase = Database,
            User = User,
            Password = Password,
            Ssl = IsTls,
            ServiceName = Primary,
            ClientName = "edge-gateway",
            // No key and no channel of the library's own.
            TieBreaker = "",
            ConfigurationChannel = "",
        };
        foreach (var (host, port) in Hosts) options.EndPoints.Add(host, port);
        return options;
    }

    private static string? Decode(string text) => text.Length == 0 ? null : Uri.UnescapeDataString(text);

    private static bool TryHost(string text, int defaultPort, out (string Host, int Port) host)
    {
        host = default;
        var port = defaultPort;
        var name = text;
        // [::1]:6379 has colons of its own.
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf(']'))
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > 65535) return false;
            name = text[..colon];
        }
        if (name.StartsWith('[') && name.EndsWith(']')) name = name[1..^1];
        if (Uri.CheckHostName(name) == UriHostNameType.Unknown) return false;
        host = (name, port);
        return true;
    }
}
