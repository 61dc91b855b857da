using System.Globalization;
using Edge.Budgets;

namespace Edge.Tests.Budgets;

/// <summary>When days and months begin and end.</summary>
public class BudgetCalendarTests
{
    [Theory]
    [InlineData("UTC", "2026-11-23T23:59:59.9999999Z", "2026-11-23", "2026-11", "2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-11-23T23:00:00Z", "2026-11-24", "2026-11", "2026-11-24T23:00:00Z", "2026-11-30T23:00:00Z")]
    // A day of 23 hours, and one of 25.
    [InlineData("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29", "2026-03", "2026-03-29T22:00:00Z", "2026-03-31T22:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25", "2026-10", "2026-10-25T23:00:00Z", "2026-10-31T23:00:00Z")]
    // The clock goes forward at midnight: the day begins at 1:00.
    [InlineData("America/Santiago", "2026-09-05T12:00:00Z", "2026-09-05", "2026-09", "2026-09-06T04:00:00Z", "2026-10-01T03:00:00Z")]
    [InlineData("Asia/Kolkata", "2026-12-31T18:30:00Z", "2027-01-01", "2027-01", "2027-01-01T18:30:00Z", "2027-01-31T18:30:00Z")]
    public void A_day_ends_at_the_zones_midnight(string zone, string now, string day, string month, string dayEnd, string monthEnd)
    {
        var calendar = new BudgetCalendar(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var today = calendar.At(At(now));
        Assert.Equal(day, BudgetDay.NameOf(BudgetPeriod.Day, today.NumberOf(BudgetPeriod.Day)));
        Assert.Equal(month, BudgetDay.NameOf(BudgetPeriod.Month, today.NumberOf(BudgetPeriod.Month)));
        Assert.Equal(At(dayEnd), today.EndOf(BudgetPeriod.Day));
        Assert.Equal(At(monthEnd), today.EndOf(BudgetPeriod.Month));
        // The last moment of it and the first of the next.
        Assert.Equal(today.Date, calendar.At(today.End.AddTicks(-1)).Date);
        Assert.Equal(today.Date.AddDays(1), calendar.At(today.End).Date);
    }

    [Fact]
    public void Every_moment_of_a_year_is_in_one_day_of_every_zone()
    {
        foreach (var zone in new[] { "UTC", "America/New_York", "Asia/Beirut", "America/Havana", "Pacific/Chatham", "Africa/Cairo" })
        {
            var calendar = new BudgetCalendar(TimeZoneInfo.FindSystemTimeZoneById(zone));
            var now = At("2026-01-01T00:00:00Z");
            var before = calendar.At(now);
            for (var day = 0; day < 400; day++)
            {
                var next = calendar.At(before.End);
                Assert.Equal(before.End, next.Begin);
                Assert.Equal(before.Date.AddDays(1), next.Date);
                Assert.InRange((next.End - next.Begin).TotalHours, 22.9, 25.1);
                before = next;
            }
        }
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
