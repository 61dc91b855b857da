using System.Buffers;

namespace Edge.Guard.Pii;

/// <summary>Check-digit rules and ranges that several identifiers share. Every argument is compact: upper-case letters and digits.</summary>
internal static class CheckDigits
{
    private static readonly SearchValues<byte> _hex = SearchValues.Create("0123456789abcdefABCDEF"u8);

    public static int Value(byte b) => b <= '9' ? b - '0' : b - 'A' + 10;

    /// <summary>The number that a few digits write.</summary>
    public static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits) number = (number * 10) + (digit - '0');
        return number;
    }

    public static bool AllDigits(ReadOnlySpan<byte> id) => id.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    public static bool AllHex(ReadOnlySpan<byte> id) => id.IndexOfAnyExcept(_hex) < 0;

    public static bool AllSame(ReadOnlySpan<byte> id) => id.IndexOfAnyExcept(id[0]) < 0;

    /// <summary>Luhn (ISO/IEC 7812-1, annex B), the check digit last.</summary>
    public static bool Luhn(ReadOnlySpan<byte> digits) => LuhnSum(digits) % 10 == 0;

    public static int LuhnSum(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var d = digits[digits.Length - 1 - i] - '0';
            if ((i & 1) == 1) d = d > 4 ? (d * 2) - 9 : d * 2;
            sum += d;
        }
        return sum;
    }

    /// <summary>Sum of the first characters' values times the weights.</summary>
    public static int Weighted(ReadOnlySpan<byte> id, ReadOnlySpan<byte> weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++) sum += Value(id[i]) * weights[i];
        return sum;
    }

    /// <summary>ISO 7064 MOD 97-10 of an IBAN or LEI whose first four characters go to the end (ISO 13616).</summary>
    public static bool Iban97(ReadOnlySpan<byte> id)
    {
        var rest = 0;
        for (var i = 0; i < id.Length; i++)
        {
            var value = Value(id[i + 4 < id.Length ? i + 4 : i + 4 - id.Length]);
            rest = ((rest * (value > 9 ? 100 : 10)) + value) % 97;
        }
        return rest == 1;
    }

    /// <summary>The rest of a number of any length divided by 97 (ISO 7064 MOD 97-10: 1).</summary>
    public static int Mod97(ReadOnlySpan<byte> digits)
    {
        var rest = 0;
        foreach (var digit in digits) rest = ((rest * 10) + digit - '0') % 97;
        return rest;
    }

    /// <summary>ISO 7064 MOD 11,10, the check digit last.</summary>
    public static bool Mod1110(ReadOnlySpan<byte> digits)
    {
        var product = 10;
        foreach (var digit in digits[..^1])
        {
            var sum = (digit - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        return (11 - product) % 10 == digits[^1] - '0';
    }

    /// <summary>Verhoeff's dihedral check, the check digit last.</summary>
    public static bool Verhoeff(ReadOnlySpan<byte> digits)
    {
        ReadOnlySpan<byte> permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        var check = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            int d = digits[digits.Length - 1 - i] - '0';
            for (var times = i % 8; times > 0; times--) d = permutation[d];
            check = Dihedral(check, d);
        }
        return check == 0;
    }

    // The group of the pentagon's symmetries: 0..4 rotations, 5..9 reflections.
    private static int Dihedral(int a, int b) => (a < 5, b < 5) switch
    {
        (true, true) => (a + b) % 5,
        (true, false) => ((a + b - 5) % 5) + 5,
        (false, true) => ((a - 5 - b + 5) % 5) + 5,
        (false, false) => (a - b + 5) % 5,
    };

    /// <summary>The 7-3-1 weighting of machine readable documents (ICAO 9303), the check digit last.</summary>
    public static bool Icao731(ReadOnlySpan<byte> id)
    {
        var sum = 0;
        for (var i = 0; i < id.Length - 1; i++) sum += Value(id[i]) * (i % 3 == 0 ? 7 : i % 3 == 1 ? 3 : 1);
        return sum % 10 == id[^1] - '0';
    }

    /// <summary>A day and a month that exist; February has 29 days.</summary>
    public static bool IsDay(int month, int day) => month is >= 1 and <= 12 && day >= 1 && day <= (month == 2 ? 29 : month is 4 or 6 or 9 or 11 ? 30 : 31);

    /// <summary>Six digits, year month day, two each.</summary>
    public static bool IsYyMmDd(ReadOnlySpan<byte> digits) => IsDay(Number(digits.Slice(2, 2)), Number(digits.Slice(4, 2)));

    /// <summary>Six digits, day month year.</summary>
    public static bool IsDdMmYy(ReadOnlySpan<byte> digits) => IsDay(Number(digits.Slice(2, 2)), Number(digits[..2]));
}
