namespace Edge.Guard.Pii.Detectors;

/// <summary>Places on the globe: a pair of decimal degrees (<c>52.5200, 13.4050</c>; <c>40.71° N, 74.01° W</c>) or of degrees, minutes and seconds (ISO 6709, annex D).</summary>
internal static class GeoDetector
{
    // Three decimals are a street's length, 110 m; fewer are a town.
    private const int FewestDecimals = 3, SureDecimals = 4, MostDecimals = 15;

    private static readonly byte[][] _words = Shape.WordList(
        "lat|lon|lng|long|latitude|longitude|latitud|longitud|coordinate|coordinates|coords|coord|gps|geo|geolocation|location|located|position|koordinaten|standort|breite|länge|maps|waypoint");

    /// <summary>At the first digit of a decimal of at most three digits before the point.</summary>
    public static void Decimal(ref PiiScan scan, int at)
    {
        if (at < scan.LinkEnd) return;
        var start = at;
        if (scan[start - 1] is (byte)'-' or (byte)'+') start--;
        if (!scan.StartsWord(start) || scan[start - 1] is (byte)'.' or (byte)'-' or (byte)'/') return;
        if (!Degrees(ref scan, start, 90, out var end, out var decimals, out var letter)) return;
        // ", ", ",", " ", "; ", ", lon: ": what parts the two.
        var next = end;
        while (next - end < 2 && scan[next] is (byte)',' or (byte)' ' or (byte)';' or (byte)'/') next++;
        var named = false;
        if (char.IsAsciiLetter((char)scan[next]) || scan[next] is (byte)'"' or (byte)'\'')
        {
            named = SkipName(ref scan, ref next);
            if (!named) return;
        }
        else if (next == end) return;
        if (!Degrees(ref scan, next, 180, out end, out var otherDecimals, out var otherLetter) || letter != otherLetter) return;
        if (!scan.EndsWord(end) || (scan[end] is (byte)'.' or (byte)'-' && char.IsAsciiLetterOrDigit((char)scan[end + 1]))) return;
        scan.LinkEnd = end;
        if (letter || named || scan.HasContext(start, end, _words))
        {
            scan.Add(start, end, PiiEntity.GeoCoordinates, Confidence.InContext);
            return;
        }
        // Without a word they may be any two figures: more of them are a vector.
        if (decimals < SureDecimals || otherDecimals < SureDecimals || IsListed(ref scan, start, end)) return;
        scan.Add(start, end, PiiEntity.GeoCoordinates, scan.IsWhole(start, end) ? Confidence.Likely : Confidence.Default);
    }

    /// <summary>At the first digit of a number before a degree sign.</summary>
    public static void Degrees(ref PiiScan scan, int at)
    {
        if (at < scan.LinkEnd || !Sexagesimal(ref scan, at, 90, out var end)) return;
        var next = end;
        while (next - end < 3 && scan[next] is (byte)',' or (byte)' ' or (byte)';') next++;
        if (!Sexagesimal(ref scan, next, 180, out end)) return;
        scan.LinkEnd = end;
        scan.Add(at, end, PiiEntity.GeoCoordinates, Confidence.InContext);
    }

    // Sign, degrees, decimals, and perhaps "° N".
    private static bool Degrees(ref PiiScan scan, int at, int most, out int end, out int decimals, out bool letter)
    {
        (decimals, letter, end) = (0, false, at);
        if (scan[end] is (byte)'-' or (byte)'+') end++;
        var value = 0;
        var from = end;
        while (end - from < 4 && char.IsAsciiDigit((char)scan[end])) value = (value * 10) + scan[end++] - '0';
        if (end - from is 0 or > 3 || value > most || scan[end] != '.') return false;
        from = ++end;
        while (end - from <= MostDecimals && char.IsAsciiDigit((char)scan[end])) end++;
        decimals = end - from;
        var after = end;
        if (IsDegreeSign(ref scan, after)) after += 2;
        if (scan[after] == ' ') after++;
        if (IsCompass(scan[after]) && !char.IsAsciiLetterOrDigit((char)scan[after + 1]))
        {
            letter = true;
            end = after + 1;
        }
        return decimals is >= FewestDecimals and <= MostDecimals || (letter && decimals > 0);
    }

    // 52°31'12.5"N; minutes and seconds by apostrophes or by the primes that the text view folds to them.
    private static bool Sexagesimal(ref PiiScan scan, int at, int most, out int end)
    {
        end = at;
        if (!scan.StartsWord(at) || !Number(ref scan, ref end, most) || !IsDegreeSign(ref scan, end)) return false;
        end += 2;
        Skip(ref scan, ref end);
        if (!Number(ref scan, ref end, 59) || !Mark(ref scan, ref end, (byte)'\'', 0xB2)) return false;
        Skip(ref scan, ref end);
        if (char.IsAsciiDigit((char)scan[end]) && !(Number(ref scan, ref end, 59) && (Mark(ref scan, ref end, (byte)'"', 0xB3) || (Mark(ref scan, ref end, (byte)'\'', 0xB2) && Mark(ref scan, ref end, (byte)'\'', 0xB2))))) return false;
        Skip(ref scan, ref end);
        if (!IsCompass(scan[end]) || !scan.EndsWord(end + 1)) return false;
        end++;
        return true;
    }

    private static bool Number(ref PiiScan scan, ref int at, int most)
    {
        var value = 0;
        var from = at;
        while (at - from < 4 && char.IsAsciiDigit((char)scan[at])) value = (value * 10) + scan[at++] - '0';
        if (at - from is 0 or > 3 || value > most) return false;
        if (scan[at] != '.') return true;
        from = at++;
        while (at - from < 10 && char.IsAsciiDigit((char)scan[at])) at++;
        return true;
    }

    // The apostrophe or quote itself, or U+2032 and U+2033 in UTF-8.
    private static bool Mark(ref PiiScan scan, ref int at, byte mark, byte last)
    {
        var length = scan[at] == mark ? 1 : scan[at] == 0xE2 && scan[at + 1] == 0x80 && scan[at + 2] == last ? 3 : 0;
        at += length;
        return length > 0;
    }

    private static void Skip(ref PiiScan scan, ref int at)
    {
        if (scan[at] == ' ') at++;
    }

    private static bool SkipName(ref PiiScan scan, ref int at)
    {
        if (scan[at] is (byte)'"' or (byte)'\'') at++;
        var from = at;
        while (at - from < 10 && char.IsAsciiLetter((char)scan[at])) at++;
        if ((scan[from] | 0x20) != 'l' || (scan[from + 1] | 0x20) is not ('o' or 'n')) return false;
        for (var parts = 0; parts < 4 && scan[at] is (byte)'"' or (byte)'\'' or (byte)':' or (byte)'=' or (byte)' '; parts++) at++;
        return true;
    }

    private static bool IsListed(ref PiiScan scan, int start, int end)
    {
        var before = start - 1;
        while (start - before < 3 && scan[before] is (byte)' ' or (byte)',') before--;
        var after = end;
        while (after - end < 3 && scan[after] is (byte)' ' or (byte)',') after++;
        return (before < start - 1 && char.IsAsciiDigit((char)scan[before])) || (after > end && (char.IsAsciiDigit((char)scan[after]) || (scan[after] == '-' && char.IsAsciiDigit((char)scan[after + 1]))));
    }

    private static bool IsDegreeSign(ref PiiScan scan, int at) => scan[at] == 0xC2 && scan[at + 1] == 0xB0;

    private static bool IsCompass(byte b) => b is (byte)'N' or (byte)'S' or (byte)'E' or (byte)'W' or (byte)'O';
}
