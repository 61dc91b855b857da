using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Edge.Configuration;

/// <summary>
/// Durations: <c>250ms</c>, <c>30s</c>, <c>1.5h</c>, <c>1h30m</c>, <c>1d</c>; units from large to small, each at most once. Exact to
/// 100 ns.
/// </summary>
public static class DurationText
{
    public const string Allowed = "a duration such as 250ms, 30s, 5m, 1h30m or 1d";

    private static readonly (string Name, long Ticks)[] _units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <param name="text">The text, without surrounding space.</param>
    /// <param name="value">Zero or more.</param>
    /// <param name="error">A clause without the value, such as "has no unit".</param>
    /// <param name="bareSeconds">Whether a number without a unit means seconds; elsewhere only a bare 0 passes.</param>
    public static bool TryParse(string text, out TimeSpan value, [NotNullWhen(false)] out string? error, bool bareSeconds = false)
    {
        value = default;
        error = "is not a duration";
        var rest = text.AsSpan();
        if (rest.IsEmpty) return false;

        long total = 0;
        var nextUnit = 0;
        while (!rest.IsEmpty)
        {
            var length = NumberWithUnit.Length(rest);
            if (length == 0) return false;
            var number = rest[..length];
            rest = rest[length..];

            var name = rest[..UnitLength(rest)];
            rest = rest[name.Length..];
            long unit;
            if (name.IsEmpty)
            {
                var onlyNumber = length == text.Length;
                if (!onlyNumber || (!bareSeconds && number.ContainsAnyExcept('0')))
                {
                    error = "has no unit";
                    return false;
                }
                unit = TimeSpan.TicksPerSecond;
            }
            else
            {
                var index = IndexOf(name);
                if (index < 0)
                {
                    error = "has an unknown unit";
                    return false;
                }
                if (index < nextUnit)
                {
                    error = "has its units out of order";
                    return false;
                }
                nextUnit = index + 1;
                unit = _units[index].Ticks;
            }
            if (!NumberWithUnit.TryMultiply(number, unit, out var ticks, out error!)) return false;
            if (ticks > long.MaxValue - total)
            {
                error = "is too large";
                return false;
            }
            total += ticks;
            error = "is not a duration";
        }
        value = new TimeSpan(total);
        error = null;
        return true;
    }

    /// <summary>The shortest text that parses to the same value. Zero or more.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero) return "0s";
        var text = new StringBuilder();
        var ticks = value.Ticks;
        foreach (var (name, unit) in _units)
        {
            var last = unit == TimeSpan.TicksPerMillisecond;
            if (ticks < unit && !last) continue;
            if (last && ticks == 0) continue;
            var count = last ? (decimal)ticks / unit : ticks / unit;
            text.Append(count.ToString("0.####", CultureInfo.InvariantCulture)).Append(name);
            ticks = last ? 0 : ticks % unit;
        }
        return text.ToString();
    }

    private static int UnitLength(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static int IndexOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < _units.Length; i++)
        {
            if (name.SequenceEqual(_units[i].Name)) return i;
        }
        return -1;
    }
}
