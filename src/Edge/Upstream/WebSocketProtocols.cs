using Microsoft.Extensions.Primitives;

namespace Edge.Upstream;

/// <summary>
/// The sub-protocols of a realtime client. A browser, which can set no header, puts its key and account there
/// (<see href="https://platform.openai.com/docs/guides/realtime-websocket"/>), beside the protocol itself.
/// </summary>
public static class WebSocketProtocols
{
    private const string KeyPrefix = "openai-insecure-api-key.";

    // The client's account is this gateway's; at the provider the gateway's own counts. The same holds for the headers of that meaning.
    private static readonly string[] _accounts = [KeyPrefix, "openai-organization.", "openai-project."];

    /// <summary>The key; empty = there is none.</summary>
    public static ReadOnlySpan<char> KeyOf(StringValues offered)
    {
        foreach (var name in Names(offered))
        {
            if (name.StartsWith(KeyPrefix, StringComparison.OrdinalIgnoreCase)) return name.AsSpan(KeyPrefix.Length);
        }
        return default;
    }

    /// <summary>What goes on to the provider, comma-separated: the client's list without key and account. Empty = nothing.</summary>
    public static string Forwarded(StringValues offered) =>
        string.Join(", ", Names(offered).Where(static name => !_accounts.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))));

    // RFC 9110 section 5.6.2 tokens alone: whatever else stands there must not reach another header's line.
    private static IEnumerable<string> Names(StringValues offered) =>
        offered.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(static name => name.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0);
}
