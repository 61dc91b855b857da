using System.Buffers;
using Edge.Simd.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>
/// Keys and tokens: by their provider's prefix, by form (JSON web tokens, bot tokens), or, where neither is there, by high entropy beside a name such as
/// <c>api_key</c> (<c>X_TOKEN = "..."</c>, <c>"secret": "..."</c>).
/// </summary>
internal static class TokenDetector
{
    // Long enough for any key and short enough for no blob.
    private const int LongestValue = 256;

    private static readonly byte[][] _nameParts = Shape.WordList("token|secret|apikey|api_key|api-key|api.key|accesskey|access_key|access-key|auth|credential|passwd|password|_session|sessionid|_key|-key|privatekey|enterprise__contribsys|gems__contribsys|apikey");

    // What is at least so long without a break is the text of something binary (an image as data: URL, a certificate), and holds no number or name that a person wrote.
    private const int ShortestBlob = 256;

    private static readonly SearchValues<byte> _base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="u8);
    private static readonly SearchValues<byte> _base64Marks = SearchValues.Create("+/-_="u8);

    // Shorter ones are no secrets, but for the number before the colon of a bot's token.
    private const int Shortest = 8;

    /// <summary>Whether what begins with a number may be long enough, or goes on as base64 or a bot's token does.</summary>
    public static bool Wants(ref PiiScan scan, in NumberRun number)
    {
        if (number.At < scan.TokenEnd) return false;
        if (number.Digits >= Shortest || Secrets.IsToken(number.Before) || number.Next is (byte)'+' or (byte)'/' or (byte)':') return true;
        for (var at = number.End; at < number.At + Shortest; at++)
        {
            if (Secrets.IsToken(scan[at])) continue;
            if (scan[at] is (byte)'+' or (byte)'/' or (byte)':' or (byte)'|') return true;
            // Its other figures need no look.
            scan.TokenEnd = at;
            return false;
        }
        return true;
    }

    /// <summary>Looks at the token around the first digit in it; at its later digits no more.</summary>
    public static void AtNumber(ref PiiScan scan, int at)
    {
        if (at < scan.TokenEnd) return;
        var start = at;
        while (start > scan.TokenEnd && Secrets.IsToken(scan[start - 1])) start--;
        // "\n" of a JSON or C string glues its letter to what follows.
        if (scan[start - 1] == '\\' && scan[start] is (byte)'n' or (byte)'r' or (byte)'t') start++;
        var end = Math.Max(start, at);
        while (Secrets.IsToken(scan[end])) end++;
        scan.TokenEnd = end;
        if ((end - start >= 36 || scan[end] is (byte)':' or (byte)'|') && ByForm(ref scan, start, end)) return;
        if (end - start is 33 or 34 && scan[start] is (byte)'L' or (byte)'M') CryptoDetector.DetectLitecoin(ref scan, start, end);
        // A number of prose.
        if (end - start >= Shortest)
        {
            foreach (ref readonly var entry in TokenPrefixes.StartingWith(scan[start]))
            {
                if (ByPrefix(ref scan, entry, start)) return;
            }
        }
        if ((end - start >= 64 || scan[end] is (byte)'+' or (byte)'/' || scan[start - 1] is (byte)'+' or (byte)'/') && IsBlob(ref scan, start)) return;
        if (end - start >= Shortest) ByName(ref scan, start);
    }

    /// <summary>Looks for a prefix that ends in the underscore: the token behind it may have no digit.</summary>
    public static void AtUnderscore(ref PiiScan scan, int at)
    {
        if (at < scan.TokenEnd || at < scan.BlobEnd) return;
        foreach (ref readonly var entry in TokenPrefixes.WithUnderscore(scan[at - 2], scan[at - 1]))
        {
            var start = at - entry.Underscore;
            if (start < 0 || (Secrets.IsToken(scan[start - 1]) && !(scan[start - 2] == '\\' && scan[start - 1] is (byte)'n' or (byte)'r' or (byte)'t'))) continue;
            if (ByPrefix(ref scan, entry, start)) return;
        }
    }

