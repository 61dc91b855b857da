using System.Text;
using Edge.Providers;
using Edge.Upstream;
using Edge.Upstream.Credentials;

namespace Edge.Tests.Upstream.Credentials;

public class KeyRingTests
{
    private readonly SteppedTime _time = new();

    [Theory]
    [InlineData(KeyScheme.Bearer, "authorization: Bearer k\r\n")]
    [InlineData(KeyScheme.XApiKey, "x-api-key: k\r\n")]
    [InlineData(KeyScheme.ApiKey, "api-key: k\r\n")]
    [InlineData(KeyScheme.GoogleApiKey, "x-goog-api-key: k\r\n")]
    public async Task Each_scheme_has_its_header(KeyScheme scheme, string line)
    {
        var authorization = await new KeyRing(scheme, ["k"], _time).AuthorizeAsync(new UpstreamRequest(), TestContext.Current.CancellationToken);
        Assert.Equal((line, 0, null), (Encoding.ASCII.GetString(authorization.Lines.Span), authorization.Key, authorization.Problem));
    }

    [Theory]
    [InlineData(KeyScheme.None)]
    [InlineData(KeyScheme.GoogleOAuth)]
    [InlineData(KeyScheme.Aws)]
    public void Other_schemes_are_no_ring(KeyScheme scheme) => Assert.Throws<ArgumentException>(() => new KeyRing(scheme, ["k"], _time));

