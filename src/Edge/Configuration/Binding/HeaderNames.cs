using System.Buffers;

namespace Edge.Configuration;

/// <summary>Names of headers that a configuration may add (RFC 9110, section 5.6.2: <c>token</c>).</summary>
internal static class HeaderNames
{
    private static readonly SearchValues<char> _token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // These frame the message or name the connection's ends; the gateway writes them, and a second one is how requests are smuggled.
    private static readonly string[] _ours =
    [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "proxy-connection",
        "expect", "content-encoding",
    ];

    /// <summary>What is wrong with a name; null = nothing.</summary>
    public static string? Check(string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(_token)) return "is not the name of a header";
        return _ours.Contains(name.ToLowerInvariant()) ? $"is written by the gateway itself; not allowed: {string.Join(", ", _ours)}" : null;
    }
}
