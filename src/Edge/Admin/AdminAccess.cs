using System.Net;
using System.Security.Cryptography;
using Edge.Admin.V1;
using Edge.Auth;
using Edge.Configuration;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Admin;

/// <summary>Who may administer: a bearer token of <c>admin.token</c> or <c>admin.tokens</c>. None configured = nobody.</summary>
internal sealed class AdminAccess
{
    private const string Scheme = "Bearer ";

    private readonly Log _log;
    private readonly WrongTokens _wrong;
    private volatile Known? _known;

    public AdminAccess(Log log, TimeProvider time)
    {
        _log = log;
        _wrong = new WrongTokens(time);
    }

    /// <summary>Who holds the token that came with the request.</summary>
    /// <param name="config">In force.</param>
    /// <param name="features">The request.</param>
    /// <param name="holder">Name and role.</param>
    /// <returns>The refusal; null = come in.</returns>
    public AdminReply? Check(AdminConfig config, IFeatureCollection features, out AdminHolder holder)
    {
        holder = default;
        var known = _known;
        if (known is null || !ReferenceEquals(known.Config, config)) _known = known = new Known(config);
        if (known.Tokens.Count == 0) return AdminReply.Error(403, "ADMIN_CLOSED", "Administration is closed: no admin.token is configured.");

        var address = features.Get<IHttpConnectionFeature>()?.RemoteIpAddress ?? IPAddress.None;
        // Before the comparison: an answer to the right token would tell whoever guesses that it was right.
        if (_wrong.IsBlocked(address, out var seconds))
        {
            return AdminReply.Error(429, "ADMIN_TOO_MANY_ATTEMPTS", "Too many wrong tokens came from this address.") with { RetryAfterSeconds = seconds };
        }
        var header = features.Get<IHttpRequestFeature>()!.Headers.Authorization.ToString();
        var token = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        if (token.Length == 0) return AdminReply.Error(401, "MISSING_ADMIN_TOKEN", "No admin token: send it as 'Authorization: Bearer TOKEN'.");

        // Every token is compared, in constant time each: how long it takes says nothing about which tokens exist.
        var hash = PlainHash.Of(token);
        var found = -1;
        for (var i = 0; i < known.Tokens.Count; i++) found = CryptographicOperations.FixedTimeEquals(hash, known.Tokens[i].Hash) ? i : found;
        if (found >= 0)
        {
            holder = known.Tokens[found].Holder;
            return null;
        }
        _wrong.Add(address);
        _log.Warn(EventIds.AdminRefused, "A wrong token was sent to the admin plane.", ("from", address.ToString()));
        return AdminReply.Error(401, "INVALID_ADMIN_TOKEN", "The admin token is not known to this gateway.");
    }

    private sealed class Known
    {
        public Known(AdminConfig config)
        {
            Config = config;
            if (config.Token.HasValue) Tokens.Add((PlainHash.Of(config.Token.Reveal()), new("admin", AdminRole.Operator, null)));
            for (var i = 0; i < config.Tokens.Count; i++)
            {
                Tokens.Add((PlainHash.Of(config.Tokens[i].Token.Reveal()), new(config.Tokens[i].Name ?? $"tokens[{i}]", config.Tokens[i].Role, config.Tokens[i].Organisation)));
            }
        }

        public AdminConfig Config { get; }

        public List<(byte[] Hash, AdminHolder Holder)> Tokens { get; } = [];
    }
}

/// <summary>Whoever holds a token.</summary>
/// <param name="Name">For the log.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Organisation">It sees and changes that one's things alone; null = everything.</param>
internal readonly record struct AdminHolder(string Name, AdminRole Role, string? Organisation)
{
    public AdminRights Rights => AdminRoles.RightsOf(Role, Organisation is not null);
}

/// <summary>Counts wrong tokens by address, so that guessing is slow: ten in a minute, then none until the minute is over. Bounded; any thread.</summary>
internal sealed class WrongTokens
{
    internal const int Most = 10;
    private const int MaxAddresses = 1024;
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (int Count, long Since)> _counts = [];

    public WrongTokens(TimeProvider time) => _time = time;

    /// <param name="address">Whose.</param>
    /// <param name="seconds">Until it may try again.</param>
    public bool IsBlocked(IPAddress address, out int seconds)
    {
        seconds = 0;
        lock (_lock)
        {
            if (!_counts.TryGetValue(address, out var entry) || entry.Count < Most) return false;
            var left = _window - _time.GetElapsedTime(entry.Since);
            if (left <= TimeSpan.Zero) return false;
            seconds = (int)Math.Ceiling(left.TotalSeconds);
            return true;
        }
    }

    public void Add(IPAddress address)
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (_counts.TryGetValue(address, out var entry) && _time.GetElapsedTime(entry.Since, now) < _window)
            {
                _counts[address] = (entry.Count + 1, entry.Since);
                return;
            }
            // Full: the one that has been there longest goes. Whoever has a thousand addresses is not held up by this, but by the length of the token.
            if (_counts.Count >= MaxAddresses && !_counts.ContainsKey(address)) _counts.Remove(_counts.MinBy(pair => pair.Value.Since).Key);
            _counts[address] = (1, now);
        }
    }
}