    private static bool IsBlob(ref PiiScan scan, int start)
    {
        if (start < scan.RunEnd) return false;
        var run = scan.Text[start..].IndexOfAnyExcept(_base64);
        var end = run < 0 ? scan.Text.Length : start + run;
        scan.RunEnd = end;
        if (end - start < ShortestBlob) return false;
        // Four of the 64 digits or fewer are no letters or figures: a path or a list of identifiers has more.
        var marks = 0;
        foreach (var b in scan.Text.Slice(start, ShortestBlob))
        {
            if (_base64Marks.Contains(b)) marks++;
        }
        if (marks > ShortestBlob / 10) return false;
        scan.BlobEnd = end;
        return true;
    }

    private static bool ByPrefix(ref PiiScan scan, in TokenPrefixes.Entry entry, int start)
    {
        if (!scan.Text[start..].StartsWith(entry.Prefix)) return false;
        var body = start + entry.Prefix.Length;
        var stop = body;
        while (stop - body <= entry.Max && (entry.Hex ? char.IsAsciiHexDigit((char)scan[stop]) || scan[stop] is (byte)'-' or (byte)'_' : Secrets.IsToken(scan[stop]) || scan[stop] is (byte)'=' or (byte)'+' or (byte)'/' or (byte)'%')) stop++;
        while (stop > body && scan[stop - 1] is (byte)'.' or (byte)'/') stop--;
        if (stop - body > entry.Max && stop - body > 512)
        {
            // A blob, which must not be gone over again from each of its tokens.
            scan.TokenEnd = Math.Max(scan.TokenEnd, stop);
            return false;
        }
        // What goes on with marks is a masked one.
        if (stop - body < entry.Min || stop - body > entry.Max || !scan.EndsWord(stop) || scan[stop] is (byte)'#' or (byte)'*') return false;
        var value = scan.Text[body..stop];
        // A long prefix with the right length behind it says enough by itself.
        if (entry.Prefix.Length < 12)
        {
            var entropy = Secrets.Entropy(value);
            if (entropy < (value.IndexOfAnyInRange((byte)'0', (byte)'9') < 0 ? 3.8 : entry.Prefix.Length < 4 ? 3.3 : 2.5) || Secrets.IsPlaceholder(value)) return false;
        }
        // Anthropic's keys end in AA, and are no shorter key of the general form.
        if (entry.Prefix.AsSpan().StartsWith("sk-ant-"u8) ? !value.EndsWith("AA"u8) : entry.Prefix.AsSpan().SequenceEqual("sk-"u8) && value.StartsWith("ant-"u8)) return false;
        scan.Add(start, stop, PiiEntity.ApiKey, Confidence.Certain);
        scan.TokenEnd = Math.Max(scan.TokenEnd, stop);
        return true;
    }

    private static bool ByForm(ref PiiScan scan, int start, int end)
    {
        var token = scan.Text[start..end];
        // {"alg... in base64: header, payload, signature (RFC 7519); the signature of an unsecured one is empty.
        if (token.StartsWith("eyJ"u8) && token.Length >= 36 && token.Count((byte)'.') is 2 or 4)
        {
            scan.Add(start, end, PiiEntity.JsonWebToken, Confidence.Certain);
            return true;
        }
        if (IsAirtable(token) || IsDiscord(token))
        {
            scan.Add(start, end, PiiEntity.ApiKey, Confidence.Certain);
            return true;
        }
        // Azure AD client secrets have "Q~" as fifth and sixth byte.
        if (token.Length is >= 37 and <= 40 && token[4] == 'Q' && token[5] == '~' && char.IsAsciiDigit((char)token[3]) && Secrets.Entropy(token) > 3)
        {
            scan.Add(start, end, PiiEntity.ApiKey, Confidence.Certain);
            return true;
        }
        // Telegram's bot tokens: the bot's number, a colon, 35 bytes of which the first is an A.
        if (token.Length is >= 5 and <= 16 && scan[end] == ':' && scan[end + 1] == 'A' && CheckDigits.AllDigits(token))
        {
            var stop = end + 1;
            while (stop - end < 40 && (char.IsAsciiLetterOrDigit((char)scan[stop]) || scan[stop] is (byte)'_' or (byte)'-')) stop++;
            if (stop - end == 36 && scan.EndsWord(stop) && Secrets.Entropy(scan.Text[end..stop]) > 3)
            {
                scan.Add(start, stop, PiiEntity.ApiKey, Confidence.Certain);
                return true;
            }
        }
        // Facebook's application tokens: the application's number, a bar, 27 bytes.
        if (token.Length is 15 or 16 && scan[end] == '|' && CheckDigits.AllDigits(token))
        {
            var stop = end + 1;
            while (stop - end < 40 && (char.IsAsciiLetterOrDigit((char)scan[stop]) || scan[stop] is (byte)'_' or (byte)'-')) stop++;
            if (stop - end is 27 or 28 && Secrets.Entropy(scan.Text[end..stop]) > 3)
            {
                scan.Add(start, stop, PiiEntity.ApiKey, Confidence.Certain);
                return true;
            }
        }
        return false;
    }

