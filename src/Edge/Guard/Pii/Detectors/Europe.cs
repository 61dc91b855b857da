using System.Buffers;
using static Edge.Guard.Pii.CheckDigits;
using static Edge.Guard.Pii.Confidence;
using static Edge.Guard.Pii.PiiEntity;
using static Edge.Guard.Pii.Shape;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Identifiers of Spain, Finland, France, Italy, the Netherlands, Belgium, Poland, Sweden, Switzerland and Turkey.</summary>
internal static class Europe
{
    private static readonly SearchValues<byte> _italianUnused = SearchValues.Create("AEIOQV"u8);
    private static readonly byte[][] _nie = WordList("nie|extranjero|identidad|identificación");
    private static readonly byte[][] _nif = WordList("nif|dni|identidad|documento");
    private static readonly byte[][] _passport = WordList("passport|pasaporte|passaporto|passeport");
    private static readonly byte[][] _hetu = WordList("hetu|henkil|personal identity");
    private static readonly byte[][] _patente = WordList("patente|guida|license|licence|driver");
    private static readonly byte[][] _fiscal = WordList("codice fiscale|fiscal|cf");
    private static readonly byte[][] _iva = WordList("iva|partita|piva|vat");
    private static readonly byte[][] _pesel = WordList("pesel");
    private static readonly byte[][] _organisation = WordList("organisationsnummer|orgnummer|org.nr|företag|bolag");
    private static readonly byte[][] _personnummer = WordList("personnummer|samordningsnummer|person|personal");
    private static readonly byte[][] _plate = WordList("plaka|plate|araç|vehicle");
    private static readonly byte[][] _tckn = WordList("tckn|kimlik|tc|national id");
    private static readonly byte[][] _nir = WordList("nir|sécurité sociale|securite sociale|insee|carte vitale");
    private static readonly byte[][] _bsn = WordList("bsn|burgerservicenummer|sofinummer");
    private static readonly byte[][] _ahv = WordList("ahv|avs|sozialversicherung");
    private static readonly byte[][] _rijksregister = WordList("rijksregister|registre national|national number|nrn|insz|niss");

    public static readonly Shape[] Shapes =
    [
        new("Lddddddd~L", EsNie, static id => id[0] is >= (byte)'X' and <= (byte)'Z' && IsDniLetter(Number(id[1..8]) + ((id[0] - 'X') * 10_000_000), id[8]), InContext, Certain, _nie),
        new("dddddddd~L", EsNif, static id => IsDniLetter(Number(id[..8]), id[8]), Likely, InContext, _nif),
        new("LLLdddddd", EsPassport, null, Weak, InContext, _passport),
        new("ddddddLdddX", FiPersonalIdentityCode, static id => "ABCDEFUVWXY"u8.Contains(id[6]) && IsHetu(id[..6], id[7..]), Certain, Certain, _hetu),
        new("dddddd-dddX", FiPersonalIdentityCode, static id => IsHetu(id[..6], id[6..]), Likely, InContext, _hetu),
        new("dddddd+dddX", FiPersonalIdentityCode, static id => IsHetu(id[..6], id[6..]), Likely, InContext, _hetu),
        new("LLdddddddL", ItDriverLicense, null, Possible, InContext, _patente),
        new("LdXXXXXXXL", ItDriverLicense, static id => id.StartsWith("U1"u8) && id[2..9].IndexOfAny(_italianUnused) < 0, Possible, InContext, _patente),
        new("LLLLLLddLddLdddL", ItFiscalCode, IsFiscalCode, Certain, Certain, _fiscal),
        new("LLddddddd", ItPassport, null, Weak, InContext, _passport),
        new("ddddddddddd", ItVatCode, static id => Luhn(id) && !AllSame(id), Default, InContext, _iva),
        new("ddddddddddd", PlPesel, IsPesel, Likely, InContext, _pesel),
        new("dddddd-dddd", SeOrganisationsnummer, static id => id[2] >= '2' && Luhn(id), Likely, InContext, _organisation),
        new("dddddddddd", SeOrganisationsnummer, static id => id[2] >= '2' && Luhn(id), Possible, InContext, _organisation),
        new("dddddddd~dddd", SePersonnummer, static id => Number(id[..4]) is >= 1800 and <= 2099 && IsPersonnummer(id[2..]), Likely, InContext, _personnummer),
        new("dddddddd+dddd", SePersonnummer, static id => Number(id[..4]) is >= 1800 and <= 2099 && IsPersonnummer(id[2..]), Likely, InContext, _personnummer),
        new("dddddd~dddd", SePersonnummer, IsPersonnummer, Default, InContext, _personnummer),
        .. from letters in new[] { "U", "UU", "UUU" } from digits in new[] { "dd", "ddd", "dddd", "ddddd" }
           select new Shape($"dd {letters} {digits}", TrLicensePlate, IsTurkishPlate, letters.Length + digits.Length is < 3 or > 7 ? Possible : Default, InContext, _plate),
        .. from letters in new[] { "U", "UU", "UUU" } from digits in new[] { "dd", "ddd", "dddd", "ddddd" }
           select new Shape($"dd{letters}{digits}", TrLicensePlate, IsTurkishPlate, Weak, InContext, _plate),
        new("ddddddddddd", TrNationalId, IsTckn, Likely, InContext, _tckn),
        new("d~dd~dd~XX~ddd~ddd~dd", FrNir, IsNir, Certain, Certain, _nir),
        new("ddddddddd", NlBsn, static id => IsBsn(id), Weak, InContext, _bsn),
        new("ddd.dddd.dddd.dd", ChAhv, IsAhv, Certain, Certain, _ahv),
        new("ddddddddddddd", ChAhv, IsAhv, Likely, InContext, _ahv),
        new("dd.dd.dd-ddd.dd", BeNationalNumber, IsBelgian, Certain, Certain, _rijksregister),
        new("ddddddddddd", BeNationalNumber, IsBelgian, Possible, InContext, _rijksregister),
    ];

