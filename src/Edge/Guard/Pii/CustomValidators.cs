namespace Edge.Guard.Pii;

/// <summary>What a match of a custom detector must pass besides.</summary>
internal static class CustomValidators
{
    // Longer matches are no identifiers.
    private const int MaxLength = 64;

    private static readonly (string Name, IdCheck? Check)[] _all =
    [
        ("none", null),
        ("luhn", static id => CheckDigits.AllDigits(id) && id.Length >= 2 && CheckDigits.Luhn(id)),
        ("iban", static id => id.Length >= 5 && CheckDigits.Iban97(id)),
        ("mod97", static id => CheckDigits.AllDigits(id) && CheckDigits.Mod97(id) == 1),
        ("mod11_10", static id => CheckDigits.AllDigits(id) && id.Length >= 2 && CheckDigits.Mod1110(id)),
        ("verhoeff", static id => CheckDigits.AllDigits(id) && id.Length >= 2 && CheckDigits.Verhoeff(id)),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(static entry => entry.Name)];

    /// <returns>False for a name that no validator has.</returns>
    public static bool TryFind(string name, out IdCheck? check)
    {
        foreach (var entry in _all)
        {
            if (!string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase)) continue;
            check = entry.Check;
            return true;
        }
        check = null;
        return false;
    }

    /// <summary>Checks the letters and digits of a match; what is between them does not count.</summary>
    public static bool Passes(IdCheck? check, ReadOnlySpan<byte> match)
    {
        if (check is null) return true;
        Span<byte> compact = stackalloc byte[MaxLength];
        var length = 0;
        foreach (var b in match)
        {
            if (!char.IsAsciiLetterOrDigit((char)b)) continue;
            if (length == MaxLength) return false;
            compact[length++] = b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 0x20) : b;
        }
        return length > 0 && check(compact[..length]);
    }
}
