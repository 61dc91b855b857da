using System.Globalization;

namespace Edge.Limits;

/// <summary>What a limit counts.</summary>
public enum LimitKind : byte
{
    Requests,

    /// <summary>Of prompts and answers together.</summary>
    Tokens,

    /// <summary>Requests at once.</summary>
    Concurrent,
}

/// <summary>Whether a limit is one for all, or one for each of something.</summary>
public enum LimitBy : byte
{
    /// <summary>One for the level that has it.</summary>
    Tenant,

    /// <summary>One for each model, by the name that clients ask for.</summary>
    Model,

    /// <summary>One for each end user that requests name (<c>user</c>, <c>safety_identifier</c>, <c>metadata.user_id</c>).</summary>
    User,

    /// <summary>One for each client address; of IPv6 one for each /64.</summary>
    Ip,
}

/// <summary>One limit of one level, as it is enforced. Immutable.</summary>
public sealed class LimitRule
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    public required LimitKind Kind { get; init; }

    /// <summary>How much in a window; of <see cref="LimitKind.Concurrent"/> how many at once. At least 1.</summary>
    public required long Amount { get; init; }

    /// <summary>How much may come at once before the rate counts: at most <see cref="Amount"/> without harm to it. Only of a window that slides.</summary>
    public long Burst { get; init; }

    /// <summary>Of <see cref="LimitKind.Concurrent"/> unused.</summary>
    public LimitWindow Window { get; init; } = LimitWindow.Minute;

    public LimitBy By { get; init; }

    /// <summary>For people and headers: <c>requests_per_minute</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whose it is: <c>gateway</c>, <c>anonymous</c>, <c>organisation</c>, <c>team</c>, <c>user</c> or <c>key</c>.</summary>
    public required string Level { get; init; }

    /// <summary>The tenant's name; empty where there is none.</summary>
    public string Owner { get; init; } = "";

    /// <summary>What counts for it is shared with callers that may know nothing of each other, so that how much is left is nobody's business.</summary>
    public bool IsOfAll { get; init; }

    /// <summary>Only these models, <c>*</c> for any text; empty = all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The same in every process and after every reload that leaves the limit what it is, whatever its amount: what was counted goes on.</summary>
    public required string Identity { get; init; }

    /// <summary>A window that slides: no moment at which all is free again.</summary>
    public bool IsSliding => Kind != LimitKind.Concurrent && Window.Calendar == CalendarPeriod.None;

    /// <summary>The most that one request can ever take.</summary>
    public long Most => IsSliding ? Burst : Amount;

    /// <summary><c>100 requests a minute</c></summary>
    public string Text => Amount.ToString(CultureInfo.InvariantCulture) + Kind switch
    {
        LimitKind.Concurrent => " requests at once",
        LimitKind.Tokens => " tokens " + Window.Text,
        _ => " requests " + Window.Text,
    };

    internal long WindowMilliseconds => Window.Nanoseconds / NanosecondsPerMillisecond;
}

/// <summary>A calendar's period.</summary>
public enum CalendarPeriod : byte
{
    None,
    Day,
    Month,
}

/// <summary>The time that an amount is for.</summary>
/// <param name="Calendar">A period of the calendar; None = it slides.</param>
/// <param name="Nanoseconds">How long; of a calendar's period about.</param>
/// <param name="Text">For people: <c>a minute</c>.</param>
/// <param name="Name">For names: <c>minute</c>.</param>
public sealed record LimitWindow(CalendarPeriod Calendar, long Nanoseconds, string Text, string Name)
{
    private const long Nano = 1_000_000_000;

    public static readonly LimitWindow Second = new(CalendarPeriod.None, Nano, "a second", "second");
    public static readonly LimitWindow Minute = new(CalendarPeriod.None, 60 * Nano, "a minute", "minute");
    public static readonly LimitWindow Hour = new(CalendarPeriod.None, 3600 * Nano, "an hour", "hour");
    public static readonly LimitWindow Day = new(CalendarPeriod.Day, 86_400 * Nano, "a day", "day");
    public static readonly LimitWindow Month = new(CalendarPeriod.Month, 30 * 86_400 * Nano, "a month", "month");

    /// <summary>A sliding one of any length from a second to a year.</summary>
    public static LimitWindow Of(TimeSpan span)
    {
        foreach (var known in (LimitWindow[])[Second, Minute, Hour])
        {
            if (known.Nanoseconds == span.Ticks * 100) return known;
        }
        var text = Configuration.DurationText.Format(span);
        return new(CalendarPeriod.None, span.Ticks * 100, "in " + text, text);
    }
}
