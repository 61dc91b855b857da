using System.Text;
using static Edge.Guard.Pii.CheckDigits;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Dates in figures or with an English month, ISO 8601 with a time; near a word of birth they are a date of birth.</summary>
internal static class DateDetector
{
    private static readonly byte[][] _birth = Shape.WordList("dob|born|birth|birthday|birthdate|geboren|geburtsdatum|geb|né le|née|nacimiento|nascita");

    // The two last letters of January to December and of their abbreviations, English and German.
    private static readonly uint[] _lastPairs = Pairs("ry|ay|ly|ch|il|ul|ne|st|pt|ct|kt|er|ar|pr|an|un|eb|ug|ep|ov|ec|ez|ai|ni|li");

    // And the two first ones.
    private static readonly uint[] _firstPairs = Pairs("aj|ef|am|pa|uj|ua|es|co|ko|on|ed");

    /// <summary>Whether the neighbours of a number leave a date possible: a separator that comes again, or what may be the first or the last letters of a month.</summary>
    public static bool Wants(ref PiiScan scan, in NumberRun number)
    {
        if (number is { NextIsDigit: true, Next: (byte)'-' or (byte)'/' }) return scan[number.End + 2] == number.Next || scan[number.End + 3] == number.Next || MonthMayBeBefore(number);
        if (number is { Digits: <= 2, Next: (byte)' ' or (byte)'-' or (byte)'.' })
        {
            var month = number is { Next: (byte)'.', After: (byte)' ' } ? number.End + 2 : number.End + 1;
            if (IsPair(_firstPairs, scan[month + 1], scan[month]) || ((scan[month] | 0x20) == 'm' && scan[month + 1] == 0xC3)) return true;
        }
        return MonthMayBeBefore(number);
    }

    private static bool MonthMayBeBefore(in NumberRun number) =>
        number.Before is (byte)' ' or (byte)'-' && IsPair(_lastPairs, number.ThirdBefore, number.SecondBefore)
        && (number.Digits == 4 || number.Before == '-' || (number.Next == ',' ? number.After is (byte)' ' or (byte)'-' : number is { NextIsDigit: true, Next: (byte)' ' or (byte)'-' }));

    private static uint[] Pairs(string pairs)
    {
        var table = new uint[32];
        foreach (var pair in pairs.Split('|')) table[pair[1] & 0x1F] |= 1U << (pair[0] & 0x1F);
        return table;
    }

    // Beyond letters it may say yes: the months themselves are compared later.
    private static bool IsPair(uint[] pairs, byte first, byte second) => (pairs[second & 0x1F] >>> (first & 0x1F) & 1) != 0;

    public static void Detect(ref PiiScan scan, int at)
    {
        var start = at;
        var end = at;
        var first = Digits(ref scan, ref end, 4);
        var firstLength = end - at;
        if (firstLength == 3 || char.IsAsciiDigit((char)scan[end])) return;
        var separator = scan[end];
        if (IsMonthBefore(ref scan, at, out var month))
        {
            // "May 21, 2021", "May-21", "May-2021".
            start = month;
            if (firstLength <= 2 && first is < 1 or > 31 || (scan[at - 1] == ' ' && firstLength <= 2 && !Year(ref scan, ref end, comma: true))) return;
        }
        else if (separator is (byte)'-' or (byte)'/' or (byte)'.' && char.IsAsciiDigit((char)scan[end + 1]))
        {
            end++;
            var second = Digits(ref scan, ref end, 2);
            if (scan[end] != separator || !char.IsAsciiDigit((char)scan[end + 1])) return;
            end++;
            var from = end;
            var third = Digits(ref scan, ref end, 4);
            var thirdLength = end - from;
            var valid = firstLength == 4
                ? thirdLength == 2 && first is >= 1800 and <= 2199 && IsDay(second, third)
                : (thirdLength == 2 || (thirdLength == 4 && third is >= 1800 and <= 2199)) && (IsDay(second, first) || IsDay(first, second));
            if (!valid) return;
            if (scan[end] is (byte)'T' or (byte)'t' or (byte)' ' && char.IsAsciiDigit((char)scan[end + 1]) && firstLength == 4) Time(ref scan, ref end);
        }
        else if (separator is (byte)'-' or (byte)' ' or (byte)'.' && firstLength <= 2 && first is >= 1 and <= 31)
        {
            end++;
            if (separator == '.' && scan[end] == ' ') end++;
            if (!IsMonth(ref scan, ref end)) return;
            if (!Year(ref scan, ref end, comma: false) && separator != '-') return;
        }
        else return;
        if (!scan.StartsWord(start) || !scan.EndsWord(end) || (scan[start - 1] is (byte)'.' or (byte)'-' or (byte)'/' && char.IsAsciiLetterOrDigit((char)scan[start - 2]))) return;
        if (scan[end] is (byte)'.' or (byte)'-' or (byte)'/' && char.IsAsciiDigit((char)scan[end + 1])) return;
        scan.Add(start, end, PiiEntity.DateTime, Confidence.Likely);
        if (scan.HasContext(start, end, _birth)) scan.Add(start, end, PiiEntity.DateOfBirth, Confidence.InContext);
    }

