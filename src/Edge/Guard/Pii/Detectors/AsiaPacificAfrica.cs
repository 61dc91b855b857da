using static Edge.Guard.Pii.CheckDigits;
using static Edge.Guard.Pii.Confidence;
using static Edge.Guard.Pii.PiiEntity;
using static Edge.Guard.Pii.Shape;

namespace Edge.Guard.Pii.Detectors;

/// <summary>Identifiers of Australia, India, Korea, Nigeria, the Philippines, Singapore, South Africa, Thailand, and Brazil.</summary>
internal static class AsiaPacificAfrica
{
    private static readonly byte[][] _passport = WordList("passport|travel document|여권");
    private static readonly byte[][] _tin = WordList("tin|bir|taxpayer|tax");
    private static readonly byte[][] _nric = WordList("nric|fin|singapore|ic");

    public static readonly Shape[] Shapes =
    [
        new("dd ddd ddd ddd", AuAbn, IsAbn, InContext, Certain, WordList("abn|business")),
        new("ddddddddddd", AuAbn, IsAbn, Default, InContext, WordList("abn|australian business")),
        new("ddd ddd ddd", AuAcn, IsAcn, Default, InContext, WordList("acn|company")),
        new("ddddddddd", AuAcn, IsAcn, Possible, InContext, WordList("acn|australian company")),
        new("dddd~ddddd~d", AuMedicare, IsMedicare, Default, InContext, WordList("medicare")),
        new("ddd ddd ddd", AuTfn, IsTfn, Default, InContext, WordList("tfn|tax file|tax")),
        new("ddddddddd", AuTfn, IsTfn, Possible, InContext, WordList("tfn|tax file")),
        new("dddd~dddd~dddd", InAadhaar, IsAadhaar, Likely, InContext, WordList("aadhaar|aadhar|uidai|uid")),
        new("dddd:dddd:dddd", InAadhaar, IsAadhaar, Default, InContext, WordList("aadhaar|aadhar|uidai|uid")),
        new("ddLLLLLddddLXLX", InGstin, static id => Number(id[..2]) is >= 1 and <= 37 && id[13] == 'Z', Certain, Certain, []),
        new("LLLLLddddL", InPan, static id => "ABCFGHJLPT"u8.Contains(id[3]), Default, InContext, WordList("pan|permanent account|income tax")),
        new("LLLLLddddL", InPan, null, Weak, InContext, WordList("pan|permanent account")),
        new("Lddddddd", InPassport, static id => id[1] != '0', Weak, InContext, _passport),
        new("LLddLLdddd", InVehicleRegistration, IsIndianState, InContext, Certain, WordList("vehicle|registration|rto|plate|car")),
        new("LLddLdddd", InVehicleRegistration, IsIndianState, Likely, InContext, WordList("vehicle|registration|rto|plate|car")),
        new("LLdLLdddd", InVehicleRegistration, IsIndianState, Likely, InContext, WordList("vehicle|registration|rto|plate|car")),
        new("UUUdddd", InVehicleRegistration, null, Weak, InContext, WordList("vehicle|registration|rto|plate")),
        new("UUdddd", InVehicleRegistration, null, Weak, InContext, WordList("vehicle|registration|rto|plate")),
        new("LLLddddddd", InVoter, null, Possible, InContext, WordList("voter|epic|elector|vote")),
        new("ddd-dd-ddddd", KrBrn, IsKoreanBusiness, Likely, InContext, WordList("brn|business|사업자")),
        new("dddddddddd", KrBrn, IsKoreanBusiness, Possible, InContext, WordList("brn|business registration|사업자")),
        new("dd~dd~dddddd~dd", KrDriverLicense, static id => Number(id[..2]) is >= 11 and <= 28, Possible, InContext, WordList("license|licence|driver|운전면허|면허")),
        new("dd-dd-dddddd-dd", KrDriverLicense, static id => Number(id[..2]) is >= 11 and <= 28, Likely, InContext, WordList("license|driver|운전면허")),
        new("dddddd-ddddddd", KrRrn, static id => IsKoreanResident(id, '1', '4'), Likely, InContext, WordList("rrn|resident|주민등록|주민")),
        new("ddddddddddddd", KrRrn, static id => IsKoreanResident(id, '1', '4'), Possible, InContext, WordList("rrn|resident|주민등록|주민")),
        new("dddddd-ddddddd", KrFrn, static id => IsKoreanResident(id, '5', '8'), Likely, InContext, WordList("frn|foreigner|외국인")),
        new("ddddddddddddd", KrFrn, static id => IsKoreanResident(id, '5', '8'), Possible, InContext, WordList("frn|foreigner|외국인")),
        new("LdddLdddd", KrPassport, static id => "MSRODG"u8.Contains(id[0]), Possible, InContext, _passport),
        new("Ldddddddd", KrPassport, static id => "MSRODG"u8.Contains(id[0]), Weak, InContext, _passport),
        new("ddddddddddd", NgNin, static id => Verhoeff(id) && !AllSame(id), Possible, InContext, WordList("nin|national identification|nimc")),
        new("LLL-dddLL", NgVehicleRegistration, null, Default, InContext, WordList("plate|vehicle|registration|car")),
        new("ddd-ddd-ddd-ddd", PhTin, static id => id[0] < '6', Possible, InContext, _tin),
        new("ddd-ddd-ddd", PhTin, static id => id[0] < '6', Weak, InContext, _tin),
        new("ddddddddd", PhTin, static id => id[0] < '6', Weak, InContext, _tin),
        new("LdddddddL", SgNricFin, IsNric, Likely, InContext, _nric),
        new("LdddddddL", SgNricFin, null, 0, InContext, WordList("nric")),
        new("ddddddddL", SgUen, IsUen, Default, InContext, WordList("uen|unique entity|acra")),
        new("dddddddddL", SgUen, static id => Number(id[..4]) is >= 1900 and <= 2099, Default, InContext, WordList("uen|unique entity|acra")),
        new("LddLLddddL", SgUen, static id => id[0] is (byte)'T' or (byte)'S' or (byte)'R', Likely, InContext, WordList("uen|unique entity|acra")),
        new("ddddddddddddd", ThTnin, IsThai, Likely, InContext, WordList("tnin|thai|บัตรประชาชน|เลขประจำตัว")),
        new("d-dddd-ddddd-dd-d", ThTnin, IsThai, Certain, Certain, []),
        new("ddddddddddddd", ZaIdNumber, static id => IsYyMmDd(id) && id[10] <= '2' && Luhn(id), Likely, InContext, WordList("south africa|sa id|identity|id number|resident")),
        new("ddd.ddd.ddd-dd", BrCpf, static id => IsCpf(id), Certain, Certain, []),
        new("ddddddddddd", BrCpf, static id => IsCpf(id), Default, InContext, WordList("cpf|cadastro")),
        new("dd.ddd.ddd/dddd-dd", BrCnpj, static id => IsCnpj(id), Certain, Certain, []),
        new("dddddddddddddd", BrCnpj, static id => IsCnpj(id), Likely, InContext, WordList("cnpj|empresa")),
    ];

