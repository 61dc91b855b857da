using Edge.Simd.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Passwords by the name before them (<c>password=...</c>, <c>"pwd": "..."</c>, <c>curl -u user:...</c>), whatever they look like.</summary>
internal static class PasswordDetector
{
    public static void Detect(ref PiiScan scan, int at, bool colon)
    {
        // The name ends before spaces and one quote.
        var end = at;
        if (!MayName(scan[at - 2], scan[at - 1]) && !(colon && scan[at + 1] > ' ' && Secrets.IsToken(scan[at - 1]))) return;
        while (at - end < 3 && scan[end - 1] is (byte)' ' or (byte)'"' or (byte)'\'') end--;
        var start = end;
        while (end - start < 40 && Secrets.IsToken(scan[start - 1])) start--;
        if (start == end && !colon) return;
        var named = IsPasswordName(scan.Text[start..end]);
        if (!named && !colon && scan.Text[start..end].SequenceEqual("value"u8))
        {
            var before = start;
            while (start - before < 3 && scan[before - 1] is (byte)' ' or (byte)'"') before--;
            var name = before;
            while (before - name < 40 && Secrets.IsToken(scan[name - 1])) name--;
            named = IsPasswordName(scan.Text[name..before]);
        }
        var curl = !named && colon && end == at && IsUserOption(ref scan, start);
        if (!named && !curl) return;

        var value = at + 1;
        while (value - at < 4 && scan[value] is (byte)' ' or (byte)'=' or (byte)'>') value++;
        var quote = scan[value] is (byte)'"' or (byte)'\'' or (byte)'`' ? scan[value++] : (byte)0;
        var stop = value;
        while (stop - value < 128 && scan[stop] > ' ' && scan[stop] != quote && scan[stop] is not ((byte)'"' or (byte)'\'' or (byte)',' or (byte)';' or (byte)'&' or (byte)'\\')) stop++;
        if (quote == 0)
        {
            while (stop > value && scan[stop - 1] is (byte)'.' or (byte)')' or (byte)'!' or (byte)'?') stop--;
        }
        var password = scan.Text[value..stop];
        if (password.Length is < 4 or >= 128 || IsNoPassword(password)) return;
        var mixed = password.IndexOfAnyExceptInRange((byte)'a', (byte)'z') >= 0;
        if (curl && password.Length < 6) return;
        scan.Add(value, stop, PiiEntity.Password, curl || quote != 0 || (mixed && password.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0) ? Confidence.InContext : Confidence.Possible);
    }

    // The last two bytes of every name below, of "value" before a '=', and a space or quote behind any of them: most colons of a text end here.
    private static bool MayName(byte first, byte second) => second switch
    {
        (byte)'d' or (byte)'D' => (first | 0x20) is 'r' or 'w',
        (byte)'e' or (byte)'E' => (first | 0x20) is 's' or 'u',
        (byte)'t' or (byte)'T' => (first | 0x20) is 'r',
        (byte)'y' or (byte)'Y' => (first | 0x20) is 'e',
        (byte)' ' or (byte)'"' or (byte)'\'' => true,
        _ => false,
    };

    private static bool IsPasswordName(ReadOnlySpan<byte> name)
    {
        Span<byte> folded = stackalloc byte[48];
        AsciiFold.ToLower(name, folded);
        ReadOnlySpan<byte> low = folded[..name.Length];
        return low.EndsWith("password"u8) || low.EndsWith("passwd"u8) || low.EndsWith("pwd"u8) || low.EndsWith("passphrase"u8) || low.EndsWith("passwort"u8) || low.EndsWith("accountkey"u8) || low.EndsWith("sharedaccesskey"u8);
    }

    private static bool IsUserOption(ref PiiScan scan, int start)
    {
        var at = start - 1;
        if (scan[at] is (byte)'"' or (byte)'\'') at--;
        while (scan[at] is (byte)' ' or (byte)'=' && start - at < 5) at--;
        return scan.Text[..(at + 1)] is var before && (before.EndsWith(" -u"u8) || before.EndsWith(" --user"u8));
    }

    private static bool IsNoPassword(ReadOnlySpan<byte> value)
    {
        if (Secrets.IsPlaceholder(value) && !(value.Length >= 8 && value.IndexOfAny("<>{}("u8) < 0 && value.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0 && value[0] is not ((byte)'$' or (byte)'*'))) return true;
        if (value[0] == '%' && value[^1] == '%') return true;
        if (value[0] is (byte)'$' or (byte)'<' or (byte)'{' || value.IndexOfAnyExcept(value[0]) < 0) return true;
        Span<byte> folded = stackalloc byte[128];
        AsciiFold.ToLower(value, folded);
        ReadOnlySpan<byte> low = folded[..value.Length];
        return low.SequenceEqual("null"u8) || low.SequenceEqual("none"u8) || low.SequenceEqual("true"u8) || low.SequenceEqual("false"u8) || low.SequenceEqual("password"u8) || low.SequenceEqual("string"u8)
            || low.SequenceEqual("undefined"u8) || low.SequenceEqual("test"u8) || low.SequenceEqual("passwd"u8);
    }
}