    // "pat", 14 bytes, a point, 64 hexadecimal digits.
    private static bool IsAirtable(ReadOnlySpan<byte> token) => token.Length == 82 && token.StartsWith("pat"u8) && token[17] == '.' && CheckDigits.AllHex(token[18..]);

    // The bot's number in base64 (of three digits the first gives M, N or O), six bytes of time, 27 to 38 of signature.
    private static bool IsDiscord(ReadOnlySpan<byte> token)
    {
        var first = token.IndexOf((byte)'.');
        if (first is < 23 or > 28 || token.Length < first + 34 || token[first + 7] != '.' || token.Length - first - 8 is < 27 or > 38 || token[(first + 8)..].IndexOf((byte)'.') >= 0) return false;
        for (var i = 0; i < first; i += 4)
        {
            if (token[i] is not ((byte)'M' or (byte)'N' or (byte)'O')) return false;
        }
        return true;
    }

    private static void ByName(ref PiiScan scan, int start)
    {
        // The value goes on over what base64 and some providers use beside the token's alphabet.
        var end = start;
        while (end - start <= LongestValue && (Secrets.IsToken(scan[end]) || scan[end] is (byte)'+' or (byte)'/' or (byte)'=' or (byte)'|' or (byte)'%' or (byte)':')) end++;
        var first = start;
        while (start - first < 64 && (Secrets.IsToken(scan[first - 1]) || scan[first - 1] is (byte)'+' or (byte)'/')) first--;
        start = first;
        while (end > start && scan[end - 1] is (byte)'.' or (byte)':' or (byte)'|') end--;
        var length = end - start;
        if (length is < 10 or > LongestValue) return;
        var value = scan.Text[start..end];
        var assign = value.IndexOf((byte)'=');
        if (assign > 0 && assign < value.Length - 8 && value[..assign].IndexOfAnyInRange((byte)'0', (byte)'9') < 0)
        {
            // "NAME=value" of which the token is the whole.
            if (!IsSecretName(value[..assign]) || !IsRandom(value[(assign + 1)..])) return;
            scan.Add(start + assign + 1, end, PiiEntity.ApiKey, Confidence.InContext);
            scan.TokenEnd = Math.Max(scan.TokenEnd, end);
            return;
        }
        if (!HasSecretName(ref scan, start) || !IsRandom(value)) return;
        scan.Add(start, end, PiiEntity.ApiKey, Confidence.InContext);
        scan.TokenEnd = Math.Max(scan.TokenEnd, end);
    }

    private static bool IsRandom(ReadOnlySpan<byte> value)
    {
        if (value.IndexOfAnyInRange((byte)'0', (byte)'9') < 0) return false;
        var entropy = Secrets.Entropy(value);
        if (value.Length >= 17 && CheckDigits.AllDigits(value)) return entropy >= 2.3;
        // Sixteen distinct bytes have four bits; a word with a number has three or less.
        return entropy >= (value.Length >= 20 ? 3.0 : 2.8) && !Secrets.IsPlaceholder(value) && !IsReadable(value);
    }

