using System.Buffers.Text;
using System.Text.Json;
using Edge.Configuration;
using Edge.Tenancy;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Edge.Auth;

/// <summary>What a token says that was checked. Immutable but for whom it leads to in the snapshot at hand.</summary>
internal sealed class VerifiedToken
{
    private volatile Resolved? _resolved;

    public required byte[] Hash { get; init; }

    public required JwtIssuer Issuer { get; init; }

    /// <summary>The keys that it was checked with: others may not have it.</summary>
    public required JwtKeySet Keys { get; init; }

    /// <summary>The issuer's clock being as far off as is allowed.</summary>
    public required DateTimeOffset Until { get; init; }

    public required string Subject { get; init; }

    public string? Organisation { get; init; }

    public string? Team { get; init; }

    public string? User { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Null = the token says nothing of them.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <inheritdoc cref="Models"/>
    public Scopes? Scopes { get; init; }

    /// <summary>Whom it leads to in that snapshot.</summary>
    public Resolved In(TenancySnapshot tenancy)
    {
        var known = _resolved;
        if (known?.Tenancy == tenancy) return known;
        return _resolved = Issuer.Resolve(tenancy, this);
    }

    /// <param name="Tenancy">The snapshot.</param>
    /// <param name="Caller">Somebody also where there is a problem, for the record.</param>
    /// <param name="Problem">What does not exist; null = nothing.</param>
    public sealed record Resolved(TenancySnapshot Tenancy, Caller Caller, string? Problem);
}

/// <summary>
/// One issuer of tokens: checks what it signed (RFC 7519, RFC 8725). The signature is the library's business; what it is checked with, and everything that is said, is looked at here first, so
/// that no header of a token chooses how the token is checked.
/// </summary>
internal sealed class JwtIssuer
{
    private const int MaxKid = 256;
    private const int MaxText = 512;
    private const int MaxList = 256;

    private static readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = JwtTokens.MaxLength };

    // Two members of one name: somebody else might believe the other one.
    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    public JwtIssuer(JwtConfig config, JwtKeySource source)
    {
        Config = config;
        Source = source;
    }

    public JwtConfig Config { get; }

    public JwtKeySource Source { get; }

