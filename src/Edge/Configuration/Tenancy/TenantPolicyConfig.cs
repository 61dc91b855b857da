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
            "Models that may be asked for, by the name that clients use; `*` stands for any text. None = all.")
        .Field("allowed_providers", new ListKind<string>(Kinds.NonEmptyText), c => get(c).AllowedProviders, (c, v) => with(c, get(c) with { AllowedProviders = v }),
            "Providers that requests may go to. None = all.")
        .Field("regions", new ListKind<string>(Kinds.NonEmptyText), c => get(c).Regions, (c, v) => with(c, get(c) with { Regions = v }),
            "Regions that data may go to. None = all.")
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

    /// <summary>A name that stands in paths, reports and metrics.</summary>
    public static string? CheckName(string name) =>
        name.Length is > 0 and <= 64 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            ? null
            : "is no name; allowed: letters, digits, '_', '-' and '.', at most 64";
}
