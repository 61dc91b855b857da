using Edge.Simd.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Passwords by the name before them (<c>password=...</c>, <c>"pwd": "..."</c>, <c>curl -u user:...</c>) or in a sentence (<c>the password is ...</c>), whatever they look like.</summary>
internal static class PasswordDetector
{
    // Behind "is": how hashes and formats are called.
    private static readonly byte[][] _formats = Shape.WordList("sha1|sha2|sha3|sha5|sha-|md4|md5|base64|base32|base58|utf|argon|pbkdf|aes|rsa|rot13|pkcs|scrypt|bcrypt|ascii|oauth|http|ipv");

    public static void Detect(ref PiiScan scan, int at, bool colon)
    {
        if (!MayName(scan[at - 2], scan[at - 1]) && !(colon && scan[at + 1] > ' ' && Secrets.IsToken(scan[at - 1]))) return;
        // The name ends before spaces and one quote.
        var end = SkipBack(ref scan, at);
        var start = WordStart(ref scan, end);
        if (start == end && !colon) return;
        var name = scan.Text[start..end];
        var named = IsPasswordName(name);
        var weak = !named && IsPass(name);
        if (!named && !weak && (colon ? name.SequenceEqual("is"u8) || name.SequenceEqual("ist"u8) : name.SequenceEqual("value"u8)))
        {
            var before = SkipBack(ref scan, start);
            named = IsPasswordName(scan.Text[WordStart(ref scan, before)..before]);
        }
        var curl = !named && !weak && colon && end == at && IsUserOption(ref scan, start);
        if (!named && !weak && !curl) return;

        var value = at + 1;
        while (value - at < 16 && scan[value] is (byte)' ' or (byte)'\t' || (value - at < 4 && scan[value] is (byte)'=' or (byte)'>')) value++;
        // The quote of curl's option is before the user's name.
        var quote = curl && scan[start - 1] is (byte)'"' or (byte)'\'' ? scan[start - 1] : (byte)0;
        var escaped = quote == 0 && scan[value] == '\\' && scan[value + 1] is (byte)'"' or (byte)'\'';
        if (quote == 0 && (escaped || scan[value] is (byte)'"' or (byte)'\'' or (byte)'`'))
        {
            if (escaped) value++;
            quote = scan[value++];
        }
        var stop = quote != 0 ? PasswordValue.Quoted(ref scan, value, quote, escaped) : -1;
        if (stop < 0)
        {
            quote = 0;
            stop = PasswordValue.Unquoted(ref scan, value, colon && !curl, scan[start - 1] is (byte)'?' or (byte)'&' || curl);
        }
        var password = scan.Text[value..stop];
        if (password.Length is < 4 or >= PasswordValue.MaxLength || PasswordValue.IsNone(password)) return;
        var digit = PasswordValue.HasDigit(password);
        if (curl && password.Length < 6) return;
        // "pass: 12" is the result of a test.
        if (weak && quote == 0 && !(digit && PasswordValue.HasLetter(password) && password.Length >= 6 && password.IndexOfAny("/("u8) < 0)) return;
        scan.Add(value, stop, PiiEntity.Password, Sure(ref scan, value, stop, curl || quote != 0 || digit));
    }

