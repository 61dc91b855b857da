using System.Globalization;

namespace Edge.Ledger.Reports;

/// <summary>What lines of a report are by, in time.</summary>
public enum ReportInterval : byte
{
    /// <summary>One line for the whole span.</summary>
    All,
    Hour,
    Day,
    Month,
}

/// <summary>What is asked of the sums. Times are UTC.</summary>
public sealed record ReportQuery
{
    internal const string TagPrefix = "tag:";

    internal const int MaxGroups = 6;

    /// <summary>The words of <see cref="GroupBy"/> and of filters, and the columns that they mean; <c>tag:NAME</c> stands for a tag.</summary>
    internal static readonly (string Word, string Column)[] Dimensions =
    [
        ("organisation", "organisation"), ("team", "team"), ("user", "member"), ("key", "api_key"), ("caller", "caller"),
        ("endpoint", "endpoint"), ("model", "model"), ("provider", "provider"), ("outcome", "outcome"),
    ];

    /// <summary>The beginning of an hour.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first hour that does not count.</summary>
    public required DateTimeOffset To { get; init; }

    public IReadOnlyList<string> GroupBy { get; init; } = [];

    public ReportInterval Interval { get; init; }

    /// <summary>Words of <see cref="Dimensions"/> or tags, and what they must be.</summary>
    public IReadOnlyList<(string Word, string Value)> Filters { get; init; } = [];

    /// <summary>Reads the query of a request.</summary>
    /// <param name="parameters">Names and values, decoded.</param>
    /// <param name="now">For what is left out: the default is the month so far.</param>
    /// <param name="problem">Which parameter is wrong, and what is allowed.</param>
    public static ReportQuery? Parse(IEnumerable<(string Name, string Value)> parameters, DateTimeOffset now, out (string Field, string Message) problem)
    {
        problem = default;
        now = now.ToUniversalTime();
        DateTimeOffset? from = null, to = null;
        var interval = ReportInterval.All;
        List<string> groups = [];
        List<(string, string)> filters = [];
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "from" or "to":
                    if (!TryTime(value, out var time))
                    {
                        problem = (name, "must be a day (2026-11-01) or a time (2026-11-01T13:00:00Z)");
                        return null;
                    }
                    if (name == "from") from = time;
                    else to = time;
                    break;
                case "interval":
                    if (!Enum.TryParse(value, ignoreCase: true, out interval) || !Enum.IsDefined(interval) || char.IsAsciiDigit(value[0]))
                    {
                        problem = (name, "must be hour, day, month or all");
                        return null;
                    }
                    break;
                case "group_by":
                    foreach (var word in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    {
                        if (!IsDimension(word) || groups.Contains(word) || groups.Count == MaxGroups)
                        {
                            problem = (name, $"must name at most {MaxGroups} of {string.Join(", ", Dimensions.Select(static d => d.Word))} and tag:NAME, each once");
                            return null;
                        }
                        groups.Add(word);
                    }
                    break;
                case "format" or "limit" or "cursor":
                    break;
                default:
                    if (!IsDimension(name))
                    {
                        problem = (name, $"is unknown; allowed: from, to, interval, group_by, format, and filters by {string.Join(", ", Dimensions.Select(static d => d.Word))} and tag:NAME");
                        return null;
                    }
                    filters.Add((name, value));
                    break;
            }
        }
        var begin = Floor(from ?? new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero));
        var end = Ceiling(to ?? now);
        if (end <= begin)
        {
            problem = ("to", "must be after from");
            return null;
        }
        return new ReportQuery { From = begin, To = end, GroupBy = groups, Interval = interval, Filters = filters };
    }

    internal static bool IsDimension(string word) =>
        word.StartsWith(TagPrefix, StringComparison.Ordinal) ? word.Length is > 4 and <= 4 + RequestNotes.MaxName : ColumnOf(word) is not null;

    internal static string? ColumnOf(string word)
    {
        foreach (var (known, column) in Dimensions)
        {
            if (known == word) return column;
        }
        return null;
    }

    internal static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK"], CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>The beginning of the interval that a time is in.</summary>
    internal DateTimeOffset BucketOf(DateTimeOffset at) => Interval switch
    {
        ReportInterval.Hour => Floor(at),
        ReportInterval.Day => new DateTimeOffset(at.Year, at.Month, at.Day, 0, 0, 0, TimeSpan.Zero),
        ReportInterval.Month => new DateTimeOffset(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero),
        _ => From,
    };

    private static DateTimeOffset Floor(DateTimeOffset at) => new(at.Ticks - (at.Ticks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    private static DateTimeOffset Ceiling(DateTimeOffset at) => Floor(at) is var floor && floor < at && floor < DateTimeOffset.MaxValue.AddHours(-2) ? floor.AddHours(1) : floor;
}