    /// <summary>Words and figures, as in identifiers that people make up: "build-prod-1208358310", "clm2:ContentTypeName". Random text goes from one kind to another all the time.</summary>
    private static bool IsReadable(ReadOnlySpan<byte> value)
    {
        var changes = 0;
        var mixed = false;
        var (before, partStart) = (Kind(value[0]), 0);
        for (var i = 1; i <= value.Length; i++)
        {
            var kind = i < value.Length ? Kind(value[i]) : 0;
            // A part between marks that has letters and figures in turn, or is long: no word.
            if (kind == 0)
            {
                mixed |= IsMixed(value[partStart..i]);
                partStart = i + 1;
            }
            if (i < value.Length && kind != before && !(before == 3 && kind == 2)) changes++;
            before = kind;
        }
        return !mixed || changes * 6 < value.Length;
    }

    private static int Kind(byte b) => char.IsAsciiDigit((char)b) ? 1 : char.IsAsciiLetterLower((char)b) ? 2 : char.IsAsciiLetterUpper((char)b) ? 3 : 0;

    // Letters behind figures, or letters in both cases beyond a capital at the begin, or too long for a word: "v2", "Prod", "staging2", "1208358310" are not.
    private static bool IsMixed(ReadOnlySpan<byte> part)
    {
        if (part.Length > 20) return true;
        var (figures, capitals, small) = (false, 0, 0);
        foreach (var b in part)
        {
            var kind = Kind(b);
            if (kind == 1) figures = true;
            else if (figures) return part.Length > 3;
            else if (kind == 3) capitals++;
            else small++;
        }
        return capitals > 1 && small > 0;
    }

    /// <summary>Whether the name before the value says that it is a secret: name, then at least one of = : , &gt; ( and quotes or spaces.</summary>
    private static bool HasSecretName(ref PiiScan scan, int start)
    {
        var at = start - 1;
        var assigned = false;
        var limit = start - 60;
        for (; at >= 0 && at > limit; at--)
        {
            var b = scan[at];
            if (b is (byte)'=' or (byte)':' or (byte)',' or (byte)'>' or (byte)'(' or (byte)'?' or (byte)'|') assigned = true;
            else if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'"' or (byte)'\'' or (byte)'`' or (byte)'.' or (byte)'\\')) break;
        }
        // "var token string = ", "Authorization: Bearer ".
        for (var words = 0; words < 3; words++)
        {
            var end = at + 1;
            var from = end;
            while (end - from < 50 && Secrets.IsToken(scan[from - 1])) from--;
            if (from == end) return false;
            var name = scan.Text[from..end];
            if (assigned && IsSecretName(name)) return true;
            if (!(name.SequenceEqual("string"u8) || name.SequenceEqual("Bearer"u8) || name.SequenceEqual("Basic"u8) || name.SequenceEqual("value"u8) || name.SequenceEqual("Token"u8) || name.SequenceEqual("Api-Token"u8) || name.SequenceEqual("token"u8))) return false;
            at = from - 1;
            while (at >= 0 && at > limit && scan[at] is (byte)' ' or (byte)':' or (byte)'=' or (byte)'"' or (byte)'\'')
            {
                if (scan[at] is (byte)':' or (byte)'=') assigned = true;
                at--;
            }
        }
        return false;
    }

    internal static bool IsSecretName(ReadOnlySpan<byte> name)
    {
        Span<byte> folded = stackalloc byte[64];
        if (name.Length > folded.Length) name = name[^folded.Length..];
        AsciiFold.ToLower(name, folded);
        ReadOnlySpan<byte> low = folded[..name.Length];
        // What names a secret, or says where it is, holds none; a token against forged forms stands in every page.
        if (low.EndsWith("id"u8) || low.EndsWith("name"u8) || low.EndsWith("url"u8) || low.IndexOf("csrf"u8) >= 0 || low.IndexOf("authenticity"u8) >= 0 || low.EndsWith("file"u8) || low.EndsWith("path"u8)) return false;
        foreach (var part in _nameParts)
        {
            var found = low.IndexOf(part);
            // "tokens", "tokenizer", "author" are counts, tools and people.
            if (found >= 0 && !low[(found + part.Length)..].StartsWith("ize"u8) && !low[found..].StartsWith("author"u8) && !(low[found..].StartsWith("tokens"u8) && part.Length == 5)) return true;
            if (found >= 0 && low[found..].StartsWith("authoriz"u8)) return true;
        }
        return low.EndsWith("key"u8) && low.Length > 3 && low.StartsWith("api"u8);
    }
}
