using System.Security.Cryptography;
using System.Text;

namespace Edge.Auth;

/// <summary>SHA-256 of a long random text, where a hash that is the same in every process is wanted and none is kept anywhere.</summary>
public static class PlainHash
{
    public static byte[] Of(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
