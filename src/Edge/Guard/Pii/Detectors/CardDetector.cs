using static Edge.Guard.Pii.CheckDigits;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Payment cards: an issuer's range (ISO/IEC 7812), its length, and Luhn; in one run or in groups with spaces or hyphens.</summary>
internal static class CardDetector
{
    private static readonly byte[][] _words = Shape.WordList("card|credit|debit|visa|mastercard|amex|discover|jcb|diners|maestro|cc");

    public static void Detect(ref PiiScan scan, int at)
    {
        Span<byte> digits = stackalloc byte[19];
        var length = 0;
        var end = at;
        var separator = (byte)0;
        while (length < digits.Length)
        {
            var b = scan[end];
            if (char.IsAsciiDigit((char)b))
            {
                digits[length++] = b;
                end++;
            }
            else if (b is (byte)' ' or (byte)'-' && (separator == 0 || separator == b) && length >= 4 && char.IsAsciiDigit((char)scan[end + 1]))
            {
                separator = b;
                end++;
            }
            else break;
        }
        if (length < 13 || !scan.StandsAlone(at, end)) return;
        var id = digits[..length];
        if (!Luhn(id) || AllSame(id)) return;
        var known = IsIssued(id);
        if (scan.HasContext(at, end, _words)) scan.Add(at, end, PiiEntity.CreditCard, known ? Confidence.Certain : Confidence.Likely);
        else if (known) scan.Add(at, end, PiiEntity.CreditCard, Confidence.InContext);
    }

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
