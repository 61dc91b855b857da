using System.Security.Cryptography;
using System.Text;
using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Upstream;
using Microsoft.Extensions.Primitives;

namespace Edge.Auth;

/// <summary>Step 1: who is it? From the headers alone, so that a stranger's body is never read.</summary>
public static class AuthStage
{
    private const string Scheme = "Bearer ";

    /// <summary>True = the request may go on.</summary>
    public static bool Run(RequestContext context)
    {
        var keys = context.State.KeyHashes;
        context.Caller = context.State.Tenancy.Anonymous;
        context.Guard = context.Caller.Guard;
        if (keys.Count == 0) return true;
        var presented = Presented(context);
        if (presented.Length == 0) return context.Fail(ErrorCode.MissingApiKey);

        // Every key is compared, in constant time each: how long it takes says nothing about which keys exist.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(presented, hash);
        var known = -1;
        for (var i = 0; i < keys.Count; i++) known = CryptographicOperations.FixedTimeEquals(hash, keys[i]) ? i : known;
        if (known < 0) return context.Fail(ErrorCode.InvalidApiKey);
        context.Caller = context.State.Tenancy.ConfigKeys[known];
        context.Guard = context.Caller.Guard;
        return true;
    }

    /// <summary>How a key is kept in memory. Keys are random and long, so a plain hash is enough: there is no dictionary to try.</summary>
    public static byte[] Hash(string key)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Hash(key, hash);
        return hash;
    }

    private static void Hash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        var size = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> bytes = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(key, bytes)], hash);
    }

    // OpenAI's SDKs send a bearer token, Anthropic's x-api-key, Azure's api-key.
    private static ReadOnlySpan<char> Presented(RequestContext context)
    {
        var headers = context.Request.Headers;
        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return authorization.AsSpan(Scheme.Length).Trim();
        if (headers.TryGetValue("x-api-key", out StringValues key) || headers.TryGetValue("api-key", out key)) return key.ToString().AsSpan().Trim();
        // A browser's WebSocket can set no header.
        return context.Operation == Operation.Realtime ? WebSocketProtocols.KeyOf(headers.SecWebSocketProtocol) : default;
    }
}
