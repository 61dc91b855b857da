using System.Globalization;
using Edge.Configuration;
using Edge.Tenancy;

namespace Edge.Limits;

/// <summary>A limit and what is counted for it.</summary>
internal readonly record struct LimitSlot(LimitRule Rule, LimitCells Cells);

/// <summary>
/// The limits of one level, made of its declaration when it is first met or has changed. What is counted outlives every change of amounts. Any thread.
/// </summary>
internal sealed class LimitBook
{
    private readonly Lock _making = new();
    private volatile Page _page = new(new object(), []);

    /// <summary>As they were made last.</summary>
    public LimitSlot[] Slots => _page.Slots;

    public LimitSlot[] Of(Tenant tenant)
    {
        var page = _page;
        return ReferenceEquals(page.Source, tenant.Own) ? page.Slots : Make(tenant.Own, tenant, static (own, tenant) => RulesOf((TenantPolicyConfig)own, tenant));
    }

    /// <summary>Of all clients together.</summary>
    public LimitSlot[] Of(LimitsConfig config)
    {
        var page = _page;
        return ReferenceEquals(page.Source, config) ? page.Slots : Make(config, null, static (own, _) => RulesOf((LimitsConfig)own));
    }

    /// <summary>Of whoever shows no key.</summary>
    public LimitSlot[] OfAnonymous(EdgeConfig config)
    {
        var page = _page;
        return ReferenceEquals(page.Source, config) ? page.Slots : Make(config, null, static (own, _) => AnonymousRules((EdgeConfig)own));
    }

    private LimitSlot[] Make(object source, Tenant? tenant, Func<object, Tenant?, List<LimitRule>> rules)
    {
        lock (_making)
        {
            if (ReferenceEquals(_page.Source, source)) return _page.Slots;
            var before = _page.Slots;
            var slots = rules(source, tenant).Select(rule =>
            {
                var known = Array.Find(before, slot => slot.Rule.Identity == rule.Identity);
                return new LimitSlot(rule, known.Cells ?? new LimitCells(rule.Identity, rule.By));
            }).ToArray();
            _page = new(source, slots);
            return slots;
        }
    }

    private static List<LimitRule> RulesOf(TenantPolicyConfig own, Tenant? tenant)
    {
        var level = tenant!.Level.ToString().ToLowerInvariant();
        var rules = new List<LimitRule>();
        if (own.RequestsPerMinute is { } requests) rules.Add(Rule(new() { Requests = requests, Name = "requests_per_minute" }, tenant.Path, level, tenant.Name, rules));
        if (own.TokensPerMonth is { } tokens) rules.Add(Rule(new() { Tokens = tokens, Per = LimitWindow.Month, Name = "tokens_per_month" }, tenant.Path, level, tenant.Name, rules));
        foreach (var limit in own.Limits) rules.Add(Rule(limit, tenant.Path, level, tenant.Name, rules));
        return rules;
    }

    private static List<LimitRule> RulesOf(LimitsConfig config)
    {
        const string Level = "gateway";
        var rules = new List<LimitRule>();
        if (config.MaxRequestsPerMinute is { } requests) rules.Add(Rule(new() { Requests = requests, Name = "max_requests_per_minute" }, Level, Level, "", rules, isOfAll: true));
        // What one address or user does is its own affair; what all do is not.
        foreach (var limit in config.Rules) rules.Add(Rule(limit, Level, Level, "", rules, isOfAll: limit.By is LimitBy.Tenant or LimitBy.Model));
        return rules;
    }

    private static List<LimitRule> AnonymousRules(EdgeConfig config)
    {
        const string Level = "anonymous";
        var rate = config.Limits.Anonymous ?? (config.Server.Listen.All(address => address.IsLoopback) ? LimitKinds.NoRate : new Rate(1000, TimeSpan.FromMinutes(15)));
        if (rate == LimitKinds.NoRate) return [];
        return [Rule(new() { Requests = rate.Count, Per = LimitWindow.Of(rate.Per), By = LimitBy.Ip, Name = Level }, Level, Level, "", [])];
    }

    private static LimitRule Rule(LimitConfig limit, string path, string level, string owner, List<LimitRule> others, bool isOfAll = false)
    {
        var (kind, amount) = limit.Requests is { } requests ? (LimitKind.Requests, requests) : limit.Tokens is { } tokens ? (LimitKind.Tokens, tokens) : (LimitKind.Concurrent, limit.Concurrent!.Value);
        var what = kind.ToString().ToLowerInvariant();
        var window = kind == LimitKind.Concurrent ? "" : limit.Per.Name;
        var by = limit.By == LimitBy.Tenant ? "" : limit.By.ToString().ToLowerInvariant();
        var name = limit.Name ?? what + (window.Length > 0 ? "_per_" + window : "") + (by.Length > 0 ? "_by_" + by : "");
        var identity = $"{path}|{what}|{window}|{by}|{string.Join(',', limit.Models)}";
        // Two of one kind, window and everything count apart.
        var same = others.Count(other => other.Identity == identity || other.Identity.StartsWith(identity + "#", StringComparison.Ordinal));
        if (same > 0) identity = string.Create(CultureInfo.InvariantCulture, $"{identity}#{same}");
        return new LimitRule
        {
            Kind = kind,
            Amount = amount,
            Burst = limit.Burst ?? amount,
            Window = kind == LimitKind.Concurrent ? LimitWindow.Minute : limit.Per,
            By = limit.By,
            Name = name,
            Level = level,
            Owner = owner,
            Models = limit.Models,
            IsOfAll = isOfAll,
            Identity = identity,
        };
    }

    private sealed record Page(object Source, LimitSlot[] Slots);
}
