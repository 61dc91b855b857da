using System.Buffers;
using Edge.Providers.Dialects;

namespace Edge.Providers.Wire;

/// <summary>The canonical forms of a path and a query. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request</summary>
internal static class SigV4Encoding
{
    private static readonly SearchValues<byte> _unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    /// <summary>The path without empty segments and dots (RFC 3986, section 5.2.4), each segment encoded (once more, where it is encoded).</summary>
    public static void Path(ReadOnlySpan<byte> path, ByteBuffer output)
    {
        var start = output.Length;
        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            if (segment.IsEmpty || segment.SequenceEqual("."u8)) continue;
            if (segment.SequenceEqual(".."u8))
            {
                // An encoded segment holds no slash, so the last one is its beginning.
                output.Truncate(start + Math.Max(output.Span[start..].LastIndexOf((byte)'/'), 0));
                continue;
            }
            output.Append("/"u8);
            Encode(segment, output);
        }
        if (output.Length == start || path.EndsWith("/"u8) || path.EndsWith("/."u8)) output.Append("/"u8);
    }

    /// <summary>The parameters by name and value, both encoded; a name without a value gets an equals sign.</summary>
    public static void Query(ReadOnlySpan<byte> query, ByteBuffer output)
    {
        if (query.IsEmpty) return;
        // Allocates freely: no request of chat has a query.
        var pairs = new List<(byte[] Name, byte[] Value)>();
        foreach (var range in query.Split((byte)'&'))
        {
            var pair = query[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            pairs.Add((Reencoded(equals < 0 ? pair : pair[..equals]), Reencoded(equals < 0 ? default : pair[(equals + 1)..])));
        }
        pairs.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name) is not 0 and var byName ? byName : a.Value.AsSpan().SequenceCompareTo(b.Value));
        for (var i = 0; i < pairs.Count; i++)
        {
            if (i > 0) output.Append("&"u8);
            output.Append(pairs[i].Name);
            output.Append("="u8);
            output.Append(pairs[i].Value);
        }
    }

    // Other than the path, the query is signed as what it says: escapes are resolved before it is encoded.
    private static byte[] Reencoded(ReadOnlySpan<byte> text)
    {
        var plain = new ByteBuffer();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                plain.Append([(byte)((FromHex(text[i + 1]) << 4) | FromHex(text[i + 2]))]);
                i += 2;
                continue;
            }
            plain.Append(text.Slice(i, 1));
        }
        var encoded = new ByteBuffer();
        Encode(plain.Span, encoded);
        return encoded.Span.ToArray();
    }

    private static void Encode(ReadOnlySpan<byte> text, ByteBuffer output)
    {
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAnyExcept(_unreserved);
            if (plain < 0) plain = text.Length;
            output.Append(text[..plain]);
            if (plain == text.Length) return;
            var b = text[plain];
            output.Append([(byte)'%', "0123456789ABCDEF"u8[b >> 4], "0123456789ABCDEF"u8[b & 15]]);
            text = text[(plain + 1)..];
        }
    }

    private static int FromHex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
