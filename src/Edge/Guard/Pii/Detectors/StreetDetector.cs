using System.Buffers;
using Edge.Simd.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>
/// Street addresses without a name of a person: number and street in English (<c>1600 Main Street NW, Apt 4B, Springfield, IL 62704</c>; <c>221B Baker Street, London NW1 6XE</c>), street
/// and number in German (<c>Hauptstraße 5a, 10115 Berlin</c>), post-office boxes.
/// </summary>
internal static class StreetDetector
{
    private const int MaxWords = 6, MaxWord = 30;

    // Hardly anything else is called so; the weak ones are words of their own as well.
    private static readonly HashSet<string> _strong = Words("street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|parkway|pkwy|highway|hwy|crescent|terrace|cul-de-sac");
    private static readonly HashSet<string> _weak = Words("drive|dr|court|ct|place|pl|square|sq|way|circle|cir|close|gardens|grove|mews|row|hill|walk|trail|trl|alley|loop|plaza|wharf|quay|gate|park|green|rise|view|ter");
    private static readonly HashSet<string> _directions = Words("n|s|e|w|ne|nw|se|sw|north|south|east|west");
    private static readonly HashSet<string> _units = Words("apt|apartment|suite|ste|unit|flat|floor|room|rm|building|bldg");
    private static readonly HashSet<string> _articles = Words("der|die|das|den|dem|am|an|im|auf|zu|zum|zur|vor|hinter");
    private static readonly HashSet<string> _links = Words("of|the|de|la|del|le|st|and|upon|on");

    private static readonly byte[][] _words = Shape.WordList(
        "address|addr|live|lives|living|lived|reside|resides|residing|residence|ship|shipped|deliver|delivered|mailing|home|house|located|moved|billing|wohne|wohnt|wohnhaft|wohnung|anschrift|adresse|lieferadresse|umgezogen");

    private static readonly SearchValues<byte> _mayOpen = SearchValues.Create(" \n\r\t(\"',>=:;|"u8);

    public static void Detect(ref PiiScan scan, in NumberRun number)
    {
        if (number.Digits > 5) return;
        if (number is { Digits: 5, Next: (byte)' ', Before: (byte)' ' or (byte)'\n' } && BeforePostcode(ref scan, number)) return;
        if (number.Before == ' ')
        {
            if (number.Digits <= 4 && MayBeGerman(number) && German(ref scan, number)) return;
            if (scan[number.At - 2] is (byte)'x' or (byte)'X' && Box(ref scan, number)) return;
        }
        if (number.Next == ' ' ? char.IsAsciiLetterUpper((char)number.After) || char.IsAsciiDigit((char)number.After) || number.After >= 0x80 || (char.IsAsciiLetterLower((char)number.After) && IsAfterAt(ref scan, number.At))
            : char.IsAsciiLetter((char)number.Next) && number.After == ' ')
        {
            English(ref scan, number);
        }
    }

    /// <summary>Whether a German street may end with the byte.</summary>
    public static bool MayBeGerman(byte last) => "e.rzgmt"u8.Contains(last);

    /// <summary>Whether a word behind which an address may be in lower case (at, to, is, a colon) ends with the byte.</summary>
    public static bool MayPrecedeLowerCase(byte last) => "tos:"u8.Contains(last);

    /// <summary>Whether the three bytes before the space end -straße, -strasse, -gasse, -allee, -str., -platz, -weg, -ring, -damm, -ufer, -markt.</summary>
    public static bool MayBeGerman(in NumberRun number) => (number.FourthBefore, number.ThirdBefore, number.SecondBefore) is
        (0xC3, 0x9F, (byte)'e') or ((byte)'s', (byte)'s', (byte)'e') or ((byte)'l' or (byte)'s', (byte)'e', (byte)'e') or ((byte)'t', (byte)'r', (byte)'.') or ((byte)'a', (byte)'t', (byte)'z')
        or ((byte)'w' or (byte)'W', (byte)'e', (byte)'g') or ((byte)'i', (byte)'n', (byte)'g') or ((byte)'a', (byte)'m', (byte)'m') or ((byte)'f', (byte)'e', (byte)'r') or ((byte)'r', (byte)'k', (byte)'t');

    // "I live at 12 baker street": in lower case only behind such a word.
    private static bool IsAfterAt(ref PiiScan scan, int at) =>
        scan[at - 1] == ' ' && (scan[at - 2] == ':' || (scan[at - 2], scan[at - 3]) is ((byte)'t', (byte)'a') or ((byte)'o', (byte)'t') or ((byte)'s', (byte)'i'));

