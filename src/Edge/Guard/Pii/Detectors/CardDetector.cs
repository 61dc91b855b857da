using static Edge.Guard.Pii.CheckDigits;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Payment cards: an issuer's range (ISO/IEC 7812), its length, and Luhn; in one run or in groups with spaces or hyphens, or printed groups with anything between.</summary>
internal static class CardDetector
{
    private const int MaxDigits = 19;

    private static readonly byte[][] _words = Shape.WordList("card|credit|debit|visa|mastercard|amex|discover|jcb|diners|maestro|cc");

    /// <summary>Whether a number may be a card or the first group of one.</summary>
    public static bool Wants(ref PiiScan scan, in NumberRun number)
    {
        if (number.Digits >= 13 || number is { NextIsDigit: true, Next: (byte)' ' or (byte)'-' }) return true;
        if (number.Digits != 4) return false;
        var between = DigitGroups.Between(ref scan, number.End, out _);
        return between > 0 && char.IsAsciiDigit((char)scan[number.End + between + 3]);
    }

    public static void Detect(ref PiiScan scan, int at)
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        Span<(int Digits, int End)> groups = stackalloc (int, int)[MaxDigits];
        var (length, count, end) = (0, 0, at);
        // One space or hyphen, the same everywhere: however long the groups are.
        var (kind, separator) = ((byte)0, (byte)0);
        var plain = MaxDigits;
        while (true)
        {
            while (length < MaxDigits && char.IsAsciiDigit((char)scan[end])) digits[length++] = scan[end++];
            groups[count++] = (length, end);
            if (length < 4 || length == MaxDigits) break;
            var between = DigitGroups.Between(ref scan, end, out var next);
            if (between == 0 || (kind != 0 && next != kind)) break;
            var same = between == 1 && scan[end] is (byte)' ' or (byte)'-' && (separator == 0 || separator == scan[end]);
            if (!same && plain == MaxDigits) plain = count;
            (kind, separator) = (next, scan[end]);
            end += between;
        }
        // The number behind a card (its month, its code) is none of its groups: the longest that is valid wins.
        for (var taken = count; taken > 0 && groups[taken - 1].Digits >= 13; taken--)
        {
            (length, end) = groups[taken - 1];
            var id = digits[..length];
            if (!scan.StandsAlone(at, end) || !Luhn(id) || AllSame(id)) continue;
            var known = IsIssued(id);
            var loose = taken > plain;
            if (loose && !(known && IsPrinted(groups[..taken]) && DigitGroups.AreAlone(ref scan, at, end, kind))) continue;
            if (scan.HasContext(at, end, _words)) scan.Add(at, end, PiiEntity.CreditCard, known ? Confidence.Certain : Confidence.Likely);
            else if (known) scan.Add(at, end, PiiEntity.CreditCard, loose ? Confidence.Likely : Confidence.InContext);
            else continue;
            return;
        }
    }

    /// <summary>The same of a number that was spelled digit by digit.</summary>
    public static void Spelled(ref PiiScan scan, int start, int end, scoped ReadOnlySpan<byte> id)
    {
        if (id.Length < 13 || !Luhn(id) || AllSame(id) || !IsIssued(id)) return;
        if (scan.HasContext(start, end, _words)) scan.Add(start, end, PiiEntity.CreditCard, Confidence.InContext);
        else if (id.Length is 15 or 16) scan.Add(start, end, PiiEntity.CreditCard, Confidence.Default);
    }

    // As cards are printed: 4-4-4-4 and perhaps 3, 4-6-5, 4-6-4.
    private static bool IsPrinted(ReadOnlySpan<(int Digits, int End)> groups) =>
        groups.Length == 3 ? groups is [(4, _), (10, _), (14 or 15, _)] : groups is [(4, _), (8, _), (12, _), (16, _)] or [(4, _), (8, _), (12, _), (16, _), (19, _)];

    private static bool IsIssued(ReadOnlySpan<byte> id)
    {
        var six = Number(id[..6]);
        return id.Length switch
        {
            13 => id[0] == '4',
            14 => six / 1000 is (>= 300 and <= 305) or 309 or (>= 360 and <= 369) or (>= 380 and <= 399),
            15 => six / 10000 is 34 or 37 || six / 100 is 2131 or 1800,
            // Visa, Mastercard, Discover, JCB, UnionPay, Maestro, Mir, RuPay.
            16 => id[0] == '4' || six / 10000 is (>= 50 and <= 69) or 35 or 81 or 82 || six / 100 is >= 2200 and <= 2720,
            _ => id[0] is (byte)'4' or (byte)'5' or (byte)'6' or (byte)'3',
        };
    }
}
