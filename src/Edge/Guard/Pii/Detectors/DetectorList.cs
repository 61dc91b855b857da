namespace Edge.Guard.Pii.Detectors;

/// <summary>Every detector there is, in one place.</summary>
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

    public static readonly IDetector[] All =
    [
        new TokenDetector((byte)'0'),
        new TokenDetector((byte)'_'),
        new ShapeIndex(Shapes),
        new CardDetector(),
        new IbanDetector(),
        new PhoneDetector(),
        new DateDetector(),
        new Ipv4Detector(),
        new CryptoDetector(),
        new EmailDetector(),
        new UrlDetector(),
        new ColonAddressDetector(),
        new PasswordDetector((byte)':'),
        new PasswordDetector((byte)'='),
        new MacDetector(),
        new PrivateKeyDetector(),
    ];
}
