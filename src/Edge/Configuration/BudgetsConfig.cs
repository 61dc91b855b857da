using System.Globalization;

namespace Edge.Configuration;

/// <summary>What becomes of a request whose cost nobody can bound, because its model has no price.</summary>
public enum UnpricedAction
{
    /// <summary>It is refused where a budget applies to it; where none does, it passes.</summary>
    Refuse,

    /// <summary>It passes, and counts as nothing.</summary>
    Allow,
}

/// <summary>When an answer is made shorter so that a request fits what is left.</summary>
public enum CapOutputAction
{
    /// <summary>Never: the request is refused.</summary>
    Never,

    /// <summary>Where the client named no limit of its own.</summary>
    Unset,

    /// <summary>Also below the client's own limit.</summary>
    Always,
}

/// <summary>What is done where the store of budgets is away and the local share is used up.</summary>
public enum BudgetOutageAction
{
    /// <summary>Requests that a budget applies to are refused.</summary>
    Closed,

    /// <summary>They pass; what they cost is booked when the store is back.</summary>
    Open,
}

/// <summary>What is booked for a call whose provider did not say what it used.</summary>
public enum UnreportedAction
{
    /// <summary>What came of the answer, counted here.</summary>
    Estimate,

    /// <summary>The most that it can have cost.</summary>
    WorstCase,
}

/// <summary>How budgets are kept. The budgets themselves stand at organisations, teams, users and keys, and in <c>limits</c>.</summary>
public sealed record BudgetsConfig
{
    /// <summary>Whose midnight ends days and months.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>HTTP status of a refusal: 402 or 429.</summary>
    public int Status { get; init; } = 402;

    public UnpricedAction Unpriced { get; init; }

    public CapOutputAction CapOutput { get; init; } = CapOutputAction.Unset;

    /// <summary>The shortest answer that a cap may leave, in tokens.</summary>
    public int MinOutput { get; init; } = 256;

    /// <summary>Tokens of an answer that neither client nor price table bounds; sent to the provider as the bound.</summary>
    public int DefaultMaxOutput { get; init; } = 16_384;

    /// <summary>Tokens of an input that is not in the request (files, images by URL, earlier answers) where the model's context is not known.</summary>
    public int UnknownInput { get; init; } = 200_000;

    public UnreportedAction Unreported { get; init; }

    public BudgetDowngradeConfig? Downgrade { get; init; }

    public BudgetAlertsConfig Alerts { get; init; } = new();

    /// <summary>How long a reservation of an instance that is gone stays open, with Redis.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    public BudgetOutageAction OnStoreFailure { get; init; }

    /// <summary>Percent of each budget in use that an instance keeps for itself, to go on without Redis; 0 = none.</summary>
    public int Allowance { get; init; } = 1;

    /// <summary>Show each tenant's budgets among the metrics.</summary>
    public bool Metrics { get; init; }

    internal static ConfigSection<BudgetsConfig> Section { get; } = new ConfigSection<BudgetsConfig>(
            "budgets", "How budgets are kept. The budgets themselves stand at organisations, teams, users and keys, and in `limits`: docs/budgets.md.", new())
        .Field("time_zone", BudgetKinds.Zone, c => c.TimeZone, (c, v) => c with { TimeZone = v }, "Whose midnight ends days and months: a name of the IANA list, such as `Europe/Berlin`.")
        .Field("status", Kinds.OneOf(("402", 402), ("429", 429)), c => c.Status, (c, v) => c with { Status = v },
            "HTTP status of a refusal. SDKs try again by themselves after 429, not after 402.")
        .Field("unpriced", Kinds.OneOf(("refuse", UnpricedAction.Refuse), ("allow", UnpricedAction.Allow)), c => c.Unpriced, (c, v) => c with { Unpriced = v },
            "Requests for models without a price, where a budget applies: refuse them, or let them pass as free.")
        .Field("cap_output", Kinds.OneOf(("never", CapOutputAction.Never), ("unset", CapOutputAction.Unset), ("always", CapOutputAction.Always)),
            c => c.CapOutput, (c, v) => c with { CapOutput = v },
            "Lower the bound of the answer instead of refusing a request that would not fit what is left: never, where the client named none, or always.")
        .Field("min_output", Kinds.Int(1, 10_000_000), c => c.MinOutput, (c, v) => c with { MinOutput = v }, "The shortest answer that is worth lowering to, in tokens.")
        .Field("default_max_output", Kinds.Int(1, 10_000_000), c => c.DefaultMaxOutput, (c, v) => c with { DefaultMaxOutput = v },
            "Tokens of an answer that neither the client nor the price table bounds; the provider is told so.")
        .Field("unknown_input", Kinds.Int(1, 100_000_000), c => c.UnknownInput, (c, v) => c with { UnknownInput = v },
            "Tokens of an input that the request only refers to (files, pictures by URL, earlier answers), where the model's context is not known.")
        .Field("unreported", Kinds.OneOf(("estimate", UnreportedAction.Estimate), ("worst_case", UnreportedAction.WorstCase)),
            c => c.Unreported, (c, v) => c with { Unreported = v },
            "What is booked for a call whose provider did not say what it used, because it was cut off: what came of it, counted here, or the most that it can have cost.")
        .Field("downgrade", new SectionKind<BudgetDowngradeConfig>(BudgetDowngradeConfig.Section), c => c.Downgrade, (c, v) => c with { Downgrade = v }, BudgetDowngradeConfig.Section.Doc)
        .Field("alerts", new SectionKind<BudgetAlertsConfig>(BudgetAlertsConfig.Section), c => c.Alerts, (c, v) => c with { Alerts = v! }, BudgetAlertsConfig.Section.Doc)
        .Field("lease", Kinds.Duration("1s", "1h"), c => c.Lease, (c, v) => c with { Lease = v },
            "With Redis: how long what an instance has reserved stays reserved when the instance is gone. A living one renews it.")
        .Field("on_store_failure", Kinds.OneOf(("closed", BudgetOutageAction.Closed), ("open", BudgetOutageAction.Open)), c => c.OnStoreFailure, (c, v) => c with { OnStoreFailure = v },
            "With Redis away and the local allowance used up: refuse requests that a budget applies to, or let them pass and book them later.")
        .Field("allowance", BudgetKinds.Percent(0, 50), c => c.Allowance, (c, v) => c with { Allowance = v },
            "With Redis: the share of each budget in use that an instance keeps for the time when Redis is away.")
        .Field("metrics", Kinds.Bool, c => c.Metrics, (c, v) => c with { Metrics = v },
            "Show each tenant's budgets among the metrics, by its path, the first 200 of them. Without it only that of all together.");
}

