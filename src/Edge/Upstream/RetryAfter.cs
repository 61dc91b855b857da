using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Edge.Configuration;

namespace Edge.Upstream;

/// <summary>How long a provider wants to be left alone.</summary>
public static class RetryAfter
{
    // A day: beyond it a header is a mistake rather than a wish.
    private static readonly TimeSpan _most = TimeSpan.FromDays(1);

    /// <summary>From <c>retry-after-ms</c>, or <c>retry-after</c> in seconds or as a date (RFC 9110, section 10.2.3); of a 429 without it, from the rate-limit headers that say what is used up. Null = it says nothing, or nonsense.</summary>
    public static TimeSpan? Of(UpstreamResponse response, TimeProvider time)
    {
        if (response.Status is not (429 or 503 or 529)) return null;
        if (response.TryGetHeader("retry-after-ms"u8, out var text) && Number(text) is { } milliseconds) return Bounded(milliseconds / 1000);
        if (!response.TryGetHeader("retry-after"u8, out text)) return response.Status == 429 ? Limits(response, time) : null;
        if (Number(text) is { } seconds) return Bounded(seconds);
        return DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(text), "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? Bounded((date - time.GetUtcNow()).TotalSeconds)
            : null;
    }

    // What is used up comes back then: OpenAI's headers, which Groq, Mistral and others have too, with a duration ("6m0s", "7.66s"), and Anthropic's with a date.
    private static TimeSpan? Limits(UpstreamResponse response, TimeProvider time)
    {
        TimeSpan? longest = null;
        foreach (var (remaining, reset) in _limits)
        {
            if (!response.TryGetHeader(remaining, out var left) || !left.SequenceEqual("0"u8) || !response.TryGetHeader(reset, out var value)) continue;
            var text = Encoding.ASCII.GetString(value);
            TimeSpan? span = DurationText.TryParse(text, out var duration, out _, bareSeconds: true) ? Bounded(duration.TotalSeconds)
                : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? Bounded((date - time.GetUtcNow()).TotalSeconds)
                : null;
            if (span > (longest ?? TimeSpan.Zero)) longest = span;
        }
        return longest;
    }

    private static readonly (byte[] Remaining, byte[] Reset)[] _limits =
    [
        .. new[] { "requests", "tokens" }.Select(static what => (Encoding.ASCII.GetBytes($"x-ratelimit-remaining-{what}"), Encoding.ASCII.GetBytes($"x-ratelimit-reset-{what}"))),
        .. new[] { "requests", "tokens", "input-tokens", "output-tokens" }
            .Select(static what => (Encoding.ASCII.GetBytes($"anthropic-ratelimit-{what}-remaining"), Encoding.ASCII.GetBytes($"anthropic-ratelimit-{what}-reset"))),
    ];

    private static double? Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out double number, out var used) && used == text.Length && double.IsFinite(number) && number >= 0 ? number : null;

    private static TimeSpan Bounded(double seconds) => seconds <= 0 ? TimeSpan.Zero : seconds >= _most.TotalSeconds ? _most : TimeSpan.FromSeconds(seconds);
}