    // Australian Business Register: one less in the first digit, weights, divisible by 89.
    private static bool IsAbn(ReadOnlySpan<byte> id) => (Weighted(id, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 == 0 && id[0] != '0';

    private static bool IsAcn(ReadOnlySpan<byte> id) => (10 - (Weighted(id, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 == id[8] - '0' && !AllSame(id);

    private static bool IsMedicare(ReadOnlySpan<byte> id) => id[0] is >= (byte)'2' and <= (byte)'6' && Weighted(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 == id[8] - '0';

    private static bool IsTfn(ReadOnlySpan<byte> id) => Weighted(id, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0 && !AllSame(id);

    private static bool IsAadhaar(ReadOnlySpan<byte> id) => id[0] >= '2' && Verhoeff(id);

    private static bool IsIndianState(ReadOnlySpan<byte> id)
    {
        var states = "ANAPARASBRCGCHDDDLDNGAGJHPHRJHJKKAKLLALDMHMLMNMPMZNLODORPBPYRJSKTGTNTRTSUKUPWB"u8;
        for (var i = 0; i < states.Length; i += 2)
        {
            if (id.StartsWith(states.Slice(i, 2))) return true;
        }
        return false;
    }

    private static bool IsKoreanBusiness(ReadOnlySpan<byte> id) =>
        (10 - ((Weighted(id, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + ((id[8] - '0') * 5 / 10)) % 10)) % 10 == id[9] - '0' && Number(id[..3]) >= 101;

    // The last digit was a check digit only until October 2020; the place of registration (95 and below) still is one where it stands.
    private static bool IsKoreanResident(ReadOnlySpan<byte> id, char first, char last) => IsYyMmDd(id) && id[6] >= first && id[6] <= last;

    private static bool IsNric(ReadOnlySpan<byte> id)
    {
        var sum = Weighted(id[1..], [2, 7, 6, 5, 4, 3, 2]) + (id[0] is (byte)'T' or (byte)'G' ? 4 : id[0] == 'M' ? 3 : 0);
        return id[0] switch
        {
            (byte)'S' or (byte)'T' => "JZIHGFEDCBA"u8[sum % 11] == id[8],
            (byte)'F' or (byte)'G' => "XWUTRQPNMLK"u8[sum % 11] == id[8],
            (byte)'M' => "KLJNPQRTUWX"u8[10 - (sum % 11)] == id[8],
            _ => false,
        };
    }

    private static bool IsUen(ReadOnlySpan<byte> id) => "XMKECAWLJDB"u8[Weighted(id, [10, 4, 9, 3, 8, 2, 7, 1]) % 11] == id[8];

    private static bool IsThai(ReadOnlySpan<byte> id) =>
        id[0] is >= (byte)'1' and <= (byte)'8' && id[1] != '0' && (11 - (Weighted(id, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 == id[12] - '0';

    private static bool IsCpf(ReadOnlySpan<byte> id) =>
        !AllSame(id) && Brazilian(Weighted(id, [10, 9, 8, 7, 6, 5, 4, 3, 2])) == id[9] - '0' && Brazilian(Weighted(id, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == id[10] - '0';

    private static bool IsCnpj(ReadOnlySpan<byte> id) =>
        !AllSame(id) && Brazilian(Weighted(id, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == id[12] - '0'
        && Brazilian(Weighted(id, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == id[13] - '0';

    private static int Brazilian(int sum) => sum % 11 < 2 ? 0 : 11 - (sum % 11);
}
