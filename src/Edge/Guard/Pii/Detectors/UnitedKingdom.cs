using System.Buffers;
using static Edge.Guard.Pii.CheckDigits;
using static Edge.Guard.Pii.Confidence;
using static Edge.Guard.Pii.PiiEntity;
using static Edge.Guard.Pii.Shape;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Identifiers of the United Kingdom.</summary>
internal static class UnitedKingdom
{
    private static readonly SearchValues<byte> _inwardUnused = SearchValues.Create("CIKMOV"u8);
    private static readonly byte[][] _nhs = WordList("nhs|national health|health service|patient");
    private static readonly byte[][] _nino = WordList("nino|national insurance|insurance number");
    private static readonly byte[][] _passport = WordList("passport|travel document");
    private static readonly byte[][] _driving = WordList("driving|licence|license|dvla");
    private static readonly byte[][] _postcode = WordList("postcode|post code|postal|address|zip|deliver|send to");
    private static readonly byte[][] _vehicle = WordList("registration|reg|vehicle|plate|number plate|car|dvla");

    public static readonly Shape[] Shapes =
    [
        // Of a number that could be a telephone's in North America, the words beside it decide.
        new("ddd-ddd-dddd", UkNhs, IsNhs, Default, InContext + 1, _nhs),
        new("ddd ddd dddd", UkNhs, IsNhs, Default, InContext + 1, _nhs),
        new("dddddddddd", UkNhs, IsNhs, Possible, InContext, _nhs),
        new("LL~dd~dd~dd~L", UkNino, IsNino, Likely, InContext, _nino),
        new("LL dddddd L", UkNino, IsNino, Likely, InContext, _nino),
        new("LLddddddd", UkPassport, null, Weak, InContext, _passport),
        new("XXXXXddddddXXXLL", UkDrivingLicence, IsDrivingLicence, Likely, InContext, _driving),
        .. from form in new[] { "Ud~dUU", "Udd~dUU", "UUd~dUU", "UUdd~dUU", "UdU~dUU", "UUdU~dUU" } select new Shape(form, UkPostcode, IsPostcode, Possible, InContext, _postcode),
        .. from form in new[] { "Ld~dLL", "Ldd~dLL", "LLd~dLL", "LLdd~dLL", "LdL~dLL", "LLdL~dLL" } select new Shape(form, UkPostcode, IsPostcode, 0, InContext, _postcode),
        new("LLdd~LLL", UkVehicleRegistration, IsPlate, Likely, InContext, _vehicle),
        .. from form in new[] { "Ud~UUU", "Udd~UUU", "Uddd~UUU" } select new Shape(form, UkVehicleRegistration, static id => IsOldMark(id[0]), Weak, InContext, _vehicle),
        .. from form in new[] { "UUU~dU", "UUU~ddU", "UUU~dddU" } select new Shape(form, UkVehicleRegistration, static id => IsOldMark(id[^1]), Weak, InContext, _vehicle),
    ];

    private static bool IsNhs(ReadOnlySpan<byte> id)
    {
        var check = 11 - (Weighted(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
        return (check == 11 ? 0 : check) == id[9] - '0' && !AllSame(id);
    }

    // HMRC's manual NIM39110: no D, F, I, Q, U, V at first or second place, no O at the second, some pairs unused, suffix A to D.
    private static bool IsNino(ReadOnlySpan<byte> id) =>
        "DFIQUV"u8.IndexOf(id[0]) < 0 && "DFIOQUV"u8.IndexOf(id[1]) < 0 && id[^1] is >= (byte)'A' and <= (byte)'D'
        && (id[0], id[1]) is not (((byte)'B', (byte)'G') or ((byte)'G', (byte)'B') or ((byte)'N', (byte)'K') or ((byte)'K', (byte)'N') or ((byte)'T', (byte)'N') or ((byte)'N', (byte)'T') or ((byte)'Z', (byte)'Z'));

    // Surname (9 fills it up), decade, month (+50 for women), day, year, initials, two arbitrary places.
    private static bool IsDrivingLicence(ReadOnlySpan<byte> id)
    {
        var surname = id[..5];
        var letters = surname.IndexOfAnyExceptInRange((byte)'A', (byte)'Z');
        if (letters == 0 || (letters > 0 && surname[letters..].IndexOfAnyExcept((byte)'9') >= 0)) return false;
        var month = Number(id.Slice(6, 2));
        return IsDay(month > 50 ? month - 50 : month, Number(id.Slice(8, 2)))
            && !char.IsAsciiDigit((char)id[11]) && (id[12] == '9' || !char.IsAsciiDigit((char)id[12]));
    }

    private static bool IsPostcode(ReadOnlySpan<byte> id) =>
        "QVX"u8.IndexOf(id[0]) < 0 && "IJZ"u8.IndexOf(id[1]) < 0 && id[^2..].IndexOfAny(_inwardUnused) < 0;

    // DVLA's system since 2001: the age is 02..29 (March) or 51..79 (September); I, Q and Z are unused in the area, I and Q behind.
    private static bool IsPlate(ReadOnlySpan<byte> id) =>
        id[..2].IndexOfAny("IQZ"u8) < 0 && id[4..].IndexOfAny("IQ"u8) < 0 && Number(id.Slice(2, 2)) is (>= 2 and <= 29) or (>= 51 and <= 79);

    private static bool IsOldMark(byte letter) => "IOQUZ"u8.IndexOf(letter) < 0;
}
