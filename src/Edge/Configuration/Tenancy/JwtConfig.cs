using System.Text;

namespace Edge.Configuration;

/// <summary>What is done where a token names somebody whom nobody has declared.</summary>
public enum UnknownTenants : byte
{
    /// <summary>A user is a level of its own below an organisation and team that must exist.</summary>
    Users,

    /// <summary>Nobody: all must exist.</summary>
    Refuse,

    /// <summary>All of them are levels that declare nothing.</summary>
    Create,
}

/// <summary>Whose signed tokens are taken.</summary>
public sealed record JwtConfig
{
    /// <summary>The token's <c>iss</c>, exactly.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>One of them must stand in the token's <c>aud</c>.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>Null = by discovery, unless <see cref="Keys"/> or <see cref="Secret"/> is set.</summary>
    public Uri? JwksUrl { get; init; }

    /// <summary>A JWKS document.</summary>
    public string? Keys { get; init; }

    /// <summary>Shared with the issuer, for HS256 and its kin.</summary>
    public Secret Secret { get; init; }

    public IReadOnlyList<string> Algorithms { get; init; } = [];

    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan Refresh { get; init; } = TimeSpan.FromHours(1);

    /// <summary>By claim: the value that it must have, or hold.</summary>
    public IReadOnlyDictionary<string, string> RequiredClaims { get; init; } = new Dictionary<string, string>();

    /// <summary>Of all its tokens; null = by claim.</summary>
    public string? Organisation { get; init; }

    public string? Team { get; init; }

    public JwtClaimsConfig Claims { get; init; } = new();

    public UnknownTenants Unknown { get; init; }

    /// <summary>The algorithms that are taken.</summary>
    internal IReadOnlyList<string> AllAlgorithms => Algorithms.Count > 0 ? Algorithms : Secret.HasValue ? ["HS256"] : Auth.JwtAlgorithms.Asymmetric;

