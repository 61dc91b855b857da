using System.Globalization;
using Edge.Pipeline;

namespace Edge.Limits;

/// <summary>What clients are told of limits.</summary>
internal static class LimitTexts
{
    /// <summary>Which limit refuses, whose it is, and when to come again.</summary>
    public static string Refusal(LimitRule rule, long cost, in LimitStanding standing)
    {
        var whose = rule.Level switch
        {
            "gateway" => "of this gateway",
            "anonymous" => "for requests without a key",
            _ => rule.Owner.Length > 0 ? $"of {rule.Level} '{rule.Owner}'" : $"of this {rule.Level}",
        };
        var by = rule.By switch
        {
            LimitBy.Model => " for each model",
            LimitBy.User => " for each user",
            LimitBy.Ip => " for each address",
            _ => "",
        };
        var limit = $"{rule.Text}{by} (limit '{rule.Name}' {whose})";
        if (cost > rule.Most) return string.Create(CultureInfo.InvariantCulture, $"The request is larger than the limit: it needs about {cost} tokens of {limit}, and can never pass.");
        if (rule.Kind == LimitKind.Concurrent) return $"The limit is reached: {limit}. Try again when one of them has ended.";
        return $"The limit is reached: {limit}. Try again in {Duration(standing.WaitMilliseconds)}.";
    }

    /// <summary>Every provider that could serve the request has had what its operator gives it. Always false.</summary>
    public static bool FailByProviders(RequestContext context)
    {
        var wait = Math.Max(1, (long)Math.Ceiling(context.Attempts.RateWait.TotalMilliseconds));
        LimitHeaders.AddRetry(context.Response.Headers, wait);
        return context.Fail(ErrorCode.RateLimitExceeded, message: $"Every provider that serves this model has had as many requests as this gateway sends it (rate_limit). Try again in {Duration(wait)}.");
    }

    /// <summary>As OpenAI writes them: <c>12ms</c>, <c>1.5s</c>, <c>6m0s</c>, <c>1h0m30s</c>.</summary>
    public static string Duration(long milliseconds)
    {
        if (milliseconds < 1000) return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");
        if (milliseconds < 60_000) return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.###}s");
        var seconds = (milliseconds + 999) / 1000;
        return seconds < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m{seconds % 60}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h{seconds / 60 % 60}m{seconds % 60}s");
    }
}
