using CsCheck;
using Edge.Configuration;

namespace Edge.Tests.Configuration;

public class ValueTextTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("30s", 30)]
    [InlineData("1.5s", 1.5)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1d2h3m4s5ms", 93784.005)]
    [InlineData("0", 0)]
    [InlineData("0.0001ms", 0.0000001)]
    public void A_duration_is_read(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var value, out var error), error);
        Assert.Equal((long)Math.Round(seconds * TimeSpan.TicksPerSecond), value.Ticks);
    }

    [Theory]
    [InlineData("", "is not a duration")]
    [InlineData("fast", "is not a duration")]
    [InlineData("-5s", "is not a duration")]
    [InlineData("s", "is not a duration")]
    [InlineData("1.s", "is not a duration")]
    [InlineData("5", "has no unit")]
    [InlineData("1m30", "has no unit")]
    [InlineData("5 s", "has an unknown unit")]
    [InlineData("5min", "has an unknown unit")]
    [InlineData("5S", "has an unknown unit")]
    [InlineData("30m1h", "has its units out of order")]
    [InlineData("1s1s", "has its units out of order")]
    [InlineData("0.00001ms", "is finer than can be kept")]
    [InlineData("99999999999d", "is too large")]
    [InlineData("10675199d23h59m", "is too large")]
    [InlineData("99999999999999999999999999999999s", "is too large")]
    public void A_duration_is_refused(string text, string why)
    {
        Assert.False(DurationText.TryParse(text, out _, out var error));
        Assert.Equal(why, error);
    }

    [Fact]
    public void A_bare_number_is_seconds_only_where_asked_for()
    {
        Assert.True(DurationText.TryParse("3600", out var value, out _, bareSeconds: true));
        Assert.Equal(TimeSpan.FromHours(1), value);
        Assert.False(DurationText.TryParse("3600", out _, out _));
    }

    [Fact]
    public void Any_duration_survives_its_text() =>
        Gen.Long[0, long.MaxValue].Sample(ticks =>
        {
            var text = DurationText.Format(new TimeSpan(ticks));
            return DurationText.TryParse(text, out var back, out _) && back.Ticks == ticks;
        });

    [Theory]
    [InlineData("1000/min", 1000, 60)]
    [InlineData("10/s", 10, 1)]
    [InlineData("5/h", 5, 3600)]
    [InlineData("1/day", 1, 86400)]
    [InlineData("100/15min", 100, 900)]
    [InlineData("9223372036854775807/366d", long.MaxValue, 366 * 86400)]
    public void A_rate_is_read(string text, long count, int seconds)
    {
        Assert.True(RateText.TryParse(text, out var rate, out var error), error);
        Assert.Equal(new Rate(count, TimeSpan.FromSeconds(seconds)), rate);
    }

    [Theory]
    [InlineData("", "is not a rate")]
    [InlineData("100", "is not a rate")]
    [InlineData("/min", "is not a rate")]
    [InlineData("-1/min", "is not a rate")]
    [InlineData("1.5/min", "is not a rate")]
    [InlineData("100/", "is not a rate")]
    [InlineData("100/15", "is not a rate")]
    [InlineData("100/fortnight", "has an unknown unit")]
    [InlineData("100/2 h", "has an unknown unit")]
    [InlineData("0/min", "is zero")]
    [InlineData("5/0min", "is zero")]
    [InlineData("99999999999999999999/s", "is too large")]
    [InlineData("1/367d", "has too long a window")]
    [InlineData("1/99999999999999999999s", "has too long a window")]
    public void A_rate_is_refused(string text, string why)
    {
        Assert.False(RateText.TryParse(text, out _, out var error));
        Assert.Equal(why, error);
    }

    [Fact]
    public void Any_rate_survives_its_text() =>
        Gen.Select(Gen.Long[1, long.MaxValue], Gen.Int[1, 366 * 86400]).Sample((count, seconds) =>
        {
            var rate = new Rate(count, TimeSpan.FromSeconds(seconds));
            return RateText.TryParse(RateText.Format(rate), out var back, out _) && back == rate;
        });

    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("512KiB", 512 << 10)]
    [InlineData("10MiB", 10 << 20)]
    [InlineData("1MB", 1_000_000)]
    [InlineData("1 kB", 1000)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("0.5KiB", 512)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_size_is_read(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var value, out var error), error);
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("", "is not a size")]
    [InlineData("MiB", "is not a size")]
    [InlineData("-1", "is not a size")]
    [InlineData("10M", "has an unknown unit")]
    [InlineData("10mb", "has an unknown unit")]
    [InlineData("1MiB2", "has an unknown unit")]
    [InlineData("0.3KiB", "is finer than can be kept")]
    [InlineData("9223372036854775808", "is too large")]
    [InlineData("8388608TiB", "is too large")]
    public void A_size_is_refused(string text, string why)
    {
        Assert.False(SizeText.TryParse(text, out _, out var error));
        Assert.Equal(why, error);
    }

    [Fact]
    public void Any_size_survives_its_text() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int[0, 62]).Sample((bits, zeros) =>
        {
            var bytes = bits >> zeros << zeros;
            return SizeText.TryParse(SizeText.Format(bytes), out var back, out _) && back == bytes;
        });

    [Theory]
    [InlineData("0.10", 100_000_000)]
    [InlineData("$5", 5_000_000_000)]
    [InlineData("100.00", 100_000_000_000)]
    [InlineData("0.000000001", 1)]
    [InlineData("9223372036.854775807", long.MaxValue)]
    public void Money_is_read(string text, long nanos)
    {
        Assert.True(MoneyText.TryParse(text, out var value, out var error), error);
        Assert.Equal(nanos, value);
    }

    [Theory]
    [InlineData("", "is not an amount of money")]
    [InlineData("$", "is not an amount of money")]
    [InlineData("-1", "is not an amount of money")]
    [InlineData("1,000", "is not an amount of money")]
    [InlineData("5 EUR", "is not an amount of money")]
    [InlineData("1e3", "is not an amount of money")]
    [InlineData("0.0000000001", "is finer than can be kept")]
    [InlineData("9223372036.854775808", "is too large")]
    public void Money_is_refused(string text, string why)
    {
        Assert.False(MoneyText.TryParse(text, out _, out var error));
        Assert.Equal(why, error);
    }

    [Fact]
    public void Any_amount_survives_its_text() =>
        Gen.Long[0, long.MaxValue].Sample(nanos => MoneyText.TryParse(MoneyText.Format(nanos), out var back, out _) && back == nanos);

    [Fact]
    public void Any_text_is_either_read_or_refused_with_a_reason() =>
        Gen.String[Gen.Char["0123456789.smhdKMiB/$-+e \u0660"], 0, 30].Sample(text =>
            DurationText.TryParse(text, out _, out var duration, bareSeconds: true) == (duration is null)
            && RateText.TryParse(text, out _, out var rate) == (rate is null)
            && SizeText.TryParse(text, out _, out var size) == (size is null)
            && MoneyText.TryParse(text, out _, out var money) == (money is null));
}
