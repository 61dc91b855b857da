using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Edge.Auth;

/// <summary>The keys of an issuer at one time: those of a JWKS document (RFC 7517) that can check signatures. Immutable.</summary>
internal sealed class JwtKeySet
{
    private const int MaxKeys = 100;

    private readonly List<(JsonWebKey? Web, SecurityKey Key)> _keys = [];
    private readonly byte[] _source;

    private JwtKeySet(ReadOnlySpan<byte> source) => _source = source.ToArray();

    public int Count => _keys.Count;

    /// <summary>They were read from the same bytes.</summary>
    public bool IsOf(ReadOnlySpan<byte> source) => source.SequenceEqual(_source);

    /// <summary>Of a secret that is shared.</summary>
    public static JwtKeySet OfSecret(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        var set = new JwtKeySet(bytes);
        set._keys.Add((null, new SymmetricSecurityKey(bytes)));
        return set;
    }

    /// <summary>Reads a document. Keys of other kinds and uses are passed over: sets hold keys for encryption too.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="set">Holds one key at least.</param>
    /// <returns>What is wrong; null = nothing.</returns>
    public static string? TryRead(ReadOnlySpan<byte> json, out JwtKeySet set)
    {
        set = new JwtKeySet(json);
        try
        {
            // The library's own exceptions quote the document.
            var document = new JsonWebKeySet(Encoding.UTF8.GetString(json)) { SkipUnresolvedJsonWebKeys = true };
            foreach (var key in document.Keys.Take(MaxKeys))
            {
                // A secret in a public document would be one that everybody has; a private key is used as the public one that it holds.
                if (key.Kty is not (JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve) || key.Use is not (null or "" or "sig")) continue;
                if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA ? key.KeySize < 2048 : key.KeySize is not (256 or 384 or 521)) continue;
                set._keys.Add((key, key));
            }
        }
        catch (Exception e) when (e is ArgumentException or JsonException or FormatException or NotSupportedException or System.Security.Cryptography.CryptographicException or SecurityTokenException)
        {
            return "is no JWKS document";
        }
        return set._keys.Count > 0 ? null : "holds no key that can check a signature; needed: RSA of 2048 bits or more, or EC";
    }

    /// <summary>The key that a token names; null = none of these.</summary>
    /// <param name="kid">Null = the token names none: then the only one that fits counts.</param>
    /// <param name="algorithm">Of the token; was found to be allowed.</param>
    public SecurityKey? Find(string? kid, string algorithm)
    {
        SecurityKey? found = null;
        foreach (var (web, key) in _keys)
        {
            if (!Fits(web, algorithm)) continue;
            if (web is not null && kid is not null && web.Kid != kid) continue;
            if (found is not null && kid is null) return null;
            found ??= key;
        }
        return found;
    }

    // What a key is for is the key's word, never the token's: a public key checks no HMAC.
    private static bool Fits(JsonWebKey? key, string algorithm)
    {
        if (key is null) return algorithm.StartsWith("HS", StringComparison.Ordinal);
        if (!string.IsNullOrEmpty(key.Alg) && key.Alg != algorithm) return false;
        if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA) return algorithm.StartsWith("RS", StringComparison.Ordinal) || algorithm.StartsWith("PS", StringComparison.Ordinal);
        return algorithm == (key.KeySize switch { 256 => "ES256", 384 => "ES384", _ => "ES512" });
    }
}
