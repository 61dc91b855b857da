using System.Globalization;
using System.Text;
using Edge.Pipeline;
using Edge.Providers;
using Microsoft.AspNetCore.Http;

namespace Edge.Limits;

/// <summary>
/// What answers say of limits: the fields that clients' SDKs know, and <c>RateLimit-Policy</c> and <c>RateLimit</c> (draft-ietf-httpapi-ratelimit-headers-10). A limit that is shared
/// with strangers is only named to whom it refuses. Nothing is said, and nothing allocated, where a request has no limit.
/// </summary>
internal static class LimitHeaders
{
    public const string Policy = "RateLimit-Policy";

    private const string OpenAiPrefix = "x-ratelimit-";
    private const string AnthropicPrefix = "anthropic-ratelimit-";

    // SDKs wait as long as they are told up to a minute, and retry by their own clock beyond it: https://github.com/openai/openai-python, _base_client.py.
    private const long LongestRetry = 60_000;

    /// <summary>The answer carries ours: a provider's own would be taken for them.</summary>
    public static bool AreIn(IHeaderDictionary headers) => headers.ContainsKey(Policy);

    public static void Add(RequestContext context)
    {
        if (context.Limits is not { Count: > 0 } take) return;
        var headers = context.Response.Headers;
        if (context.ErrorCode == ErrorCode.RateLimitExceeded && take.Refused >= 0) AddRetry(headers, take);
        if (!context.State.Config.Limits.Headers) return;
        var (requests, tokens) = (-1, -1);
        var (policy, standing) = (new StringBuilder(64), new StringBuilder(64));
        for (var i = 0; i < take.Count; i++)
        {
            ref var entry = ref take.Entries[i];
            if (entry.Rule.IsOfAll) continue;
            var now = take.StandingOf(i);
            Append(policy, standing, entry.Rule, now);
            if (entry.Rule.Kind == LimitKind.Requests && IsTighter(take, i, requests)) requests = i;
            if (entry.Rule.Kind == LimitKind.Tokens && IsTighter(take, i, tokens)) tokens = i;
        }
        if (policy.Length == 0) return;
        DropProviders(headers);
        headers[Policy] = policy.ToString();
        headers["RateLimit"] = standing.ToString();
        var isAnthropic = context.Client.Wire == Dialect.Anthropic;
        if (requests >= 0) AddNumbers(headers, take, requests, "requests", isAnthropic);
        if (tokens >= 0) AddNumbers(headers, take, tokens, "tokens", isAnthropic);
    }

    // Of several limits the one that will refuse first.
    private static bool IsTighter(LimitTake take, int one, int other) => other < 0
        || (double)take.StandingOf(one).Left / take.Entries[one].Rule.Most < (double)take.StandingOf(other).Left / take.Entries[other].Rule.Most;

    private static void AddRetry(IHeaderDictionary headers, LimitTake take)
    {
        var rule = take.Entries[take.Refused].Rule;
        var wait = take.StandingOf(take.Refused).WaitMilliseconds;
        if (take.Entries[take.Refused].Cost > rule.Most)
        {
            headers["x-should-retry"] = "false";
            return;
        }
        // When another request will end nobody knows.
        if (rule.Kind == LimitKind.Concurrent) wait = 1000;
        AddRetry(headers, Math.Max(1, wait));
    }

    /// <summary>When to come again.</summary>
    public static void AddRetry(IHeaderDictionary headers, long wait)
    {
        headers.RetryAfter = ((wait + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        headers["retry-after-ms"] = wait.ToString(CultureInfo.InvariantCulture);
        if (wait > LongestRetry) headers["x-should-retry"] = "false";
    }

    // Structured fields (RFC 9651): names are letters, digits and -._ and need no escape.
    private static void Append(StringBuilder policy, StringBuilder standing, LimitRule rule, in LimitStanding now)
    {
        if (policy.Length > 0)
        {
            policy.Append(", ");
            standing.Append(", ");
        }
        policy.Append(CultureInfo.InvariantCulture, $"\"{rule.Level}.{rule.Name}\";q={rule.Amount}");
        if (rule.Kind == LimitKind.Concurrent) policy.Append(";qu=\"concurrent-requests\"");
        else
        {
            if (rule.Kind == LimitKind.Tokens) policy.Append(";qu=\"tokens\"");
            policy.Append(CultureInfo.InvariantCulture, $";w={rule.Window.Nanoseconds / 1_000_000_000}");
        }
        standing.Append(CultureInfo.InvariantCulture, $"\"{rule.Level}.{rule.Name}\";r={now.Left}");
        if (rule.Kind != LimitKind.Concurrent) standing.Append(CultureInfo.InvariantCulture, $";t={(now.ResetMilliseconds + 999) / 1000}");
    }

    // https://platform.openai.com/docs/guides/rate-limits and https://docs.anthropic.com/en/api/rate-limits#response-headers
    private static void AddNumbers(IHeaderDictionary headers, LimitTake take, int entry, string what, bool isAnthropic)
    {
        var standing = take.StandingOf(entry);
        var limit = take.Entries[entry].Rule.Amount.ToString(CultureInfo.InvariantCulture);
        var left = standing.Left.ToString(CultureInfo.InvariantCulture);
        if (isAnthropic)
        {
            headers[$"{AnthropicPrefix}{what}-limit"] = limit;
            headers[$"{AnthropicPrefix}{what}-remaining"] = left;
            headers[$"{AnthropicPrefix}{what}-reset"] = take.UtcNow.AddMilliseconds(standing.ResetMilliseconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            return;
        }
        headers[$"{OpenAiPrefix}limit-{what}"] = limit;
        headers[$"{OpenAiPrefix}remaining-{what}"] = left;
        headers[$"{OpenAiPrefix}reset-{what}"] = LimitTexts.Duration(standing.ResetMilliseconds);
    }

    private static void DropProviders(IHeaderDictionary headers)
    {
        List<string>? theirs = null;
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith(OpenAiPrefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith(AnthropicPrefix, StringComparison.OrdinalIgnoreCase)) (theirs ??= []).Add(name);
        }
        if (theirs is null) return;
        foreach (var name in theirs) headers.Remove(name);
    }
}
