using Edge.Simd.Text;

namespace Edge.Guard.Pii.Detectors;

/// <summary>International bank account numbers (ISO 13616): the country's length and mod 97; spaces, hyphens and the like between groups.</summary>
internal static class IbanDetector
{
    // Country, length of the IBAN, by the SWIFT registry.
    private static readonly Dictionary<int, byte> _lengths = Table(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 "
        + "HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 "
        + "QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30");

    /// <summary>At the first check digit, with the country right before it.</summary>
    public static void Detect(ref PiiScan scan, int at)
    {
        if (char.IsAsciiDigit((char)scan[at + 1])) Detect(ref scan, at - 2, at - 1);
    }

    /// <summary>At the first check digit, with the country before a space, perhaps spelled letter by letter.</summary>
    public static void DetectApart(ref PiiScan scan, int at)
    {
        if (char.IsAsciiLetter((char)scan[at - 3])) Detect(ref scan, at - 3, at - 2);
        else if (scan[at - 3] == ' ') Detect(ref scan, at - 4, at - 2);
    }

    private static void Detect(ref PiiScan scan, int start, int second)
    {
        if (!char.IsAsciiLetter((char)scan[start]) || !char.IsAsciiLetter((char)scan[second]) || !scan.StartsWord(start)) return;
        if (!_lengths.TryGetValue(Key(Upper(scan[start]), Upper(scan[second])), out var wanted)) return;
        Span<byte> id = stackalloc byte[34];
        var length = 0;
        id[length++] = Upper(scan[start]);
        id[length++] = Upper(scan[second]);
        var end = second + 1;
        for (var between = 0; length < wanted; end++)
        {
            var b = scan[end];
            if (char.IsAsciiLetterOrDigit((char)b))
            {
                id[length++] = Upper(b);
                if (length is 3 or 4 && !char.IsAsciiDigit((char)b)) return;
                between = 0;
            }
            // With slashes it is no spelling of an IBAN that anybody uses.
            else if (DigitGroups.Kind(b) is 0 or (byte)'/' || ++between > DigitGroups.MostBetween) return;
        }
        if (!scan.EndsWord(end) || !CheckDigits.Iban97(id[..wanted])) return;
        scan.Add(start, end, PiiEntity.IbanCode, Confidence.Certain);
    }

    private static byte Upper(byte b) => AsciiFold.ToLower(b) is var low && char.IsAsciiLetter((char)low) ? (byte)(low & ~0x20) : b;

    private static int Key(byte first, byte second) => (first << 8) | second;

    private static Dictionary<int, byte> Table(string countries) =>
        countries.Split(' ').ToDictionary(static c => Key((byte)c[0], (byte)c[1]), static c => byte.Parse(c.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture));
}
