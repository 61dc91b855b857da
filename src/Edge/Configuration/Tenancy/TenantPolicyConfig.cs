using System.Globalization;
using Edge.Guard.Policy;

namespace Edge.Configuration;

/// <summary>
/// What an organisation, team, user or key may do. What is not set is the level's above; what is set narrows that and never widens it: a list is intersected, of two numbers the
/// smaller counts. Limits and budgets are not inherited but hold at every level at once.
/// </summary>
public sealed record TenantPolicyConfig
{
    /// <summary>Names as clients ask for them, <c>*</c> for any text; empty = all.</summary>
    public IReadOnlyList<string> AllowedModels { get; init; } = [];

    /// <summary>Names of configured providers; empty = all.</summary>
    public IReadOnlyList<string> AllowedProviders { get; init; } = [];

    /// <summary>Regions that data may go to; empty = all.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>What may be used, in the words of <see cref="Tenancy.ScopeNames"/>; empty = all, but for an organisation without what its providers' accounts share.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Addresses that requests may come from, as CIDR; empty = any.</summary>
    public IReadOnlyList<string> AllowedIps { get; init; } = [];

    /// <summary>Nano-dollars a calendar month; null = no budget.</summary>
    public long? MonthlyBudget { get; init; }

    /// <summary>Nano-dollars a calendar day; null = no budget.</summary>
    public long? DailyBudget { get; init; }

    /// <summary>Nano-dollars; null = no limit.</summary>
    public long? MaxCostPerRequest { get; init; }

    public long? RequestsPerMinute { get; init; }

    public long? TokensPerMonth { get; init; }

    /// <summary>Further limits of this level.</summary>
    public IReadOnlyList<LimitConfig> Limits { get; init; } = [];

    /// <summary>Tokens of a prompt; null = no limit.</summary>
    public long? MaxContextSize { get; init; }

    /// <summary>How long what is recorded of requests is kept; null = the store's default.</summary>
    public TimeSpan? DataRetention { get; init; }

    public ComplianceMode ComplianceMode { get; init; }

    /// <summary>A name in <c>guard.policies</c>; null = the level's above.</summary>
    public string? Guard { get; init; }

    internal static TenantPolicyConfig None { get; } = new();

    /// <summary>Adds the fields to the section of whoever has a policy.</summary>
    internal static ConfigSection<T> AddTo<T>(ConfigSection<T> section, Func<T, TenantPolicyConfig> get, Func<T, TenantPolicyConfig, T> with)
        where T : class => section
        .Field("allowed_models", new ListKind<string>(Kinds.NonEmptyText), c => get(c).AllowedModels, (c, v) => with(c, get(c) with { AllowedModels = v }),
            "Models that requests may reach: names, `provider/model`, groups and aliases; `*` stands for any text. None = all.")
        .Field("allowed_providers", new ListKind<string>(Kinds.NonEmptyText), c => get(c).AllowedProviders, (c, v) => with(c, get(c) with { AllowedProviders = v }),
            "Providers that requests may go to. None = all.")
        .Field("regions", new ListKind<string>(Kinds.NonEmptyText), c => get(c).Regions, (c, v) => with(c, get(c) with { Regions = v }),
            "Regions that data may go to, such as `eu` (with `eu-west-1`) or `europe-west4`; a provider of unknown region is none of them. None = all.")
        .Field("scopes", new ListKind<string>(TenancyKinds.Scope), c => get(c).Scopes, (c, v) => with(c, get(c) with { Scopes = v }),
            "What may be used (docs/auth.md). None = all; for an organisation all but what every tenant of a provider's account shares, such as `files`.")
        .Field("allowed_ips", new ListKind<string>(TenancyKinds.Range), c => get(c).AllowedIps, (c, v) => with(c, get(c) with { AllowedIps = v }),
            "Addresses that requests may come from: `10.0.0.0/8`, `2001:db8::/32`, or single ones. None = any.")
        .Field("monthly_budget", Kinds.OptionalMoney, c => get(c).MonthlyBudget, (c, v) => with(c, get(c) with { MonthlyBudget = v }), "US dollars in a calendar month.")
        .Field("daily_budget", Kinds.OptionalMoney, c => get(c).DailyBudget, (c, v) => with(c, get(c) with { DailyBudget = v }), "US dollars in a calendar day.")
        .Field("max_cost_per_request", Kinds.OptionalMoney, c => get(c).MaxCostPerRequest, (c, v) => with(c, get(c) with { MaxCostPerRequest = v }),
            "US dollars that one request may cost at worst.")
        .Field("requests_per_minute", Kinds.OptionalLong(1, LimitKinds.Most), c => get(c).RequestsPerMinute, (c, v) => with(c, get(c) with { RequestsPerMinute = v }), "Requests in a minute.")
        .Field("tokens_per_month", Kinds.OptionalLong(1, LimitKinds.Most), c => get(c).TokensPerMonth, (c, v) => with(c, get(c) with { TokensPerMonth = v }),
            "Tokens in a calendar month, prompts and answers together.")
        .Field("limits", new SectionListKind<LimitConfig>(LimitConfig.Section, LimitConfig.Check), c => get(c).Limits, (c, v) => with(c, get(c) with { Limits = v }),
            "Further limits of requests, tokens and requests at once.")
        .Field("max_context_size", Kinds.OptionalLong(1, long.MaxValue), c => get(c).MaxContextSize, (c, v) => with(c, get(c) with { MaxContextSize = v }), "Tokens of one prompt.")
        .Field("data_retention", TenancyKinds.OptionalDays, c => get(c).DataRetention, (c, v) => with(c, get(c) with { DataRetention = v }), "How long what is recorded of requests is kept.")
        .Field("compliance_mode", GuardKinds.Mode, c => get(c).ComplianceMode, (c, v) => with(c, get(c) with { ComplianceMode = v }), "Rules that must hold: the guard's preset, retention and audit.")
        .Field("guard", Kinds.OptionalText, c => get(c).Guard, (c, v) => with(c, get(c) with { Guard = v }), "A name in `guard.policies`.");
}

