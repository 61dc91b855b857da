using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Edge.Configuration;

/// <summary>Rates: <c>1000/min</c>, <c>10/s</c>, <c>5/h</c>, <c>1/day</c>, <c>100/15min</c>.</summary>
public static class RateText
{
    public const string Allowed = "a rate such as 10/s, 1000/min, 5/h, 1/day or 100/15min";

    private static readonly (string[] Names, long Seconds)[] _units =
    [
        (["s", "sec", "second"], 1),
        (["min", "m", "minute"], 60),
        (["h", "hour"], 3600),
        (["day", "d"], 86_400),
    ];

    // Longer windows than a year say that something else was meant; the bound also keeps every product in range.
    private const long MaxSeconds = 366 * 86_400L;

    /// <param name="text">The text, without surrounding space.</param>
    /// <param name="value">A count of at least 1 over a window of at least a second.</param>
    /// <param name="error">A clause without the value.</param>
    public static bool TryParse(string text, out Rate value, [NotNullWhen(false)] out string? error)
    {
        value = default;
        error = "is not a rate";
        var slash = text.IndexOf('/');
        if (slash <= 0) return false;
        var count = text.AsSpan(0, slash).TrimEnd();
        var window = text.AsSpan(slash + 1).TrimStart();
        if (!AllDigits(count)) return false;
        if (!long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var events))
        {
            error = "is too large";
            return false;
        }

        var digits = window.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0) return false;
        long windows = 1;
        if (digits > 0 && !long.TryParse(window[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out windows))
        {
            error = "has too long a window";
            return false;
        }
        var unit = SecondsOf(window[digits..]);
        if (unit == 0)
        {
            error = "has an unknown unit";
            return false;
        }
        if (events == 0 || windows == 0)
        {
            error = "is zero";
            return false;
        }
        if (windows > MaxSeconds / unit)
        {
            error = "has too long a window";
            return false;
        }
        value = new Rate(events, TimeSpan.FromSeconds(windows * unit));
        error = null;
        return true;
    }

    /// <summary>The shortest text that parses to the same value.</summary>
    public static string Format(Rate rate)
    {
        var seconds = (long)rate.Per.TotalSeconds;
        foreach (var (names, unit) in _units.Reverse())
        {
            if (seconds % unit != 0) continue;
            var windows = seconds / unit;
            return string.Create(CultureInfo.InvariantCulture, $"{rate.Count}/{(windows == 1 ? "" : windows)}{names[0]}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{rate.Count}/{seconds}s");
    }

    private static bool AllDigits(ReadOnlySpan<char> text) => !text.IsEmpty && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static long SecondsOf(ReadOnlySpan<char> name)
    {
        foreach (var (names, seconds) in _units)
        {
            foreach (var known in names)
            {
                if (name.SequenceEqual(known)) return seconds;
            }
        }
        return 0;
    }
}
