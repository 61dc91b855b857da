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
        if (TokenDetector.Wants(number))
        {
            TokenDetector.AtNumber(ref scan, at);
            if (at < scan.BlobEnd) return;
        }
        _shapes.Detect(ref scan, number);
        if (number.Letters != 0)
        {
            if (number.Letters != 2) return;
            if (number.Digits >= 2) IbanDetector.Detect(ref scan, at);
            if (scan[at] == '1') CryptoDetector.Detect(ref scan, at);
            return;
        }
        if (number.Before == '_') return;
        if (number.Digits >= 13 || (number.Digits >= 4 && number is { NextIsDigit: true, Next: (byte)' ' or (byte)'-' })) CardDetector.Detect(ref scan, at);
        if (PhoneDetector.Wants(ref scan, number)) PhoneDetector.Detect(ref scan, at);
        if (DateDetector.Wants(ref scan, number)) DateDetector.Detect(ref scan, at);
        if (number is { Digits: <= 3, Next: (byte)'.', NextIsDigit: true })
        {
            if (Ipv4Detector.Wants(ref scan, number)) Ipv4Detector.Detect(ref scan, at);
            if (GeoDetector.Wants(ref scan, number)) GeoDetector.Decimal(ref scan, at);
        }
        else if (number.Next == 0xC2) GeoDetector.Degrees(ref scan, at);
        if (number.Digits >= 26 || char.IsAsciiLetter((char)number.Next)) CryptoDetector.Detect(ref scan, at);
        StreetDetector.Detect(ref scan, number);
    }
}