    private static bool IsDniLetter(int number, byte letter) => "TRWAGMYFPDXBNJZSQVHLCKE"u8[number % 23] == letter;

    private static bool IsHetu(ReadOnlySpan<byte> date, ReadOnlySpan<byte> rest) =>
        IsDdMmYy(date) && "0123456789ABCDEFHJKLMNPRSTUVWXY"u8[(int)(((Number(date) * 1000L) + Number(rest[..3])) % 31)] == rest[3];

    // Ministerial decree of 23 December 1976: odd places by the table, even places by value.
    private static bool IsFiscalCode(ReadOnlySpan<byte> id)
    {
        ReadOnlySpan<byte> odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var value = id[i] <= '9' ? id[i] - '0' : id[i] - 'A';
            sum += (i & 1) == 0 ? odd[value] : value;
        }
        return 'A' + (sum % 26) == id[15];
    }

    // The century stands in the month: +80 for 1800s, +20, +40, +60 for 2000s to 2200s.
    private static bool IsPesel(ReadOnlySpan<byte> id) =>
        IsDay(Number(id.Slice(2, 2)) % 20, Number(id.Slice(4, 2))) && Weighted(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0;

    private static bool IsPersonnummer(ReadOnlySpan<byte> id)
    {
        // A coordination number has 60 added to the day.
        var day = Number(id.Slice(4, 2));
        return IsDay(Number(id.Slice(2, 2)), day > 60 ? day - 60 : day) && Luhn(id);
    }

    private static bool IsTurkishPlate(ReadOnlySpan<byte> id) => Number(id[..2]) is >= 1 and <= 81;

    private static bool IsTckn(ReadOnlySpan<byte> id)
    {
        if (id[0] == '0') return false;
        var odd = Weighted(id, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
        var even = Weighted(id, [0, 1, 0, 1, 0, 1, 0, 1]);
        var tenth = ((odd * 7) - even) % 10;
        return (tenth < 0 ? tenth + 10 : tenth) == id[9] - '0' && (odd + even + id[9] - '0') % 10 == id[10] - '0';
    }

    // INSEE: 97 minus the first thirteen digits modulo 97; Corsica's 2A and 2B count as 19 and 18.
    private static bool IsNir(ReadOnlySpan<byte> id)
    {
        if (id[0] is not ((byte)'1' or (byte)'2')) return false;
        Span<byte> digits = stackalloc byte[15];
        id.CopyTo(digits);
        if (id[5] == '2' && id[6] is (byte)'A' or (byte)'B') (digits[5], digits[6]) = ((byte)'1', id[6] == 'A' ? (byte)'9' : (byte)'8');
        if (!AllDigits(digits) || Number(digits.Slice(3, 2)) is not ((>= 1 and <= 12) or (>= 20 and <= 42) or (>= 50 and <= 99))) return false;
        var number = 0L;
        foreach (var digit in digits[..13]) number = (number * 10) + (digit - '0');
        return 97 - (number % 97) == Number(digits[13..]);
    }

    private static bool IsBsn(ReadOnlySpan<byte> id) => !AllSame(id) && (Weighted(id, [9, 8, 7, 6, 5, 4, 3, 2]) - (id[8] - '0')) % 11 == 0;

    private static bool IsAhv(ReadOnlySpan<byte> id) => id.StartsWith("756"u8) && Weighted(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 == 0;

    private static bool IsBelgian(ReadOnlySpan<byte> id)
    {
        if (!IsYyMmDd(id)) return false;
        var number = Number(id[..9]);
        var check = Number(id[9..]);
        return 97 - (number % 97) == check || 97 - ((2_000_000_000L + number) % 97) == check;
    }
}
