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
