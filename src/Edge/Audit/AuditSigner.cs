using System.Security.Cryptography;
using System.Text;

namespace Edge.Audit;

/// <summary>Signs what closes a chain, and checks it: ECDSA over P-256 with SHA-256 (a PEM key; the public one is enough to check), or HMAC-SHA256 (any other file of at least 32 bytes).</summary>
public sealed class AuditSigner : IDisposable
{
    private const int LeastKeyBytes = 32;
    private const string Hmac = "hmac-sha256:";
    private const string Ecdsa = "es256:";

    private readonly byte[]? _key;
    private readonly ECDsa? _ecdsa;

    private AuditSigner(byte[]? key, ECDsa? ecdsa) => (_key, _ecdsa) = (key, ecdsa);

    /// <summary>Reads a key file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="CryptographicException">It holds no usable key.</exception>
    public static AuditSigner Load(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var text = Encoding.Latin1.GetString(bytes);
        if (!text.Contains("-----BEGIN ", StringComparison.Ordinal))
        {
            return bytes.Length >= LeastKeyBytes ? new(bytes, null) : throw new CryptographicException($"The key in '{path}' has {bytes.Length} bytes; allowed: at least {LeastKeyBytes}, or a PEM file with an EC key.");
        }
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportFromPem(text);
            return new(null, ecdsa);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            ecdsa.Dispose();
            throw new CryptographicException($"'{path}' holds no EC key that can be used: {e.Message}", e);
        }
    }

    /// <exception cref="CryptographicException">The key is a public one.</exception>
    public string Sign(ReadOnlySpan<byte> data) => _key is not null
        ? Hmac + Convert.ToHexStringLower(HMACSHA256.HashData(_key, data))
        : Ecdsa + Convert.ToBase64String(_ecdsa!.SignData(data, HashAlgorithmName.SHA256));

    public bool Verify(ReadOnlySpan<byte> data, string signature)
    {
        if (_key is not null)
        {
            return signature.StartsWith(Hmac, StringComparison.Ordinal)
                && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(Hmac + Convert.ToHexStringLower(HMACSHA256.HashData(_key, data))));
        }
        if (!signature.StartsWith(Ecdsa, StringComparison.Ordinal)) return false;
        var bytes = new byte[signature.Length];
        return Convert.TryFromBase64String(signature[Ecdsa.Length..], bytes, out var length) && _ecdsa!.VerifyData(data, bytes.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    public void Dispose() => _ecdsa?.Dispose();
}
