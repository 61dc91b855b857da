using System.Globalization;

namespace Edge.Configuration;

/// <summary>Numbers such as <c>1.5</c> times a unit, exact in integers: a float would turn 0.1 s or $0.10 into something near it.</summary>
internal static class NumberWithUnit
{
    // 10^19 - 1 fits in 64 bits unsigned, and 10^19 times the largest unit (2^40) in 128.
    private const int MaxDigits = 19;

    /// <summary>The length of <c>digits[.digits]</c> at the start of the text; 0 = there is none.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        var whole = Digits(text);
        if (whole == 0 || whole + 1 >= text.Length || text[whole] != '.') return whole;
        var fraction = Digits(text[(whole + 1)..]);
        return fraction == 0 ? 0 : whole + 1 + fraction;
    }

    /// <summary>The number times the unit. False where it does not fit in a long, or is not whole.</summary>
    /// <param name="number"><c>digits[.digits]</c>, as <see cref="Length"/> measured it.</param>
    /// <param name="unit">What 1 stands for, at least 1.</param>
    /// <param name="value">The product.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryMultiply(ReadOnlySpan<char> number, long unit, out long value, out string? error)
    {
        value = 0;
        error = "is too large";
        var dot = number.IndexOf('.');
        var whole = (dot < 0 ? number : number[..dot]).TrimStart('0');
        var fraction = dot < 0 ? [] : number[(dot + 1)..].TrimEnd('0');
        if (whole.Length > MaxDigits) return false;

        var product = (UInt128)Parse(whole) * (UInt128)unit;
        if (fraction.Length > 0)
        {
            error = "is finer than can be kept";
            if (fraction.Length > MaxDigits) return false;
            var scale = UInt128.One;
            for (var i = 0; i < fraction.Length; i++) scale *= 10;
            var (quotient, remainder) = UInt128.DivRem((UInt128)Parse(fraction) * (UInt128)unit, scale);
            if (remainder != 0) return false;
            product += quotient;
            error = "is too large";
        }
        if (product > (UInt128)long.MaxValue) return false;
        value = (long)product;
        error = null;
        return true;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static ulong Parse(ReadOnlySpan<char> digits) =>
        digits.IsEmpty ? 0 : ulong.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
