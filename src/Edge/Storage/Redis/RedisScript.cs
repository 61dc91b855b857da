using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Edge.Storage.Redis;

/// <summary>A Lua script that Redis runs at once and whole. Sent by its hash; whole only to a server that does not know it. https://redis.io/docs/latest/develop/programmability/eval-intro/</summary>
public sealed class RedisScript
{
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "Redis names scripts so; nothing is secured by it.")]
    public RedisScript(string text)
    {
        Text = text;
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
    }

    public string Text { get; }

    /// <summary>20 bytes.</summary>
    internal byte[] Hash { get; }
}