    [Fact]
    public void What_cannot_be_a_ring_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new KeyRing(KeyScheme.Bearer, [], _time));
        Assert.Throws<ArgumentException>(() => new KeyRing(KeyScheme.Bearer, ["a", "b"], _time, weights: [1]));
        Assert.Throws<ArgumentException>(() => new KeyRing(KeyScheme.Bearer, ["a", "b"], _time, weights: [1, 0]));
        Assert.Throws<ArgumentException>(() => new KeyRing(KeyScheme.Bearer, ["a", "b"], _time, weights: [1, KeyRing.MaxWeight + 1]));
    }

    [Fact]
    public void Keys_are_used_in_turn()
    {
        Assert.Equal("012012012", Turns(Ring(3), 9));
        Assert.Equal("000", Turns(Ring(1), 3));
    }

    [Fact]
    public void Weights_are_spread_over_the_round()
    {
        Assert.Equal("0102010", Turns(Ring(3, 4, 2, 1), 7));
        // Reduced by their common divisor: a round of three, not of thirty.
        Assert.Equal("010010", Turns(Ring(2, 20, 10), 6));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    public void A_refused_key_rests_then_one_request_tries_it(int status)
    {
        var ring = Ring(3);
        ring.Report(1, status, null);
        // Its turns are dealt to the others evenly.
        Assert.Equal("020202020202", Turns(ring, 12));
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.DoesNotContain('1', Turns(ring, 12));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, Turns(ring, 30).Count(key => key == '1'));
        ring.Report(1, status, null);
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.DoesNotContain('1', Turns(ring, 30));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Turns(ring, 30).Count(key => key == '1'));
        ring.Report(1, 200, null);
        Assert.Equal(10, Turns(ring, 30).Count(key => key == '1'));
    }

    [Fact]
    public void A_trial_that_nobody_reports_is_followed_by_another()
    {
        var ring = Ring(2);
        ring.Report(0, 401, null);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, Turns(ring, 20).Count(key => key == '0'));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, Turns(ring, 20).Count(key => key == '0'));
    }

    [Fact]
    public void The_rest_of_a_refused_key_can_be_chosen()
    {
        var ring = new KeyRing(KeyScheme.Bearer, ["a", "b"], _time, TimeSpan.FromSeconds(5));
        ring.Report(0, 401, null);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal("1111", Turns(ring, 4));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Contains('0', Turns(ring, 2));
    }

    [Fact]
    public void A_throttled_key_rests_as_long_as_it_was_told_and_is_back_for_everybody()
    {
        var ring = Ring(2);
        ring.Report(0, 429, TimeSpan.FromSeconds(7));
        // A shorter word does not end a longer one.
        ring.Report(0, 429, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(6.999));
        Assert.Equal("1111", Turns(ring, 4));
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(5, Turns(ring, 10).Count(key => key == '0'));
    }

    [Fact]
    public void The_back_off_grows_from_one_second_to_sixty_and_starts_anew_after_a_success()
    {
        var ring = Ring(2);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            // A burst counts once.
            for (var i = 0; i < 5; i++) ring.Report(0, 429, null);
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.Equal("1111", Turns(ring, 4));
            _time.Advance(TimeSpan.FromTicks(1));
            Assert.Contains('0', Turns(ring, 2));
        }
        ring.Report(0, 200, null);
        ring.Report(0, 429, null);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains('0', Turns(ring, 2));
    }

    [Fact]
    public void A_late_success_does_not_end_the_rest_of_a_throttled_key()
    {
        var ring = Ring(2);
        ring.Report(0, 429, TimeSpan.FromSeconds(7));
        ring.Report(0, 200, null);
        Assert.Equal("1111", Turns(ring, 4));
    }

    [Fact]
    public void When_all_rest_the_one_that_is_back_soonest_is_used()
    {
        var ring = Ring(3);
        ring.Report(0, 401, null);
        ring.Report(1, 429, TimeSpan.FromSeconds(20));
        ring.Report(2, 429, TimeSpan.FromSeconds(30));
        Assert.Equal("111", Turns(ring, 3));
        ring.Report(1, 429, TimeSpan.FromSeconds(40));
        Assert.Equal("222", Turns(ring, 3));
    }

    [Fact]
    public void Other_answers_and_absurd_ones_leave_a_key_in_service()
    {
        var ring = Ring(2);
        foreach (var status in new[] { 200, 400, 404, 413, 422, 500, 502, 503, 529 }) ring.Report(0, status, TimeSpan.FromHours(1));
        ring.Report(-1, 401, null);
        ring.Report(2, 401, null);
        Assert.Equal("0101", Turns(ring, 4));
        ring.Report(0, 429, TimeSpan.MaxValue);
        ring.Report(0, 429, TimeSpan.FromSeconds(-5));
        Assert.Equal("11", Turns(ring, 2));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Contains('0', Turns(ring, 2));
    }

    [Fact]
    public void A_single_key_never_rests()
    {
        var ring = Ring(1);
        ring.Report(0, 401, null);
        ring.Report(0, 429, TimeSpan.FromHours(1));
        Assert.Equal("00", Turns(ring, 2));
    }

    [Fact]
    public void The_turns_go_on_where_the_counter_wraps()
    {
        var ring = Ring(2);
        typeof(KeyRing).GetField("_turn", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.SetValue(ring, int.MaxValue - 1);
        Assert.Equal("1010", Turns(ring, 4));
    }

    [Fact]
    public async Task Many_threads_share_the_keys_evenly()
    {
        var ring = Ring(4);
        var counts = new int[4];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) Interlocked.Increment(ref counts[ring.Next().Key]);
        }, TestContext.Current.CancellationToken)));
        Assert.All(counts, count => Assert.Equal(10_000, count));
    }

    // Gemini refuses a wrong key with 400; the caller reads the body and says 401 then, where the status alone has been reported before.
    [Fact]
    public void A_refusal_that_only_the_body_tells_rests_the_key_like_one_of_the_status()
    {
        var ring = Ring(3);
        ring.Report(1, 400, null);
        Assert.Equal("012", Turns(ring, 3));
        ring.Report(1, 401, null);
        Assert.DoesNotContain('1', Turns(ring, 12));
        // An answer to what was sent before does not bring it back early, nor does a second report make it rest for good.
        ring.Report(1, 400, null);
        ring.Report(1, 401, null);
        Assert.DoesNotContain('1', Turns(ring, 12));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, Turns(ring, 12).Count(key => key == '1'));
        ring.Report(1, 200, null);
        Assert.Equal(4, Turns(ring, 12).Count(key => key == '1'));
    }

    [Fact]
    public void A_turn_allocates_nothing()
    {
        var ring = Ring(3);
        ring.Report(1, 401, null);
        Turns(ring, 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) ring.Report(ring.Next().Key, 200, null);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private KeyRing Ring(int count, params int[] weights) =>
        new(KeyScheme.Bearer, [.. Enumerable.Range(0, count).Select(i => $"sk-{i}")], _time, weights: weights.Length == 0 ? null : weights);

    private static string Turns(KeyRing ring, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + ring.Next().Key)));

    private sealed class SteppedTime : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan span) => _now += span.Ticks;
    }
}