/// <summary>Kinds of values that the sections of tenants share.</summary>
internal static class TenancyKinds
{
    private static readonly ScalarKind<TimeSpan> _days = Kinds.Duration("1h", "36500d");

    public static readonly ScalarKind<TimeSpan?> OptionalDays = new(
        _days.TypeText, _days.TypeText,
        (string text, out TimeSpan? value) =>
        {
            value = null;
            if (!DurationText.TryParse(text, out var span, out var error)) return error;
            if (span < TimeSpan.FromHours(1)) return "is shorter than an hour";
            value = span;
            return null;
        },
        value => value is { } span ? DurationText.Format(span) : "",
        json => _days.WriteSchema(json));

    public static readonly ScalarKind<Tenancy.TenantRole> Role = Kinds.OneOf(
        ("developer", Tenancy.TenantRole.Developer), ("viewer", Tenancy.TenantRole.Viewer), ("auditor", Tenancy.TenantRole.Auditor), ("admin", Tenancy.TenantRole.Admin),
        ("owner", Tenancy.TenantRole.Owner));

    public static readonly ScalarKind<string> Scope = new(
        string.Join(" / ", Tenancy.ScopeNames.All), string.Join(", ", Tenancy.ScopeNames.All),
        static (string text, out string value) =>
        {
            value = text.ToLowerInvariant();
            return Tenancy.ScopeNames.TryParse(text, out _) ? null : "is unknown";
        },
        static value => value,
        static json => Alternatives.Write(json, static json =>
        {
            json.WriteStartArray("enum");
            foreach (var name in Tenancy.ScopeNames.All) json.WriteStringValue(name);
            json.WriteEndArray();
        }),
        names: Tenancy.ScopeNames.All);

    /// <summary>A day or a moment; without an offset, UTC.</summary>
    public static readonly ScalarKind<DateTimeOffset?> OptionalTime = new(
        "time", "a day (2027-01-31) or a moment (2027-01-31T18:00:00Z)",
        static (string text, out DateTimeOffset? value) =>
        {
            var ok = DateTimeOffset.TryParseExact(
                text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK"], CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
            value = ok ? time : null;
            return ok ? null : "is no time";
        },
        static value => value?.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture) ?? "",
        static json => Alternatives.WriteTypes(json, "string", "null"));

    /// <summary>CIDR.</summary>
    public static readonly ScalarKind<string> Range = new(
        "address range", "an IP address, or a range such as 10.0.0.0/8 with zeros behind its prefix",
        static (string text, out string value) => Auth.AddressRange.TryParse(value = text, out _),
        static value => value,
        static json => Alternatives.WriteTypes(json, "string", "null"));

    /// <summary>A name that stands in paths, reports and metrics.</summary>
    public static string? CheckName(string name) =>
        name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? null
            : "is no name; allowed: letters, digits, '_', '-' and '.', at most 64";
}
