using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Edge.Tenancy;

namespace Edge.Auth;

/// <summary>
/// Checks tokens, and knows those again that it has checked: of a token that comes again only the hash is made. What is known is bounded and ends with the token, with its issuer's keys, and with
/// a change of the issuer's configuration. Any thread.
/// </summary>
internal sealed class JwtTokens
{
    /// <summary>The longest token, in characters.</summary>
    public const int MaxLength = 16 * 1024;

    // Two generations of so many: what was used since the last turn stays.
    private const int Most = 8192;

    private readonly TimeProvider _time;
    private volatile ConcurrentDictionary<UInt128, VerifiedToken> _young = new();
    private volatile ConcurrentDictionary<UInt128, VerifiedToken> _old = new();
    private int _count;

    public JwtTokens(TimeProvider time) => _time = time;

    /// <summary>It looks like one: three parts, the first of which is an object.</summary>
    public static bool IsToken(ReadOnlySpan<char> presented)
    {
        // {" in base64url.
        if (!presented.StartsWith("eyJ", StringComparison.Ordinal)) return false;
        var dot = presented.IndexOf('.');
        return dot > 0 && presented[(dot + 1)..].Contains('.');
    }

    /// <summary>A token that was checked before and is still good; null = it must be checked. Allocates nothing.</summary>
    public VerifiedToken? Known(TenancySnapshot tenancy, ReadOnlySpan<char> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!TryHash(token, hash)) return null;
        var place = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        if (!_young.TryGetValue(place, out var known))
        {
            if (!_old.TryGetValue(place, out known)) return null;
            Keep(place, known);
        }
        if (!known.Hash.AsSpan().SequenceEqual(hash) || known.Keys != known.Issuer.Source.Current || known.Until <= _time.GetUtcNow()) return null;
        foreach (var issuer in tenancy.Issuers)
        {
            if (ReferenceEquals(issuer.Config, known.Issuer.Config)) return known;
        }
        return null;
    }

    /// <summary>Checks a token.</summary>
    /// <param name="tenancy">Whose issuers count.</param>
    /// <param name="text">The token.</param>
    /// <returns>The token, or what is wrong; neither = nobody can tell now, because the issuer's keys have never come.</returns>
    public async ValueTask<(VerifiedToken? Token, string? Problem)> VerifyAsync(TenancySnapshot tenancy, string text)
    {
        if (JwtIssuer.Read(text) is not { } token) return (null, "it has not the form of one");
        var name = JwtIssuer.IssuerOf(token);
        var issuer = Array.Find(tenancy.Issuers, issuer => issuer.Config.Issuer == name);
        if (issuer is null) return (null, "its issuer is not known to this gateway");
        if (issuer.CheckClaims(token, _time.GetUtcNow()) is { } problem) return (null, problem);
        var kid = JwtIssuer.KidOf(token);
        var algorithm = token.Header.GetProperty("alg").GetString()!;
        var keys = issuer.Source.Current;
        if (keys?.Find(kid, algorithm) is not { } key)
        {
            // Keys change: it may be new.
            await issuer.Source.RefreshAsync();
            keys = issuer.Source.Current;
            if (keys is null) return (null, null);
            if (keys.Find(kid, algorithm) is not { } fresh) return (null, "it is signed with a key that its issuer does not publish");
            key = fresh;
        }
        var hash = new byte[SHA256.HashSizeInBytes];
        if (!TryHash(text, hash)) return (null, "it has not the form of one");
        var (verified, wrong) = await issuer.VerifyAsync(token, text, hash, keys!, key);
        if (verified is not null) Keep(BinaryPrimitives.ReadUInt128LittleEndian(hash), verified);
        return (verified, wrong);
    }

    private void Keep(UInt128 place, VerifiedToken token)
    {
        _young[place] = token;
        // Counted here: asking the dictionary takes every one of its locks. Two threads at the turn drop a generation too many, which costs a signature each.
        if (Interlocked.Increment(ref _count) < Most) return;
        Volatile.Write(ref _count, 0);
        _old = _young;
        _young = new();
    }

    private static bool TryHash(ReadOnlySpan<char> token, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[4096];
        if (token.Length > MaxLength) return false;
        if (token.Length > bytes.Length) return TryHashLong(token, hash);
        // A token is ASCII; what is not is none.
        if (Ascii.FromUtf16(token, bytes, out var count) != System.Buffers.OperationStatus.Done) return false;
        SHA256.HashData(bytes[..count], hash);
        return true;
    }

    private static bool TryHashLong(ReadOnlySpan<char> token, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        if (Ascii.FromUtf16(token, bytes, out var count) != System.Buffers.OperationStatus.Done) return false;
        SHA256.HashData(bytes[..count], hash);
        return true;
    }
}
