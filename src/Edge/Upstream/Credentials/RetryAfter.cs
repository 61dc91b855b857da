using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Edge.Upstream.Credentials;

/// <summary>A provider's word on when to come again: <c>retry-after-ms</c> (OpenAI, Azure) before <c>retry-after</c> (RFC 9110 section 10.2.3).</summary>
public static class RetryAfter
{
    /// <summary>Null where the response says nothing that can be read, or a time that is past.</summary>
    public static TimeSpan? Of(UpstreamResponse response, TimeProvider time)
    {
        if (response.TryGetHeader("retry-after-ms"u8, out var value) && Number(value) is { } milliseconds) return TimeSpan.FromMilliseconds(milliseconds);
        if (!response.TryGetHeader("retry-after"u8, out value)) return null;
        // Whole seconds by the RFC; some providers send fractions.
        if (Number(value) is { } seconds) return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParseExact(Encoding.Latin1.GetString(value), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            && date - time.GetUtcNow() is var span && span > TimeSpan.Zero ? span : null;
    }

    // Up to a year: more is no time to wait, and would not fit a TimeSpan one day.
    private static double? Number(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out double number, out var used) && used == value.Length && number is > 0 and < 31_536_000_000 ? number : null;
}