    internal static ConfigSection<JwtConfig> Section { get; } = new ConfigSection<JwtConfig>("jwt", "An issuer of signed tokens (JWT).", new())
        .Field("issuer", Kinds.NonEmptyText, c => c.Issuer, (c, v) => c with { Issuer = v }, "The token's `iss`, exactly.")
        .Field("audiences", new ListKind<string>(Kinds.NonEmptyText, oneIsEnough: true), c => c.Audiences, (c, v) => c with { Audiences = v }, "One of them must stand in the token's `aud`.")
        .Field("jwks_url", Kinds.OptionalUrl, c => c.JwksUrl, (c, v) => c with { JwksUrl = v }, "Where its keys are; https, or http on this machine.",
            defaultText: "what `<issuer>/.well-known/openid-configuration` names, unless `keys` or `secret` is set")
        .Field("keys", Kinds.OptionalVerbatimText, c => c.Keys, (c, v) => c with { Keys = string.IsNullOrWhiteSpace(v) ? null : v }, "Its keys themselves, as a JWKS document: `${file:/path/jwks.json}`.")
        .Field("secret", Kinds.Secret, c => c.Secret, (c, v) => c with { Secret = v }, "A secret that it shares with the gateway, for HS256, HS384 and HS512.")
        .Field("algorithms", new ListKind<string>(Kinds.OneOf([.. Auth.JwtAlgorithms.All.Select(static name => (name, name))])), c => c.Algorithms, (c, v) => c with { Algorithms = v },
            "The algorithms that are taken.", defaultText: "HS256 with a `secret`; else all of RS, PS and ES")
        .Field("clock_skew", Kinds.Duration("0s", "10m"), c => c.ClockSkew, (c, v) => c with { ClockSkew = v }, "How far the issuer's clock may be off.")
        .Field("refresh", Kinds.Duration("10s", "1d"), c => c.Refresh, (c, v) => c with { Refresh = v }, "How often its keys are fetched again. A token with a key that is not known yet has them fetched at once.")
        .Field("required_claims", new MapKind<string>("claim", Kinds.NonEmptyText, static name => name.Length is > 0 and <= 256 ? null : "is no name of a claim"), c => c.RequiredClaims,
            (c, v) => c with { RequiredClaims = v }, "Claims that must have a value, or hold it in a list.")
        .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v }, "Whom its tokens are booked on; unset = `claims.organisation`.")
        .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "A team of that organisation; unset = `claims.team`.")
        .Field("claims", new SectionKind<JwtClaimsConfig>(JwtClaimsConfig.Section), c => c.Claims, (c, v) => c with { Claims = v! }, JwtClaimsConfig.Section.Doc)
        .Field("unknown", Kinds.OneOf(("users", UnknownTenants.Users), ("refuse", UnknownTenants.Refuse), ("create", UnknownTenants.Create)), c => c.Unknown, (c, v) => c with { Unknown = v },
            "Tenants that only a token names: `users` = a user is a level of its own, organisation and team must exist; `refuse` = all must; `create` = none must.");

    internal static void Check(BindContext context, EdgeConfig config)
    {
        foreach (var (name, jwt) in config.Auth.Jwt) CheckOne(context, config, jwt, "auth.jwt." + name);
        foreach (var twice in config.Auth.Jwt.GroupBy(static pair => pair.Value.Issuer, StringComparer.Ordinal).Where(static group => group.Key.Length > 0 && group.Count() > 1))
        {
            context.Error($"auth.jwt.{twice.Last().Key}.issuer", $"is the issuer of '{twice.First().Key}' as well");
        }
    }

    private static void CheckOne(BindContext context, EdgeConfig config, JwtConfig jwt, string path)
    {
        if (jwt.Issuer.Length == 0 && !context.HasError(path + ".issuer")) context.Error(path, "has no issuer");
        // A token that was made for somebody else must not open this door.
        if (jwt.Audiences.Count == 0 && !context.HasError(path + ".audiences")) context.Error(path, "has no audiences");
        var sources = (jwt.JwksUrl is null ? 0 : 1) + (jwt.Keys is null ? 0 : 1) + (jwt.Secret.HasValue ? 1 : 0);
        if (sources > 1) context.Error(path, "has several sources of keys; allowed: one of jwks_url, keys and secret");
        if (sources == 0 && !Uri.TryCreate(jwt.Issuer, UriKind.Absolute, out _)) context.Error(path + ".issuer", "is no url, so that its keys cannot be discovered; allowed: a url, or jwks_url, keys or secret");
        var url = jwt.JwksUrl ?? (sources == 0 && Uri.TryCreate(jwt.Issuer, UriKind.Absolute, out var issuer) ? issuer : null);
        if (url is { Scheme: not "https", IsLoopback: false }) context.Error(path + (jwt.JwksUrl is null ? ".issuer" : ".jwks_url"), "is fetched without TLS: whoever is on the way could sign tokens; allowed: https, or http on this machine");
        if (jwt.Secret.HasValue && Encoding.UTF8.GetByteCount(jwt.Secret.Reveal()) < 32) context.Error(path + ".secret", "is shorter than 32 bytes: it can be guessed from one token; allowed: a random text, such as that of: openssl rand -hex 32");
        // One key for both kinds would let a public key sign.
        if (jwt.Algorithms.Any(name => name.StartsWith("HS", StringComparison.Ordinal) != jwt.Secret.HasValue))
        {
            context.Error(path + ".algorithms", jwt.Secret.HasValue ? "names algorithms that need a key; allowed with a secret: HS256, HS384, HS512" : "names algorithms that need a secret; allowed with keys: RS, PS and ES");
        }
        if (jwt.Keys is { } keys && Auth.JwtKeySet.TryRead(Encoding.UTF8.GetBytes(keys), out _) is { } problem) context.Error(path + ".keys", problem);
        TenancyRules.CheckPlace(context, config, jwt.Organisation, jwt.Team, null, path);
    }
}

/// <summary>Which claims say what. A dot leads into an object: <c>realm_access.roles</c>.</summary>
public sealed record JwtClaimsConfig
{
    public string? Organisation { get; init; }

    public string? Team { get; init; }

    /// <summary>Null = no level for users.</summary>
    public string? User { get; init; } = "sub";

    public string? Roles { get; init; }

    public string? Models { get; init; }

    public string? Scopes { get; init; }

    internal static ConfigSection<JwtClaimsConfig> Section { get; } = new ConfigSection<JwtClaimsConfig>(
            "jwt_claims", "Which claims of a token say what. A dot leads into an object: `realm_access.roles`.", new())
        .Field("organisation", Kinds.OptionalText, c => c.Organisation, (c, v) => c with { Organisation = v }, "The organisation's name. A token without it is refused.")
        .Field("team", Kinds.OptionalText, c => c.Team, (c, v) => c with { Team = v }, "The team's name. A token without it belongs to no team.")
        .Field("user", Kinds.OptionalText, c => c.User, (c, v) => c with { User = v }, "The user's name.")
        .Field("roles", Kinds.OptionalText, c => c.Roles, (c, v) => c with { Roles = v }, "Roles, for records.")
        .Field("models", Kinds.OptionalText, c => c.Models, (c, v) => c with { Models = v }, "Patterns of models, a list or separated by spaces, that narrow what the tenants allow. A token without it may use none.")
        .Field("scopes", Kinds.OptionalText, c => c.Scopes, (c, v) => c with { Scopes = v }, "Scopes, a list or separated by spaces, with or without `edge:` in front; other words are passed over. A token without any may do nothing.");
}