    private static void English(ref PiiScan scan, in NumberRun number)
    {
        var start = number.At;
        if (scan[start - 1] == '-' && char.IsAsciiDigit((char)scan[start - 2]))
        {
            // "12-14 High Street".
            start--;
            while (number.At - start < 6 && char.IsAsciiDigit((char)scan[start - 1])) start--;
        }
        if (start > 0 && (!_mayOpen.Contains(scan[start - 1]) || (scan[start - 1] is (byte)',' or (byte)':' && char.IsAsciiDigit((char)scan[start - 2])))) return;
        var at = number.End + (char.IsAsciiLetter((char)number.Next) ? 2 : 1);
        var (end, strong) = (0, false);
        for (var words = 0; words < MaxWords; words++)
        {
            var length = Word(ref scan, at);
            if (length == 0) break;
            var word = scan.Text.Slice(at, length);
            var isStrong = Has(_strong, word);
            if (words > 0 && (isStrong || Has(_weak, word)))
            {
                end = at + length;
                strong |= isStrong;
            }
            else if (char.IsAsciiLetterLower((char)word[0]) && !Has(_links, word) && !IsAfterAt(ref scan, number.At)) break;
            at += length;
            if (scan[at] == '.' && scan[at + 1] == ' ') at++;
            if (scan[at] != ' ') break;
            at++;
        }
        if (end == 0) return;
        end = Direction(ref scan, end);
        end = Unit(ref scan, end);
        var sure = Town(ref scan, ref end);
        var confidence = sure || scan.HasContext(start, end, _words) ? Confidence.InContext
            : !strong ? Confidence.Possible
            : IsYear(ref scan, number) ? Confidence.Possible
            : Confidence.Likely;
        scan.Add(start, end, PiiEntity.StreetAddress, confidence);
    }

    // "in 2008 Wall Street": four digits of this time behind a word in lower case are no house.
    private static bool IsYear(ref PiiScan scan, in NumberRun number) =>
        number.Digits == 4 && scan[number.At] is (byte)'1' or (byte)'2' && scan[number.At + 1] is (byte)'9' or (byte)'0' && number.Before == ' ' && char.IsAsciiLetter((char)scan[number.At - 2]);

    private static int Direction(ref PiiScan scan, int end)
    {
        var at = end;
        if (scan[at] == '.') at++;
        if (scan[at] != ' ') return end;
        var length = Word(ref scan, at + 1);
        return length > 0 && char.IsAsciiLetterUpper((char)scan[at + 1]) && Has(_directions, scan.Text.Slice(at + 1, length)) ? at + 1 + length : end;
    }

    private static int Unit(ref PiiScan scan, int end)
    {
        var at = end;
        while (at - end < 3 && scan[at] is (byte)',' or (byte)' ' or (byte)'.') at++;
        if (at == end) return end;
        if (scan[at] == '#') at++;
        else
        {
            var length = Word(ref scan, at);
            if (length == 0 || !Has(_units, scan.Text.Slice(at, length))) return end;
            at += length;
            while (scan[at] is (byte)'.' or (byte)' ' or (byte)'#') at++;
        }
        var from = at;
        while (at - from < 6 && char.IsAsciiLetterOrDigit((char)scan[at])) at++;
        return at > from && scan.EndsWord(at) ? at : end;
    }

    // ", Springfield, IL 62704-1234" or ", London NW1 6XE": the town alone could be anything.
    private static bool Town(ref PiiScan scan, ref int end)
    {
        var at = end;
        for (var words = 0; words < 6; words++)
        {
            var from = at;
            while (at - from < 3 && scan[at] is (byte)',' or (byte)' ' or (byte)'.' or (byte)'\n' or (byte)'\r') at++;
            if (at == from) return false;
            if (IsUkPostcode(ref scan, at, out var stop) || IsUsZip(ref scan, at, out stop))
            {
                end = stop;
                return true;
            }
            var length = Word(ref scan, at);
            if (length == 0 || !(char.IsAsciiLetterUpper((char)scan[at]) || scan[at] >= 0x80)) return false;
            at += length;
        }
        return false;
    }

