namespace Edge.Guard.Pii.Detectors;

/// <summary>
/// Every detector there is, in one place: which of them look at a candidate, decided by the bytes beside it. Most candidates of ordinary text (a year, "step 2:", a time, a decimal) are of
/// interest to none, and cost a few comparisons.
/// </summary>
internal static class DetectorList
{
    /// <summary>Identifiers of fixed form.</summary>
    public static readonly Shape[] Shapes =
    [
        .. NorthAmerica.Shapes,
        .. UnitedKingdom.Shapes,
        .. Germany.Shapes,
        .. Europe.Shapes,
        .. AsiaPacificAfrica.Shapes,
        new("XXXX.XXXX.XXXX", PiiEntity.MacAddress, CheckDigits.AllHex, Confidence.Likely, Confidence.InContext, Shape.WordList("mac|hardware")),
    ];

    private static readonly ShapeIndex _shapes = new(Shapes);

    public static void AtSign(ref PiiScan scan, int at) => EmailDetector.Detect(ref scan, at);

    public static void AtEquals(ref PiiScan scan, int at) => PasswordDetector.Detect(ref scan, at, colon: false);

    public static void AtUnderscore(ref PiiScan scan, int at) => TokenDetector.AtUnderscore(ref scan, at);

    public static void AtColon(ref PiiScan scan, int at)
    {
        var next = scan[at + 1];
        if (next == '/') UrlDetector.Detect(ref scan, at);
        else if (next == ':' || char.IsAsciiHexDigit((char)next)) ColonAddressDetector.Detect(ref scan, at);
        PasswordDetector.Detect(ref scan, at, colon: true);
    }

    public static void AtDash(ref PiiScan scan, int at)
    {
        if (scan[at - 1] == '-') PrivateKeyDetector.Detect(ref scan, at);
        else MacDetector.Detect(ref scan, at);
    }

    public static void AtNumber(ref PiiScan scan, int at)
    {
        var number = new NumberRun(ref scan, at);
        if (MayBePassword(number)) PasswordDetector.BehindIs(ref scan, at);
        var interest = NumberInterest.Of(number);
        if (interest != 0) AtNumber(ref scan, number, interest);
    }

    // A word with a number in it, or a number behind "is" or "ist": most numbers of a text are neither.
    private static bool MayBePassword(in NumberRun number) => number.Before != ' ' ? number.Before > ' ' && (number.Before | 0x20) is >= 'a' and <= 'z' or >= '!' and <= '+' : (number.SecondBefore is (byte)'s' or (byte)'t') && number.ThirdBefore is (byte)'i' or (byte)'s';

    /// <summary>Whether some shape is left possible; see <see cref="ShapeIndex.MayFit"/>.</summary>
    public static bool ShapesMayFit(int digits, int? second, int before, int next, int after, bool back, bool isAnyLower = false) =>
        _shapes.MayFit(digits, second, before, next, after, back, isAnyLower);

    /// <summary>See <see cref="ShapeIndex.Names"/>.</summary>
    public static bool ShapesName(byte letter) => _shapes.Names(letter);

    private static void AtNumber(ref PiiScan scan, in NumberRun number, int interest)
    {
        var at = number.At;
        if ((interest & NumberInterest.Token) != 0 && TokenDetector.Wants(ref scan, number))
        {
            TokenDetector.AtNumber(ref scan, at);
            if (at < scan.BlobEnd) return;
        }
        if ((interest & NumberInterest.Letters) != 0)
        {
            var letters = number.Letters(ref scan);
            _shapes.Detect(ref scan, number, letters);
            if (letters == 2 && number.Digits >= 2) IbanDetector.Detect(ref scan, at);
            if (letters is 2 or 3 && scan[at] == '1') CryptoDetector.Detect(ref scan, at);
            return;
        }
        if ((interest & NumberInterest.AnyShape) != 0) _shapes.Detect(ref scan, number, 0);
        if ((interest & NumberInterest.Card) != 0)
        {
            if (SpelledDetector.Wants(number)) SpelledDetector.Detect(ref scan, at);
            else if (CardDetector.Wants(ref scan, number)) CardDetector.Detect(ref scan, at);
        }
        if ((interest & NumberInterest.ShapeBackUpper) != 0 && number.Digits <= 2 && number.Before == ' ') IbanDetector.DetectApart(ref scan, at);
        if ((interest & NumberInterest.Phone) != 0) PhoneDetector.Detect(ref scan, at);
        if ((interest & (NumberInterest.Date | NumberInterest.MonthBefore)) != 0 && DateDetector.Wants(ref scan, number)) DateDetector.Detect(ref scan, at);
        if ((interest & NumberInterest.Dotted) != 0) AtDotted(ref scan, number);
        if ((interest & NumberInterest.Rare) != 0)
        {
            if (number.Next == 0xC2) GeoDetector.Degrees(ref scan, at);
            if (number.Digits >= 26 || char.IsAsciiLetter((char)number.Next)) CryptoDetector.Detect(ref scan, at);
        }
        if ((interest & (NumberInterest.Street | NumberInterest.Box | NumberInterest.StreetInLowerCase)) != 0 || ((interest & NumberInterest.GermanStreet) != 0 && StreetDetector.MayBeGerman(number))) StreetDetector.Detect(ref scan, number);
    }

    // Most are decimals: what stands behind the second figures says so.
    private static void AtDotted(ref PiiScan scan, in NumberRun number)
    {
        var end = number.End + 2;
        while (end - number.End < 8 && char.IsAsciiDigit((char)scan[end])) end++;
        var separator = scan[end];
        if (separator is (byte)'.' or (byte)'-' or (byte)' ' or (byte)'/' && char.IsAsciiDigit((char)scan[end + 1])) PhoneDetector.Detect(ref scan, number.At);
        if (separator == '.')
        {
            if (number.Digits != 3) DateDetector.Detect(ref scan, number.At);
            if (number.Digits <= 3) Ipv4Detector.Detect(ref scan, number.At);
        }
        else if (number.Digits <= 3 && (end - number.End > 3 || separator is 0xC2 or (byte)' ')) GeoDetector.Decimal(ref scan, number.At);
    }
}