    /// <summary>Reads what a token says of itself, unchecked. Null = it has no such form.</summary>
    public static TokenParts? Read(string token)
    {
        var first = token.IndexOf('.', StringComparison.Ordinal);
        var last = token.LastIndexOf('.');
        if (first <= 0 || last == first || token.AsSpan(first + 1, last - first - 1).Contains('.') || last == token.Length - 1) return null;
        try
        {
            var header = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(0, first)), _strict).RootElement;
            var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(first + 1, last - first - 1)), _strict).RootElement;
            return header.ValueKind == JsonValueKind.Object && payload.ValueKind == JsonValueKind.Object ? new TokenParts(header, payload) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Everything but the signature, which costs a thousand times as much.</summary>
    /// <returns>What is wrong; null = nothing.</returns>
    public string? CheckClaims(in TokenParts token, DateTimeOffset now)
    {
        var (header, payload) = token;
        if (Text(header, "alg", 16) is not { } algorithm || !Config.AllAlgorithms.Contains(algorithm)) return $"its algorithm is not one of {string.Join(", ", Config.AllAlgorithms)}";
        // Extensions that must be understood (RFC 7515 section 4.1.11): none is.
        if (header.TryGetProperty("crit", out _) || header.TryGetProperty("b64", out _) || header.TryGetProperty("zip", out _)) return "its header demands an extension";
        if (header.TryGetProperty("kid", out var kid) && (kid.ValueKind != JsonValueKind.String || kid.GetString()!.Length > MaxKid)) return "its header names no valid key";
        // A token for another purpose, as a logout token, is signed by the same keys.
        if (header.TryGetProperty("typ", out var typ) && !IsAccess(typ)) return "it is of another type than JWT or at+jwt";
        if (!HasAudience(payload)) return "it was made for another audience";
        if (Time(payload, "exp") is not { } expires) return "it says not until when it is valid";
        if (expires <= now - Config.ClockSkew) return "it has expired";
        if (payload.TryGetProperty("nbf", out _) && !(Time(payload, "nbf") <= now + Config.ClockSkew)) return "it is not valid yet";
        if (payload.TryGetProperty("iat", out _) && !(Time(payload, "iat") <= now + Config.ClockSkew)) return "it was made in the future";
        if (Text(payload, "sub", MaxText) is null) return "it names no subject";
        foreach (var (name, value) in Config.RequiredClaims)
        {
            if (!Texts(payload, name, split: false).Contains(value)) return $"its claim '{name}' does not have the value that is required";
        }
        return null;
    }

    /// <summary>The signature, and then what the token says.</summary>
    /// <param name="token">Whose claims were checked.</param>
    /// <param name="text">All of it.</param>
    /// <param name="hash">Of the text.</param>
    /// <param name="keys">Of the issuer.</param>
    /// <param name="key">Of these the one that it names.</param>
    /// <returns>Null = its signature is wrong, or its claims have no form that can be used; then the problem says so.</returns>
    public async ValueTask<(VerifiedToken? Token, string? Problem)> VerifyAsync(TokenParts token, string text, byte[] hash, JwtKeySet keys, SecurityKey key)
    {
        var payload = token.Payload;
        var parameters = new TokenValidationParameters
        {
            // Checked before.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
            ValidateTokenReplay = false,
            RequireSignedTokens = true,
            ValidAlgorithms = [Text(token.Header, "alg", 16)!],
            TryAllIssuerSigningKeys = false,
            IssuerSigningKeyResolver = (_, _, _, _) => [key],
        };
        var result = await _handler.ValidateTokenAsync(text, parameters);
        if (!result.IsValid) return (null, "its signature is wrong");
        var claims = Config.Claims;
        var wrong = Single(payload, claims.Organisation, out var organisation);
        wrong = Single(payload, claims.Team, out var team) ?? wrong;
        wrong = Single(payload, claims.User, out var user) ?? wrong;
        if (wrong is not null) return (null, $"its claim '{wrong}' is no text of at most {MaxText} characters");
        if (claims.Organisation is not null && Config.Organisation is null && organisation is null) return (null, $"its claim '{claims.Organisation}' is missing");
        return (new VerifiedToken
        {
            Hash = hash,
            Issuer = this,
            Keys = keys,
            Until = Time(payload, "exp")!.Value + Config.ClockSkew,
            Subject = Text(payload, "sub", MaxText)!,
            Organisation = Config.Organisation ?? organisation,
            Team = Config.Team ?? team,
            User = user,
            Roles = claims.Roles is null ? [] : [.. Texts(payload, claims.Roles, split: true)],
            Models = claims.Models is null ? null : [.. Texts(payload, claims.Models, split: true)],
            Scopes = claims.Scopes is null ? null : ScopesOf(Texts(payload, claims.Scopes, split: true)),
        }, null);
    }

    /// <summary>Whom a token leads to.</summary>
    public VerifiedToken.Resolved Resolve(TenancySnapshot tenancy, VerifiedToken token)
    {
        var lines = tenancy.Lines;
        string? problem = null;
        TenantLine? line;
        if (token.Organisation is not { } organisation) line = lines.Nobody;
        else if (Config.Unknown == UnknownTenants.Create) line = lines.Make(organisation, token.Team, token.User);
        else if (Config.Unknown == UnknownTenants.Refuse) line = lines.Find(organisation, token.Team, token.User, out problem);
        else line = lines.Find(organisation, token.Team, null, out problem) is null ? null : lines.Make(organisation, token.Team, token.User);
        var access = (line ?? lines.Nobody).Access;
        if (token.Models is { } models) access = access.Narrow(new TenantPolicyConfig { AllowedModels = models.Count > 0 ? models : [""] });
        if (token.Scopes is { } scopes) access = access.Within(scopes);
        var id = $"{Config.Issuer}|{token.Subject}";
        return new VerifiedToken.Resolved(tenancy, new Caller
        {
            Kind = CallerKind.Jwt,
            Id = id,
            Name = token.User ?? token.Subject,
            Tenants = (line ?? lines.Nobody).Tenants,
            Access = access,
            Guard = (line ?? lines.Nobody).Guard,
            Roles = token.Roles,
            Scope = (line ?? lines.Nobody).ScopeOf("token:" + id, access),
        }, problem);
    }

    /// <summary>The token's <c>kid</c>; null = it has none.</summary>
    public static string? KidOf(in TokenParts token) => token.Header.TryGetProperty("kid", out var kid) ? kid.GetString() : null;

    /// <summary>The token's <c>iss</c>; null = it has none.</summary>
    public static string? IssuerOf(in TokenParts token) => Text(token.Payload, "iss", 2048);

    private static Scopes ScopesOf(IEnumerable<string> words)
    {
        var all = Scopes.None;
        foreach (var word in words)
        {
            if (ScopeNames.TryParse(word.StartsWith("edge:", StringComparison.OrdinalIgnoreCase) ? word.AsSpan(5) : word, out var scope)) all |= scope;
        }
        return all;
    }

    private static bool IsAccess(JsonElement typ) =>
        typ.ValueKind == JsonValueKind.String && typ.GetString()!.ToUpperInvariant() is "JWT" or "AT+JWT" or "APPLICATION/AT+JWT";

    private bool HasAudience(JsonElement payload)
    {
        if (!payload.TryGetProperty("aud", out var audience)) return false;
        if (audience.ValueKind == JsonValueKind.String) return Config.Audiences.Contains(audience.GetString());
        return audience.ValueKind == JsonValueKind.Array && audience.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && Config.Audiences.Contains(one.GetString()));
    }

    // Seconds since 1970, with a fraction or without (RFC 7519 section 2).
    private static DateTimeOffset? Time(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 253_402_300_000
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;

    private static string? Text(JsonElement element, string name, int most) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most ? text : null;

    // Null text = the claim is not there; anything that is no plain text is an error, and not nobody.
    private static string? Single(JsonElement payload, string? claim, out string? text)
    {
        text = null;
        if (claim is null || !TryFind(payload, claim, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.ValueKind == JsonValueKind.Number ? value.GetRawText() : null;
        return text is { Length: > 0 and <= MaxText } && !text.Any(char.IsControl) ? null : claim;
    }

    private static IEnumerable<string> Texts(JsonElement payload, string claim, bool split)
    {
        if (!TryFind(payload, claim, out var value)) return [];
        return value.ValueKind switch
        {
            JsonValueKind.String => split ? value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxList) : [value.GetString()!],
            JsonValueKind.Array => value.EnumerateArray().Where(static one => one.ValueKind == JsonValueKind.String && one.GetString()!.Length is > 0 and <= MaxText).Select(static one => one.GetString()!).Take(MaxList),
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number => [value.GetRawText()],
            _ => [],
        };
    }

    // Names of claims are urls often enough: a dot leads inwards only where no claim has the whole name.
    private static bool TryFind(JsonElement payload, string claim, out JsonElement value)
    {
        if (payload.TryGetProperty(claim, out value)) return true;
        value = payload;
        foreach (var part in claim.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(part, out value)) return false;
        }
        return true;
    }
}

/// <summary>Header and claims of a token.</summary>
internal readonly record struct TokenParts(JsonElement Header, JsonElement Payload);