    private static bool IsUsZip(ref PiiScan scan, int at, out int end)
    {
        end = at + 8;
        if (!char.IsAsciiLetterUpper((char)scan[at]) || !char.IsAsciiLetterUpper((char)scan[at + 1]) || scan[at + 2] != ' ' || !Digits(ref scan, at + 3, 5)) return false;
        if (scan[end] == '-' && Digits(ref scan, end + 1, 4)) end += 5;
        return scan.EndsWord(end);
    }

    private static bool IsUkPostcode(ref PiiScan scan, int at, out int end)
    {
        end = at;
        while (end - at < 2 && char.IsAsciiLetterUpper((char)scan[end])) end++;
        if (end == at || !char.IsAsciiDigit((char)scan[end])) return false;
        end++;
        if (char.IsAsciiLetterOrDigit((char)scan[end])) end++;
        if (scan[end] != ' ' || !char.IsAsciiDigit((char)scan[end + 1]) || !char.IsAsciiLetterUpper((char)scan[end + 2]) || !char.IsAsciiLetterUpper((char)scan[end + 3])) return false;
        end += 4;
        return scan.EndsWord(end);
    }

    private static bool Box(ref PiiScan scan, in NumberRun number)
    {
        var at = number.At;
        if ((scan[at - 3] | 0x20) != 'o' || (scan[at - 4] | 0x20) != 'b' || scan[at - 5] != ' ' || !scan.EndsWord(number.End)) return false;
        var before = scan.Text[..(at - 5)];
        var length = before.EndsWith("P.O."u8) ? 4 : before.EndsWith("PO"u8) ? 2 : before.EndsWith("P.O"u8) ? 3 : 0;
        if (length == 0 || !scan.StartsWord(at - 5 - length)) return false;
        var end = number.End;
        Town(ref scan, ref end);
        scan.Add(at - 5 - length, end, PiiEntity.StreetAddress, Confidence.InContext);
        return true;
    }

