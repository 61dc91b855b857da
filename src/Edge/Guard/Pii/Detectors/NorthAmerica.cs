using System.Buffers;
using static Edge.Guard.Pii.CheckDigits;
using static Edge.Guard.Pii.Confidence;
using static Edge.Guard.Pii.PiiEntity;
using static Edge.Guard.Pii.Shape;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Identifiers of the United States and Canada.</summary>
internal static class NorthAmerica
{
    private static readonly SearchValues<byte> _mbiUnused = SearchValues.Create("SLOIBZ"u8);
    private static readonly byte[][] _ssn = WordList("ssn|ssid|social security|social sec|social");
    private static readonly byte[][] _itin = WordList("itin|taxpayer|tax id|individual|tin|tax");
    private static readonly byte[][] _passport = WordList("passport|travel document|passport#");
    private static readonly byte[][] _driver = WordList("driver|license|licence|permit|lic|identification|dl");
    private static readonly byte[][] _bank = WordList("bank|account|acct|checking|savings|debit|deposit");
    private static readonly byte[][] _aba = WordList("aba|routing|bank|transit|rtn|wire");
    private static readonly byte[][] _dea = WordList("dea|medical|license|licence|prescriber|certificate|registration");
    private static readonly byte[][] _npi = WordList("npi|provider|national provider");
    private static readonly byte[][] _mbi = WordList("mbi|medicare|beneficiary|patient");
    private static readonly byte[][] _sin = WordList("sin|social insurance|assurance sociale|nas");

    public static readonly Shape[] Shapes =
    [
        new("ddd-dd-dddd", UsSsn, IsSsn, Likely, InContext, _ssn),
        new("ddd dd dddd", UsSsn, IsSsn, Default, InContext, _ssn),
        new("ddd.dd.dddd", UsSsn, IsSsn, Possible, InContext, _ssn),
        new("ddd-dddddd", UsSsn, IsSsn, Weak, InContext, _ssn),
        new("ddddd-dddd", UsSsn, IsSsn, Weak, InContext, _ssn),
        new("ddddddddd", UsSsn, IsSsn, Weak, InContext, _ssn),
        new("ddd-dd-dddd", UsItin, IsItin, Likely, InContext, _itin),
        new("ddd dd dddd", UsItin, IsItin, Default, InContext, _itin),
        new("ddd-dddddd", UsItin, IsItin, Weak, InContext, _itin),
        new("ddddd-dddd", UsItin, IsItin, Weak, InContext, _itin),
        new("ddddddddd", UsItin, IsItin, Weak, InContext, _itin),
        new("Ldddddddd", UsPassport, null, Weak, InContext, _passport),
        new("ddddddddd", UsPassport, null, Weak, InContext, _passport),
        .. Digits(8, 17).Select(p => new Shape(p, UsBankNumber, null, Weak, InContext, _bank)),
        .. Digits(6, 14).Select(p => new Shape(p, UsDriverLicense, null, 0, InContext, _driver)),
        .. Digits(5, 13).Select(p => new Shape("L" + p, UsDriverLicense, null, Weak, InContext, _driver)),
        new("LLdddddd", UsDriverLicense, null, 0, InContext, _driver),
        new("LLddddddd", UsDriverLicense, null, 0, InContext, _driver),
        new("Lddd-dddd-dddd", UsDriverLicense, null, Weak, InContext, _driver),
        new("ddddddddd", AbaRoutingNumber, IsAba, Possible, InContext, _aba),
        new("dddd-dddd-d", AbaRoutingNumber, IsAba, Default, InContext, _aba),
        new("LLddddddd", MedicalLicense, IsDea, Default, InContext, _dea),
        new("Ldddddddd", MedicalLicense, static id => id[1] == '9' && IsDea(id), Default, InContext, _dea),
        new("dddddddddd", UsNpi, IsNpi, Default, InContext, _npi),
        new("dLXd~LXd~LLdd", UsMbi, IsMbi, Likely, InContext, _mbi),
        new("ddd-ddd-ddd", CaSin, IsSin, Likely, InContext, _sin),
        new("ddd ddd ddd", CaSin, IsSin, Default, InContext, _sin),
        new("ddddddddd", CaSin, IsSin, Weak, InContext, _sin),
    ];

    private static IEnumerable<string> Digits(int from, int to) => Enumerable.Range(from, to - from + 1).Select(n => new string('d', n));

    // Social Security Administration: no area 000, 666 or from 900, no group 00, no serial 0000; two numbers were printed in advertisements.
    private static bool IsSsn(ReadOnlySpan<byte> id) =>
        Number(id[..3]) is > 0 and < 900 and not 666 && Number(id.Slice(3, 2)) != 0 && Number(id[5..]) != 0
        && !id.SequenceEqual("078051120"u8) && !id.SequenceEqual("219099999"u8) && !AllSame(id) && !id.SequenceEqual("123456789"u8) && !id.SequenceEqual("987654321"u8);

    // IRS publication 1915: begins with 9, group 50-65, 70-88, 90-92, 94-99.
    private static bool IsItin(ReadOnlySpan<byte> id) =>
        id[0] == '9' && Number(id.Slice(3, 2)) is (>= 50 and <= 65) or (>= 70 and <= 88) or (>= 90 and <= 92) or (>= 94 and <= 99);

    private static bool IsAba(ReadOnlySpan<byte> id) =>
        Number(id[..2]) is (>= 0 and <= 12) or (>= 21 and <= 32) or (>= 61 and <= 72) or 80 && !AllSame(id) && Weighted(id, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 == 0;

    private static bool IsDea(ReadOnlySpan<byte> id)
    {
        if ("ABCDEFGHJKLMPRSTUX"u8.IndexOf(id[0]) < 0) return false;
        var digits = id[2..];
        return (Weighted(digits, [1, 2, 1, 2, 1, 2]) % 10) == digits[6] - '0' && !AllSame(digits);
    }

    // Luhn over the number behind the prefix 80840 of health identifiers, which adds 24.
    private static bool IsNpi(ReadOnlySpan<byte> id) => id[0] is (byte)'1' or (byte)'2' && (LuhnSum(id) + 24) % 10 == 0;

    // Medicare: no S, L, O, I, B, Z, and the first digit is not 0.
    private static bool IsMbi(ReadOnlySpan<byte> id) => id[0] != '0' && id.IndexOfAny(_mbiUnused) < 0;

    private static bool IsSin(ReadOnlySpan<byte> id) => id[0] is not ((byte)'0' or (byte)'8') && Luhn(id) && !AllSame(id);
}