/// <summary>To whom requests go when a budget runs low.</summary>
public sealed record BudgetDowngradeConfig
{
    /// <summary>Percent of a budget, spent and reserved.</summary>
    public int At { get; init; } = 80;

    /// <summary>A model, alias or group.</summary>
    public string To { get; init; } = "";

    /// <summary>Models that clients ask for, <c>*</c> for any text; empty = all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    internal static ConfigSection<BudgetDowngradeConfig> Section { get; } = new ConfigSection<BudgetDowngradeConfig>(
            "budget_downgrade", "To whom chat requests go when one of their budgets runs low.", new())
        .Field("at", BudgetKinds.Percent(1, 100), c => c.At, (c, v) => c with { At = v }, "The share of a budget, spent and reserved, from which on they do.")
        .Field("to", Kinds.NonEmptyText, c => c.To, (c, v) => c with { To = v }, "A cheaper model, alias or group.")
        .Field("models", new ListKind<string>(Kinds.NonEmptyText), c => c.Models, (c, v) => c with { Models = v },
            "Only requests for these models, by the name that clients use; `*` stands for any text. None = all.");
}

/// <summary>Who is told that a budget is used up to a part.</summary>
public sealed record BudgetAlertsConfig
{
    /// <summary>Percent, rising.</summary>
    public IReadOnlyList<int> Thresholds { get; init; } = [50, 80, 100];

    public Uri? Webhook { get; init; }

    /// <summary>Signs what is sent to <see cref="Webhook"/>.</summary>
    public Secret Secret { get; init; }

    internal static ConfigSection<BudgetAlertsConfig> Section { get; } = new ConfigSection<BudgetAlertsConfig>(
            "budget_alerts", "Who is told that a budget is used up to a part: once for each budget, period and part.", new())
        .Field("thresholds", new ListKind<int>(BudgetKinds.Percent(1, 100)), c => c.Thresholds, (c, v) => c with { Thresholds = [.. v.Order()] }, "The parts.")
        .Field("webhook", Kinds.OptionalUrl, c => c.Webhook, (c, v) => c with { Webhook = v }, "Gets a POST for each; tried again for some minutes where it fails.")
        .Field("secret", Kinds.Secret, c => c.Secret, (c, v) => c with { Secret = v }, "Signs each POST: `x-edge-signature: t=SECONDS,v1=HMAC-SHA256 of 'SECONDS.BODY' in hex`.");
}

internal static class BudgetKinds
{
    public static readonly ScalarKind<TimeZoneInfo> Zone = new(
        "time zone", "a name of the IANA list such as UTC or Europe/Berlin",
        static (string text, out TimeZoneInfo value) =>
        {
            var isKnown = TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone);
            value = zone ?? TimeZoneInfo.Utc;
            return isKnown ? null : "is no time zone that this machine knows (is its tzdata installed?)";
        },
        static value => value.Id,
        static json => Alternatives.WriteTypes(json, "string", "null"));

    public static ScalarKind<int> Percent(int min, int max) => new(
        "percent", string.Create(CultureInfo.InvariantCulture, $"a whole number of percent from {min} to {max}, such as {Math.Clamp(80, min, max)}%"),
        (string text, out int value) =>
        {
            var number = text.EndsWith('%') ? text.AsSpan(0, text.Length - 1).TrimEnd() : text;
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return "is no whole number of percent";
            return value < min || value > max ? "is out of range" : null;
        },
        static value => string.Create(CultureInfo.InvariantCulture, $"{value}%"),
        json =>
        {
            Alternatives.WriteTypes(json, "integer", "string", "null");
            json.WriteNumber("minimum", min);
            json.WriteNumber("maximum", max);
            json.WriteString("pattern", Alternatives.OrReference("^[0-9]+ *%?$"));
        });
}
