using System.Globalization;
using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Tenancy;
using Edge.Upstream;
using Microsoft.Extensions.Primitives;

namespace Edge.Auth;

/// <summary>
/// Step 1: who is it, and may it come in at all? From the headers alone, so that a stranger's body is never read. A key costs one HMAC and one look-up; nothing is allocated.
/// </summary>
public sealed class AuthStage
{
    private const string Scheme = "Bearer ";

    private readonly TimeProvider _time;
    private readonly FailureThrottle _failures;
    private readonly JwtTokens _tokens;
    private readonly long[] _refused = new long[Enum.GetValues<AuthRefusal>().Length];

    public AuthStage(TimeProvider time)
    {
        _time = time;
        _failures = new FailureThrottle(time);
        _tokens = new JwtTokens(time);
    }

    /// <summary>How often somebody was refused for that reason since the start.</summary>
    public long Refused(AuthRefusal reason) => Volatile.Read(ref _refused[(int)reason]);

    /// <summary>True = the request may go on, and the context knows whose it is. Waits for nothing but the keys of a token's issuer.</summary>
    public ValueTask<bool> RunAsync(RequestContext context)
    {
        var tenancy = context.State.Tenancy;
        context.Caller = tenancy.Anonymous;
        if (tenancy.IsOpen) return new(Enter(context));
        var presented = Presented(context);
        if (presented.IsEmpty) return new((tenancy.AllowsAnonymous || Refuse(context, AuthRefusal.Missing, ErrorCode.MissingApiKey)) && Enter(context));
        if (tenancy.Issuers.Length > 0 && JwtTokens.IsToken(presented))
        {
            return _tokens.Known(tenancy, presented) is { } known ? new(Take(context, tenancy, known) && Enter(context)) : VerifyAsync(context, tenancy, presented.Length <= JwtTokens.MaxLength ? presented.ToString() : null);
        }
        Span<byte> hash = stackalloc byte[KeyHasher.Length];
        if (VirtualKey.IsBroken(presented) || !tenancy.Hasher.TryHash(presented, hash) || tenancy.Keys.Find(hash) is not { } entry) return new(Unknown(context, tenancy));
        return new(Take(context, entry) && Enter(context));
    }

    private async ValueTask<bool> VerifyAsync(RequestContext context, TenancySnapshot tenancy, string? token)
    {
        // To look at a signature costs more than the answer: whoever has sent many wrong ones waits, with a right one too, unless that was seen before.
        var address = ClientAddress.Of(context);
        if (_failures.IsOver(address, tenancy.MaxFailuresPerMinute, out var seconds)) return Throttle(context, seconds);
        var (verified, problem) = token is null ? (null, $"it is longer than {JwtTokens.MaxLength} characters") : await _tokens.VerifyAsync(tenancy, token);
        if (verified is not null) return Take(context, tenancy, verified) && Enter(context);
        if (problem is null) return Refuse(context, AuthRefusal.Unavailable, ErrorCode.IdentityUnavailable, "The token cannot be checked: the keys of its issuer have not come yet.");
        return _failures.TryAdd(address, tenancy.MaxFailuresPerMinute, out seconds)
            ? Refuse(context, AuthRefusal.Token, ErrorCode.InvalidToken, $"The token is not valid: {problem}.")
            : Throttle(context, seconds);
    }

    private bool Take(RequestContext context, TenancySnapshot tenancy, VerifiedToken token)
    {
        var (_, caller, problem) = token.In(tenancy);
        context.Caller = caller;
        return problem is null || Refuse(context, AuthRefusal.Forbidden, ErrorCode.Forbidden, $"The token leads to nobody: {problem}.");
    }

    private bool Enter(RequestContext context)
    {
        context.Guard = context.Caller.Guard;
        return context.Caller.Access.IsOpen || MayEnter(context);
    }

    private bool Take(RequestContext context, KeyEntry entry)
    {
        // Known from here on, for the record: a key that is not valid any more says who still uses it.
        context.Caller = entry.Caller;
        if (entry.RevokedAt is not null) return Refuse(context, AuthRefusal.Revoked, ErrorCode.KeyRevoked);
        if (entry.ExpiresAt is not null || entry.NotBefore is not null)
        {
            var now = _time.GetUtcNow();
            if (entry.ExpiresAt <= now)
            {
                return Refuse(context, AuthRefusal.Expired, ErrorCode.KeyExpired, entry.IsRotated ? "The API key was replaced by a newer one, and the time to change over is past." : null);
            }
            if (entry.NotBefore > now) return Refuse(context, AuthRefusal.NotYetValid, ErrorCode.KeyNotYetValid, $"The API key is valid from {entry.NotBefore:yyyy-MM-dd'T'HH:mm:ss'Z'} on.");
        }
        return entry.Problem is null || Refuse(context, AuthRefusal.Forbidden, ErrorCode.Forbidden, $"The API key cannot be used: {entry.Problem}.");
    }

    private bool Unknown(RequestContext context, TenancySnapshot tenancy)
    {
        if (!_failures.TryAdd(ClientAddress.Of(context), tenancy.MaxFailuresPerMinute, out var seconds)) return Throttle(context, seconds);
        // Where the store could not be asked, the key may have been made a moment ago: 401 would be for good.
        if (!tenancy.Freshness.IsCurrent) return Refuse(context, AuthRefusal.Unavailable, ErrorCode.IdentityUnavailable, "The API key is not known here, and the store of keys cannot be asked now.");
        return Refuse(context, AuthRefusal.Unknown, ErrorCode.InvalidApiKey);
    }

    private bool Throttle(RequestContext context, int seconds)
    {
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Refuse(context, AuthRefusal.Throttled, ErrorCode.TooManyBadKeys);
    }

    // What can be said from the headers: where it comes from and what it is for.
    private bool MayEnter(RequestContext context)
    {
        var access = context.Caller.Access;
        if (access.RestrictsAddresses && !access.AllowsAddress(ClientAddress.Of(context))) return Refuse(context, AuthRefusal.Address, ErrorCode.IpNotAllowed);
        var needed = ScopeNames.Of(context.Operation, context.Request.Path);
        if ((access.Scopes & needed) == needed) return true;
        return Refuse(context, AuthRefusal.Forbidden, ErrorCode.Forbidden, $"The API key may not be used for {ScopeNames.Text(needed)}; its scopes: {ScopeNames.Text(access.Scopes)}.");
    }

    private bool Refuse(RequestContext context, AuthRefusal reason, ErrorCode code, string? message = null)
    {
        Interlocked.Increment(ref _refused[(int)reason]);
        return context.Fail(code, message: message);
    }

    // OpenAI's SDKs send a bearer token, Anthropic's x-api-key, Azure's api-key.
    private static ReadOnlySpan<char> Presented(RequestContext context)
    {
        var headers = context.Request.Headers;
        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return authorization.AsSpan(Scheme.Length).Trim();
        if (headers.TryGetValue("x-api-key", out StringValues key) || headers.TryGetValue("api-key", out key)) return key.ToString().AsSpan().Trim();
        // A browser's WebSocket can set no header.
        return context.Operation == Operation.Realtime ? WebSocketProtocols.KeyOf(headers.SecWebSocketProtocol) : default;
    }
}

/// <summary>Why somebody was not let in.</summary>
public enum AuthRefusal : byte
{
    Missing,
    Unknown,
    Throttled,
    Expired,
    NotYetValid,
    Revoked,
    Address,
    Forbidden,
    Token,
    Unavailable,
}
