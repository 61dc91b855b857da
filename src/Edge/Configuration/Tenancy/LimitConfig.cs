using Edge.Limits;

namespace Edge.Configuration;

/// <summary>One limit: so many requests or tokens in a time, or so many requests at once.</summary>
public sealed record LimitConfig
{
    /// <summary>For headers, errors and reports; null = made of what it counts.</summary>
    public string? Name { get; init; }

    public long? Requests { get; init; }

    public long? Tokens { get; init; }

    public long? Concurrent { get; init; }

    public LimitWindow Per { get; init; } = LimitWindow.Minute;

    public LimitBy By { get; init; }

    /// <summary>How much may come at once; null = all of a window's.</summary>
    public long? Burst { get; init; }

    /// <summary>Only these models; empty = all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>What is wrong with it; null = nothing.</summary>
    internal static string? Check(LimitConfig limit)
    {
        var kinds = (limit.Requests is null ? 0 : 1) + (limit.Tokens is null ? 0 : 1) + (limit.Concurrent is null ? 0 : 1);
        if (kinds != 1) return kinds == 0 ? "limits nothing; allowed: one of requests, tokens and concurrent" : "limits several things; allowed: one of requests, tokens and concurrent";
        if (limit.Burst is not null && (limit.Concurrent is not null || limit.Per.Calendar != CalendarPeriod.None))
        {
            return "has a burst, and no window that slides; allowed: burst with a second, minute, hour or duration";
        }
        return null;
    }

    internal static ConfigSection<LimitConfig> Section { get; } = new ConfigSection<LimitConfig>("limit", "A limit: docs/limits.md.", new())
        .Field("name", LimitKinds.Name, c => c.Name, (c, v) => c with { Name = v }, "What headers and errors call it.")
        .Field("requests", Kinds.OptionalLong(1, LimitKinds.Most), c => c.Requests, (c, v) => c with { Requests = v }, "Requests in the time.")
        .Field("tokens", Kinds.OptionalLong(1, LimitKinds.Most), c => c.Tokens, (c, v) => c with { Tokens = v }, "Tokens in the time, prompts and answers together.")
        .Field("concurrent", Kinds.OptionalLong(1, 1_000_000), c => c.Concurrent, (c, v) => c with { Concurrent = v }, "Requests at once.")
        .Field("per", LimitKinds.Window, c => c.Per, (c, v) => c with { Per = v }, "The time: one that slides, or a day or month of the calendar (`limits.time_zone`).")
        .Field("by", LimitKinds.By, c => c.By, (c, v) => c with { By = v }, "One limit for the level that has it, or one for each model, end user or client address.")
        .Field("burst", Kinds.OptionalLong(1, LimitKinds.Most), c => c.Burst, (c, v) => c with { Burst = v }, "How much may come at once before the rate counts.", defaultText: "all of it")
        .Field("models", new ListKind<string>(Kinds.NonEmptyText), c => c.Models, (c, v) => c with { Models = v },
            "Only requests for these models, by the name that clients use; `*` stands for any text. None = all.");
}

/// <summary>What to do while Redis is away.</summary>
public enum LimitFallback : byte
{
    /// <summary>Every instance enforces its share of each limit.</summary>
    Local,

    /// <summary>Everybody may pass.</summary>
    Open,

    /// <summary>Whoever has a limit is refused.</summary>
    Closed,
}

/// <summary>Kinds of values of limits.</summary>
internal static class LimitKinds
{
    /// <summary>Beyond it a year's window times an amount would not fit the arithmetic.</summary>
    public const long Most = 1_000_000_000_000_000;

    /// <summary>No limit, where unset means the default.</summary>
    public static readonly Rate NoRate;

    public static readonly ScalarKind<string?> Name = new(
        "name", "letters, digits, '_', '-' and '.', at most 64",
        (string text, out string? value) =>
        {
            value = text;
            return TenancyKinds.CheckName(text) is null ? null : "is no name";
        },
        value => value ?? "",
        json => json.WriteString("pattern", Alternatives.OrReference("^[A-Za-z0-9_.-]{1,64}$")));

    public static readonly ScalarKind<LimitWindow> Window = new(
        "time", "second, minute, hour, day, month, or a duration from 1s to 366d that slides",
        (string text, out LimitWindow value) =>
        {
            value = LimitWindow.Minute;
            foreach (var known in (LimitWindow[])[LimitWindow.Second, LimitWindow.Minute, LimitWindow.Hour, LimitWindow.Day, LimitWindow.Month])
            {
                if (!known.Name.Equals(text, StringComparison.OrdinalIgnoreCase)) continue;
                value = known;
                return null;
            }
            if (!DurationText.TryParse(text, out var span, out _)) return "is no time";
            if (span < TimeSpan.FromSeconds(1) || span > TimeSpan.FromDays(366)) return "is out of range";
            value = LimitWindow.Of(span);
            return null;
        },
        value => value.Name,
        json => Alternatives.WriteTypes(json, "string"));

    public static readonly ScalarKind<LimitBy> By = Kinds.OneOf(("tenant", LimitBy.Tenant), ("model", LimitBy.Model), ("user", LimitBy.User), ("ip", LimitBy.Ip));

    public static readonly ScalarKind<LimitFallback> OnStoreFailure =
        Kinds.OneOf(("local", LimitFallback.Local), ("open", LimitFallback.Open), ("closed", LimitFallback.Closed));

    public static readonly ScalarKind<Rate?> Anonymous = new(
        "rate / none", "none, or " + RateText.Allowed,
        (string text, out Rate? value) =>
        {
            value = NoRate;
            if (text.Equals("none", StringComparison.OrdinalIgnoreCase)) return null;
            var ok = RateText.TryParse(text, out var rate, out var error);
            value = ok ? rate : null;
            return error;
        },
        value => value is null ? "" : value == NoRate ? "none" : RateText.Format(value.Value),
        json => Alternatives.WriteTypes(json, "string", "null"));

    public static readonly ScalarKind<TimeZoneInfo> Zone = new(
        "time zone", "a name of the IANA database that this machine knows, such as UTC or Europe/Berlin",
        (string text, out TimeZoneInfo value) =>
        {
            if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone))
            {
                value = zone;
                return null;
            }
            value = TimeZoneInfo.Utc;
            return "is no time zone that this machine knows";
        },
        value => value.Id,
        json => Alternatives.WriteTypes(json, "string"));
}