    private static bool German(ref PiiScan scan, in NumberRun number)
    {
        var stop = number.At - 1;
        var suffix = GermanSuffix(scan.Text[Math.Max(0, stop - 16)..stop], out var strong);
        if (suffix == 0) return false;
        var start = stop;
        while (stop - start < 40 && IsNamePart(scan[start - 1])) start--;
        if (!scan.StartsWord(start) || !IsCapital(scan[start])) return false;
        if (stop - start == suffix)
        {
            // "Berliner Straße": the name is a word of its own. "Platz 3" is not one.
            var name = start - 1;
            if (scan[name] != ' ') return false;
            while (start - name < 30 && IsNamePart(scan[name - 1])) name--;
            if (name == start - 1 || !IsCapital(scan[name])) return false;
            start = name;
            strong &= scan[stop - 1] is (byte)'e' or (byte)'.';
        }
        var end = number.End;
        if (char.IsAsciiLetterLower((char)scan[end]) && !char.IsAsciiLetterOrDigit((char)scan[end + 1])) end++;
        if (scan[end] is (byte)'-' or (byte)'/' && Digits(ref scan, end + 1, 1))
        {
            end += 2;
            while (end - number.End < 7 && char.IsAsciiDigit((char)scan[end])) end++;
        }
        if (!scan.EndsWord(end)) return false;
        var at = end;
        while (at - end < 3 && scan[at] is (byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r') at++;
        var sure = false;
        if (at > end && Digits(ref scan, at, 5) && scan[at + 5] == ' ' && IsCapital(scan[at + 6]))
        {
            end = at + 6;
            while (end - at < 40 && IsNamePart(scan[end])) end++;
            while (scan[end - 1] is (byte)'.' or (byte)'-') end--;
            sure = true;
        }
        scan.Add(start, end, PiiEntity.StreetAddress, sure || scan.HasContext(start, end, _words) ? Confidence.InContext : strong ? Confidence.Likely : Confidence.Possible);
        return true;
    }

    // "Unter den Linden 77, 10117 Berlin": of a street that is not called so, the postcode and the town say what it is.
    private static bool BeforePostcode(ref PiiScan scan, in NumberRun number)
    {
        if (!IsCapital(scan[number.End + 1])) return false;
        var stop = number.At;
        while (number.At - stop < 3 && scan[stop - 1] is (byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r') stop--;
        // One space alone is no border.
        if (number.At - stop == 1 && scan[stop] == ' ') return false;
        var house = stop;
        if (char.IsAsciiLetterLower((char)scan[house - 1])) house--;
        while (stop - house < 8 && (char.IsAsciiDigit((char)scan[house - 1]) || (scan[house - 1] == '-' && char.IsAsciiDigit((char)scan[house - 2])))) house--;
        if (scan[house - 1] != ' ' || !char.IsAsciiDigit((char)scan[house]) || char.IsAsciiDigit((char)scan[house + 3]) && house + 3 < stop) return false;
        var (start, at) = (-1, house - 1);
        for (var words = 0; words < 4; words++)
        {
            var from = at;
            while (at - from < MaxWord && IsNamePart(scan[from - 1])) from--;
            if (from == at) break;
            if (IsCapital(scan[from])) start = from;
            else if (words == 0 || !Has(_articles, scan.Text[from..at])) break;
            at = from - 1;
            if (scan[at] != ' ') break;
        }
        if (start < 0 || !scan.StartsWord(start) || GermanSuffix(scan.Text[Math.Max(0, house - 17)..(house - 1)], out _) > 0) return false;
        var end = number.End + 1;
        while (end - number.End < 40 && IsNamePart(scan[end])) end++;
        while (scan[end - 1] is (byte)'.' or (byte)'-') end--;
        scan.Add(start, end, PiiEntity.StreetAddress, Confidence.InContext);
        return true;
    }

    // How long the part is that says that a word names a street; 0: none does.
    private static int GermanSuffix(ReadOnlySpan<byte> before, out bool strong)
    {
        strong = true;
        switch (before.Length < 4 ? 0 : before[^1])
        {
            case (byte)'e':
                return Ends(before, "traße"u8, 1) + Ends(before, "trasse"u8, 1) + Ends(before, "asse"u8, 1, (byte)'g') + Ends(before, "llee"u8, 1, (byte)'a') + Ends(before, "haussee"u8, 1);
            case (byte)'.':
                return Ends(before, "tr."u8, 1);
            case (byte)'z':
                return Ends(before, "latz"u8, 1);
            case (byte)'g':
                if (before.EndsWith("weg"u8) || before.EndsWith("Weg"u8)) return 3;
                strong = false;
                return before.EndsWith("ring"u8) ? 4 : 0;
            case (byte)'m':
                return Ends(before, "amm"u8, 1, (byte)'d');
            case (byte)'r':
                return Ends(before, "fer"u8, 1, (byte)'u');
            case (byte)'t':
                strong = false;
                return Ends(before, "arkt"u8, 1, (byte)'m');
            default:
                return 0;
        }
    }

    // The first letter may be a capital: it is left out of the comparison, or given.
    private static int Ends(ReadOnlySpan<byte> before, ReadOnlySpan<byte> rest, int more, byte first = 0) =>
        before.EndsWith(rest) && before.Length > rest.Length && (first == 0 ? (before[^(rest.Length + 1)] | 0x20) is 's' or 'p' or 'c' : (before[^(rest.Length + 1)] | 0x20) == first) ? rest.Length + more : 0;

    private static bool IsNamePart(byte b) => char.IsAsciiLetter((char)b) || b >= 0x80 || b is (byte)'-' or (byte)'.';

    // Ä, Ö and Ü begin with 0xC3.
    private static bool IsCapital(byte b) => char.IsAsciiLetterUpper((char)b) || b == 0xC3;

    private static bool Digits(ref PiiScan scan, int at, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!char.IsAsciiDigit((char)scan[at + i])) return false;
        }
        return true;
    }

    // A word of letters, apostrophes and hyphens, or an ordinal.
    private static int Word(ref PiiScan scan, int at)
    {
        var end = at;
        while (end - at <= MaxWord && (char.IsAsciiLetterOrDigit((char)scan[end]) || scan[end] is (byte)'\'' or (byte)'-' || scan[end] >= 0x80)) end++;
        if (end - at > MaxWord) return 0;
        return end > at && char.IsAsciiDigit((char)scan[at]) && !char.IsAsciiLetter((char)scan[end - 1]) ? 0 : end - at;
    }

    private static bool Has(HashSet<string> words, ReadOnlySpan<byte> word)
    {
        if (word.Length > 10) return false;
        Span<char> lower = stackalloc char[10];
        for (var i = 0; i < word.Length; i++) lower[i] = (char)AsciiFold.ToLower(word[i]);
        return words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(lower[..word.Length]);
    }

    private static HashSet<string> Words(string words) => new(words.Split('|'), StringComparer.Ordinal);
}
