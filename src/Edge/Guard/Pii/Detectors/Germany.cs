using System.Buffers;
using System.Globalization;
using static Edge.Guard.Pii.CheckDigits;
using static Edge.Guard.Pii.Confidence;
using static Edge.Guard.Pii.PiiEntity;
using static Edge.Guard.Pii.Shape;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Identifiers of Germany.</summary>
internal static class Germany
{
    private static readonly SearchValues<byte> _documentUnused = SearchValues.Create("ABDEIOQSU"u8);
    private static readonly byte[][] _bsnr = WordList("bsnr|betriebsst|praxis|kassen");
    private static readonly byte[][] _lanr = WordList("lanr|arztnummer|arzt|arztes");
    private static readonly byte[][] _driving = WordList("führerschein|fuehrerschein|fahrerlaubnis|driving|licence|license");
    private static readonly byte[][] _register = WordList("handelsregister|amtsgericht|register|eingetragen");
    private static readonly byte[][] _health = WordList("kvnr|krankenversich|krankenkasse|versicherten|gesundheitskarte|health");
    private static readonly byte[][] _idCard = WordList("ausweis|personalausweis|identit|id card");
    private static readonly byte[][] _passport = WordList("reisepass|pass|passport|passnummer");
    private static readonly byte[][] _plate = WordList("kennzeichen|kfz|fahrzeug|auto|wagen|plate|zulassung");
    private static readonly byte[][] _plz = WordList("plz|postleitzahl|wohnhaft|anschrift|adresse|straße|strasse");
    private static readonly byte[][] _social = WordList("rvnr|sozialversicherung|rentenversicherung|versicherungsnummer|social security");
    private static readonly byte[][] _taxId = WordList("steuer|idnr|steuer-id|identifikationsnummer|tax");
    private static readonly byte[][] _taxNumber = WordList("steuer|steuernummer|stnr|st.-nr|finanzamt|tax");
    private static readonly byte[][] _vat = WordList("ust|umsatzsteuer|vat|mwst");

    public static readonly Shape[] Shapes =
    [
        new("ddddddddd", DeBsnr, static id => id[..2].IndexOfAnyExcept((byte)'0') >= 0 && !AllSame(id), Weak, InContext, _bsnr),
        new("ddddddddd", DeLanr, IsLanr, Possible, InContext, _lanr),
        new("LLddddddddL", DeFuehrerschein, null, Default, InContext, _driving),
        .. from register in new[] { "HRA", "HRB", "hra", "hrb" } from n in Enumerable.Range(1, 6) select new Shape($"{register}~{new string('d', n)}", DeHandelsregister, null, Likely, InContext, _register),
        new("Lddddddddd", DeHealthInsurance, IsHealthInsurance, Default, InContext, _health),
        new("LXXXXXXXd", DeIdCard, static id => IsDocument(id, "CFGHJKLMNPRTVWXYZ"u8), Default, InContext, _idCard),
        new("Ldddddddd", DeIdCard, static id => id[0] == 'T', Default, InContext, _idCard),
        new("LXXXXXXXd", DePassport, static id => IsDocument(id, "CFGHJKLMNPRTVWXYZ"u8), Default, InContext, _passport),
        // "B-AB 1234", "B AB 1234", "B-AB-1234"; without anything between it looks like any code.
        .. from form in new[] { "{0} {1} {2}{3}", "{0}-{1} {2}{3}", "{0}-{1}-{2}{3}", "{0}{1}{2}{3}" }
           from district in new[] { "U", "UU", "UUU" } from letters in new[] { "U", "UU" } from digits in Enumerable.Range(1, 4) from end in new[] { "", "U" }
           select new Shape(string.Format(CultureInfo.InvariantCulture, form, district, letters, new string('d', digits), end), DeKfz, IsPlate, form[3] == '{' ? Weak : Possible, InContext, _plate),
        new("ddddd", DePlz, static id => Number(id) is > 1000 and < 99999, Weak, InContext, _plz),
        new("dd~dddddd~L~ddd", DeSocialSecurity, IsSocialSecurity, Certain, Certain, []),
        new("ddddddddddd", DeTaxId, IsTaxId, Default, InContext, _taxId),
        new("dd ddd ddd ddd", DeTaxId, IsTaxId, Default, InContext, _taxId),
        new("ddddddddddddd", DeTaxNumber, null, Weak, InContext, _taxNumber),
        .. from form in new[] { "ddd/ddd/ddddd", "dd/ddd/ddddd", "dd/ddd/dddd", "ddd/dddd/dddd", "dd ddd ddddd", "ddd ddd ddddd" } select new Shape(form, DeTaxNumber, null, form[3] == ' ' ? Weak : Default, InContext, _taxNumber),
        new("LLddddddddd", DeVatId, IsVat, Likely, InContext, _vat),
        new("LL~ddd~ddd~ddd", DeVatId, IsVat, Likely, InContext, _vat),
        new("LL ddddddddd", DeVatId, IsVat, Likely, InContext, _vat),
    ];

    private static bool IsLanr(ReadOnlySpan<byte> id) => (10 - (Weighted(id, [4, 9, 4, 9, 4, 9]) % 10)) % 10 == id[6] - '0' && !AllSame(id);

    // The letter counts as its two-digit number in the alphabet; weights 1 and 2 in turn, digits of the products added (§ 290 SGB V).
    private static bool IsHealthInsurance(ReadOnlySpan<byte> id)
    {
        Span<byte> digits = stackalloc byte[11];
        var letter = id[0] - 'A' + 1;
        (digits[0], digits[1]) = ((byte)('0' + (letter / 10)), (byte)('0' + (letter % 10)));
        id[1..].CopyTo(digits[2..]);
        return CrossSum(digits[..10], [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 == id[^1] - '0';
    }

    private static bool IsSocialSecurity(ReadOnlySpan<byte> id)
    {
        var day = Number(id.Slice(2, 2));
        if (!IsDay(Number(id.Slice(4, 2)), day > 50 ? day - 50 : day)) return false;
        Span<byte> digits = stackalloc byte[13];
        id[..8].CopyTo(digits);
        var letter = id[8] - 'A' + 1;
        (digits[8], digits[9]) = ((byte)('0' + (letter / 10)), (byte)('0' + (letter % 10)));
        id[9..11].CopyTo(digits[10..]);
        return CrossSum(digits[..12], [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 == id[^1] - '0';
    }

    private static int CrossSum(ReadOnlySpan<byte> digits, ReadOnlySpan<byte> weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var product = (digits[i] - '0') * weights[i];
            sum += (product / 10) + (product % 10);
        }
        return sum;
    }

    private static bool IsDocument(ReadOnlySpan<byte> id, ReadOnlySpan<byte> first) =>
        first.IndexOf(id[0]) >= 0 && id.IndexOfAny(_documentUnused) < 0 && Icao731(id);

    private static bool IsPlate(ReadOnlySpan<byte> id) => char.IsAsciiDigit((char)id[^1]) || id[^1] is (byte)'E' or (byte)'H';

    // No digit more than three times among the first ten (§ 139b AO, rules of the Federal Central Tax Office), and ISO 7064.
    private static bool IsTaxId(ReadOnlySpan<byte> id)
    {
        if (id[0] == '0') return false;
        for (var digit = (byte)'0'; digit <= '9'; digit++)
        {
            if (id[..10].Count(digit) > 3) return false;
        }
        return Mod1110(id);
    }

    private static bool IsVat(ReadOnlySpan<byte> id) => id.StartsWith("DE"u8) && id[2] != '0';
}
