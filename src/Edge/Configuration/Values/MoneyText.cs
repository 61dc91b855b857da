using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Edge.Configuration;

/// <summary>Amounts in US dollars as integer nano-dollars: <c>0.10</c>, <c>$5</c>, <c>100.00</c>, at most nine decimals.</summary>
public static class MoneyText
{
    public const string Allowed = "an amount in US dollars such as 0.10, 100 or $5";

    public const long NanosPerDollar = 1_000_000_000;

    /// <param name="text">The text, without surrounding space.</param>
    /// <param name="nanos">Zero or more nano-dollars.</param>
    /// <param name="error">A clause without the value.</param>
    public static bool TryParse(string text, out long nanos, [NotNullWhen(false)] out string? error)
    {
        nanos = 0;
        error = "is not an amount of money";
        var number = text.AsSpan();
        if (!number.IsEmpty && number[0] == '$') number = number[1..];
        if (number.IsEmpty || NumberWithUnit.Length(number) != number.Length) return false;
        return NumberWithUnit.TryMultiply(number, NanosPerDollar, out nanos, out error!);
    }

    /// <summary>At least two decimals, as many more as needed. Zero or more.</summary>
    public static string Format(long nanos) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanos / NanosPerDollar}.{Decimals(nanos % NanosPerDollar)}");

    private static string Decimals(long nanos) =>
        nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0').PadRight(2, '0');
}