    private static int Digits(ref PiiScan scan, ref int at, int most)
    {
        var value = 0;
        for (var length = 0; length < most && char.IsAsciiDigit((char)scan[at]); length++) value = (value * 10) + scan[at++] - '0';
        return value;
    }

    private static bool Year(ref PiiScan scan, ref int end, bool comma)
    {
        var at = end;
        if (comma && scan[at] == ',') at++;
        if (scan[at] is not ((byte)' ' or (byte)'-')) return false;
        at++;
        if (Digits(ref scan, ref at, 4) is < 1800 or > 2199 || char.IsAsciiDigit((char)scan[at])) return false;
        end = at;
        return true;
    }

    // Hours, minutes, seconds, fraction, zone: whatever of it is there.
    private static void Time(ref PiiScan scan, ref int end)
    {
        var at = end + 1;
        var from = at;
        while (at - from < 30 && (char.IsAsciiDigit((char)scan[at]) || scan[at] is (byte)':' or (byte)'.' or (byte)'+' or (byte)'-' or (byte)'Z' or (byte)'z')) at++;
        while (scan[at - 1] is (byte)'.' or (byte)':' or (byte)'-' or (byte)'+') at--;
        if (scan.Text[from..at].Contains((byte)':')) end = at;
    }

    private static bool IsMonthBefore(ref PiiScan scan, int at, out int start)
    {
        start = at - 1;
        if (scan[start] is not ((byte)' ' or (byte)'-')) return false;
        var end = start;
        while (end - start < 10 && char.IsAsciiLetter((char)scan[start - 1])) start--;
        var after = start;
        return IsMonth(ref scan, ref after) && after == end;
    }

    // Of the names and their abbreviations, English and German: a, d, f, j, m, n, o, s; b, c, e, g, h, i, l, n, p, r, t, v, y, z.
    private static bool IsInitial(byte b) => char.IsAsciiLetter((char)b) && ((0x8E452 >>> (b & 0x1F)) & 1) != 0;

    /// <summary>Whether a month may end with the letter.</summary>
    public static bool IsFinal(byte b) => char.IsAsciiLetter((char)b) && ((0x65553AC >>> (b & 0x1F)) & 1) != 0;

    private static bool IsMonth(ref PiiScan scan, ref int at)
    {
        if (!IsInitial(scan[at])) return false;
        var length = 1;
        while (length < 10 && char.IsAsciiLetter((char)scan[at + length])) length++;
        if (length < 3)
        {
            if (length != 1 || !scan.Text[(at + 1)..].StartsWith("ärz"u8) || char.IsAsciiLetter((char)scan[at + 5])) return false;
            at += 5;
            return true;
        }
        // What may come behind the first three letters: nothing, or the rest of the English or of the German name.
        var (english, german) = ((scan[at] | 0x20) << 16 | (scan[at + 1] | 0x20) << 8 | scan[at + 2] | 0x20) switch
        {
            'j' << 16 | 'a' << 8 | 'n' => ("uary", "uar"),
            'f' << 16 | 'e' << 8 | 'b' => ("ruary", "ruar"),
            'm' << 16 | 'a' << 8 | 'r' => ("ch", ""),
            'a' << 16 | 'p' << 8 | 'r' => ("il", ""),
            'm' << 16 | 'a' << 8 | 'y' or 'm' << 16 | 'a' << 8 | 'i' => ("", ""),
            'j' << 16 | 'u' << 8 | 'n' => ("e", "i"),
            'j' << 16 | 'u' << 8 | 'l' => ("y", "i"),
            'a' << 16 | 'u' << 8 | 'g' => ("ust", ""),
            's' << 16 | 'e' << 8 | 'p' => ("tember", "t"),
            'o' << 16 | 'c' << 8 | 't' or 'o' << 16 | 'k' << 8 | 't' => ("ober", ""),
            'n' << 16 | 'o' << 8 | 'v' or 'd' << 16 | 'e' << 8 | 'c' or 'd' << 16 | 'e' << 8 | 'z' => ("ember", ""),
            _ => (null, null),
        };
        if (english is null) return false;
        var rest = scan.Text.Slice(at + 3, length - 3);
        if (length > 3 && !Ascii.EqualsIgnoreCase(rest, english) && !Ascii.EqualsIgnoreCase(rest, german)) return false;
        at += length;
        return true;
    }
}