    /// <summary>"The password is Tr0ub4dor": at a number, with the word that it is in.</summary>
    public static void BehindIs(ref PiiScan scan, int at)
    {
        var start = at;
        while (at - start < 32 && scan[start - 1] > ' ') start--;
        // " is ", " ist ".
        if (scan[start - 1] != ' ' || (scan[start - 2] | 0x20) is not ('s' or 't')) return;
        var end = start - 2;
        if (scan[end] == 't') end--;
        if (scan[end] != 's' || (scan[end - 1] | 0x20) != 'i' || scan[end - 2] != ' ' || start - end > 3) return;
        end -= 2;
        // The name, or the name and what it is for: "the password for the wiki is".
        var named = false;
        for (var words = 0; words < 5 && !named; words++)
        {
            var from = WordStart(ref scan, end);
            if (from == end) return;
            named = IsPasswordName(scan.Text[from..end]);
            if (scan[from - 1] != ' ') break;
            end = from - 1;
        }
        if (!named) return;
        var quote = scan[start] is (byte)'"' or (byte)'\'' or (byte)'`' ? scan[start++] : (byte)0;
        var stop = quote != 0 ? PasswordValue.Quoted(ref scan, start, quote, escaped: false) : -1;
        if (stop < 0) stop = PasswordValue.Unquoted(ref scan, start, colon: true, query: false);
        var password = scan.Text[start..Math.Max(start, stop)];
        if (password.Length is < 6 or >= PasswordValue.MaxLength || PasswordValue.IsNone(password) || !PasswordValue.HasDigit(password)) return;
        // "is 12-character", "is 30days": a number with its unit.
        if (quote == 0 && char.IsAsciiDigit((char)password[0]) && password.TrimStart("0123456789-"u8) is var rest && (rest.IsEmpty ? password.Length > 12 : rest.IndexOfAnyExceptInRange((byte)'a', (byte)'z') < 0)) return;
        Span<byte> folded = stackalloc byte[8];
        AsciiFold.ToLower(password[..Math.Min(8, password.Length)], folded);
        foreach (var format in _formats)
        {
            if (quote == 0 && folded.StartsWith(format)) return;
        }
        scan.Add(start, stop, PiiEntity.Password, Confidence.InContext);
    }

    // What is found in a password (an address, a number) must not win over the whole of it.
    private static byte Sure(ref PiiScan scan, int value, int stop, bool sure) =>
        !sure ? Confidence.Possible : scan.Text[value..stop].IndexOf("://"u8) < 0 ? Confidence.Certain : Confidence.InContext;

    private static int SkipBack(ref PiiScan scan, int at)
    {
        var end = at;
        while (at - end < 8 && scan[end - 1] is (byte)' ' or (byte)'\t' or (byte)'"' or (byte)'\'' or (byte)'`' or (byte)'\\') end--;
        return end;
    }

    private static int WordStart(ref PiiScan scan, int end)
    {
        var start = end;
        while (end - start < 40 && Secrets.IsToken(scan[start - 1])) start--;
        return start;
    }

    // The last two bytes of every name below, of "value" before a '=', and a space or quote behind any of them: most colons of a text end here.
    private static bool MayName(byte first, byte second) => second switch
    {
        (byte)'d' or (byte)'D' => (first | 0x20) is 'r' or 'w',
        (byte)'e' or (byte)'E' => (first | 0x20) is 's' or 'u' or 'd',
        (byte)'t' or (byte)'T' => (first | 0x20) is 'r' or 's',
        (byte)'s' or (byte)'S' => (first | 0x20) is 's' or 'i',
        (byte)'y' or (byte)'Y' => (first | 0x20) is 'e',
        (byte)' ' or (byte)'\t' or (byte)'"' or (byte)'\'' or (byte)'`' => true,
        _ => false,
    };

    private static bool IsPasswordName(ReadOnlySpan<byte> name)
    {
        Span<byte> folded = stackalloc byte[48];
        AsciiFold.ToLower(name, folded);
        ReadOnlySpan<byte> low = folded[..name.Length];
        return low.EndsWith("password"u8) || low.EndsWith("passwd"u8) || low.EndsWith("pwd"u8) || low.EndsWith("passphrase"u8) || low.EndsWith("passwort"u8) || low.EndsWith("kennwort"u8) || low.EndsWith("passcode"u8) || low.EndsWith("accountkey"u8) || low.EndsWith("sharedaccesskey"u8);
    }

    private static bool IsUserOption(ref PiiScan scan, int start)
    {
        var at = start - 1;
        if (scan[at] is (byte)'"' or (byte)'\'') at--;
        while (scan[at] is (byte)' ' or (byte)'=' && start - at < 5) at--;
        return scan.Text[..(at + 1)] is var before && (before.EndsWith(" -u"u8) || before.EndsWith(" --user"u8));
    }

    // "PASS:" is a test's.
    private static bool IsPass(ReadOnlySpan<byte> name) => (name.EndsWith("pass"u8) && (name.Length == 4 || name[^5] is (byte)'_' or (byte)'-' or (byte)'.')) || name.SequenceEqual("Pass"u8) || name.EndsWith("_PASS"u8);
}
