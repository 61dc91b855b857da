using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Edge.Upstream;

/// <summary>How long a provider wants to be left alone.</summary>
public static class RetryAfter
{
    // A day: beyond it a header is a mistake rather than a wish.
    private static readonly TimeSpan _most = TimeSpan.FromDays(1);

    /// <summary>From <c>retry-after-ms</c>, or <c>retry-after</c> in seconds or as a date (RFC 9110, section 10.2.3). Null = it says nothing, or nonsense.</summary>
    public static TimeSpan? Of(UpstreamResponse response, TimeProvider time)
    {
        if (response.Status is not (429 or 503 or 529)) return null;
        if (response.TryGetHeader("retry-after-ms"u8, out var text) && Number(text) is { } milliseconds) return Bounded(milliseconds / 1000);
        if (!response.TryGetHeader("retry-after"u8, out text)) return null;
        if (Number(text) is { } seconds) return Bounded(seconds);
        return DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(text), "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? Bounded((date - time.GetUtcNow()).TotalSeconds)
            : null;
    }

    private static double? Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out double number, out var used) && used == text.Length && double.IsFinite(number) && number >= 0 ? number : null;

    private static TimeSpan Bounded(double seconds) => seconds <= 0 ? TimeSpan.Zero : seconds >= _most.TotalSeconds ? _most : TimeSpan.FromSeconds(seconds);
}
