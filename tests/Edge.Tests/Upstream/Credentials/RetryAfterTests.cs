using Edge.Upstream;

namespace Edge.Tests.Upstream.Credentials;

public class RetryAfterTests
{
    [Theory]
    [InlineData("retry-after: 20", 20_000)]
    [InlineData("retry-after: 0.25", 250)]
    [InlineData("retry-after: 20\r\nretry-after-ms: 1500", 1500)]
    [InlineData("retry-after-ms: soon\r\nretry-after: 3", 3000)]
    [InlineData("retry-after: Thu, 01 Jan 2026 00:00:30 GMT", 30_000)]
    [InlineData("retry-after: Wed, 31 Dec 2025 23:59:59 GMT", 0)]
    [InlineData("retry-after: 0", 0)]
    [InlineData("retry-after: -5", null)]
    [InlineData("retry-after: NaN", null)]
    [InlineData("retry-after: 1e300", 86_400_000)]
    [InlineData("retry-after: tomorrow", null)]
    [InlineData("retry-after:", null)]
    [InlineData("x-other: 5", null)]
    [InlineData("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6m0s", 360_000)]
    [InlineData("x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 7.66s", 7660)]
    [InlineData("x-ratelimit-remaining-requests: 5\r\nx-ratelimit-reset-requests: 6m0s", null)]
    [InlineData("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: later", null)]
    [InlineData("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 1s\r\nx-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 90ms", 1000)]
    [InlineData("anthropic-ratelimit-input-tokens-remaining: 0\r\nanthropic-ratelimit-input-tokens-reset: 2026-01-01T00:00:12Z", 12_000)]
    [InlineData("retry-after: 2\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 6m0s", 2000)]
    public async Task It_is_read_in_every_form(string headers, int? milliseconds)
    {
        await using var server = FakeServer.Answering($"HTTP/1.1 429 Too Many Requests\r\n{headers}\r\nContent-Length: 0\r\n\r\n");
        await using var client = new UpstreamClient(TimeProvider.System);
        using var response = await client.StartAsync(server);
        Assert.Equal(milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null, RetryAfter.Of(response, new NewYear2026()));
    }

    private sealed class NewYear2026 : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
