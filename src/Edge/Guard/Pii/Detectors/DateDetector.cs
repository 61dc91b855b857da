using Edge.Simd.Text;
using static Edge.Guard.Pii.CheckDigits;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Dates in figures or with an English month, ISO 8601 with a time; near a word of birth they are a date of birth.</summary>
internal static class DateDetector
{
    private static readonly byte[][] _birth = Shape.WordList("dob|born|birth|birthday|birthdate|geboren|geburtsdatum|geb|né le|née|nacimiento|nascita");

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

    private static bool IsMonth(ref PiiScan scan, ref int at)
    {
        // No month begins with another letter.
        if (!"JFMASONDjfmasond"u8.Contains(scan[at])) return false;
        Span<byte> word = stackalloc byte[10];
        var length = 0;
        while (length < word.Length && char.IsAsciiLetter((char)scan[at + length]))
        {
            word[length] = AsciiFold.ToLower(scan[at + length]);
            length++;
        }
        var read = word[..length];
        if (length < 3) return false;
        ReadOnlySpan<byte> months = "january  february march    april    may      june     july     august   septemberoctober  november december "u8;
        for (var i = 0; i < 12; i++)
        {
            var month = months.Slice(i * 9, 9).TrimEnd((byte)' ');
            if (read.SequenceEqual(month) || read.SequenceEqual(month[..3]))
            {
                at += length;
                return true;
            }
        }
        return false;
    }
}
