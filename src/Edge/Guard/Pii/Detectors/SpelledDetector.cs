namespace Edge.Guard.Pii.Detectors;

/// <summary>Numbers spelled digit by digit (<c>5 3 6 2 2 ...</c>): cards by their check digit and length, other numbers with a check where a context word says what they are.</summary>
internal static class SpelledDetector
{
    private const int MaxDigits = 19;

    // By how many digits: the shapes that are digits alone and have a check.
    private static readonly Shape[][] _shapes = [.. Enumerable.Range(0, MaxDigits + 1).Select(static n => DetectorList.Shapes.Where(shape => shape.Check is not null && shape.Words.Length > 0 && shape.Pattern == new string('d', n)).ToArray())];

    /// <summary>Whether a digit is the first of such: most figures of a text have no other behind them.</summary>
    public static bool Wants(in NumberRun number) => number.Digits == 1 && DigitGroups.Kind(number.Next) != 0 && (number.NextIsDigit || DigitGroups.Kind(number.After) == ' ')
        && !(DigitGroups.Kind(number.Before) != 0 && (char.IsAsciiDigit((char)number.SecondBefore) || DigitGroups.Kind(number.SecondBefore) != 0 && char.IsAsciiDigit((char)number.ThirdBefore)));

    public static void Detect(ref PiiScan scan, int at)
    {
        Span<byte> digits = stackalloc byte[MaxDigits];
        var (length, end, kind) = (0, at, (byte)0);
        while (true)
        {
            if (length == MaxDigits) return;
            digits[length++] = scan[end++];
            var between = DigitGroups.Between(ref scan, end, out var next);
            if (between == 0 || (kind != 0 && next != kind)) break;
            kind = next;
            end += between;
            if (char.IsAsciiDigit((char)scan[end + 1])) return;
        }
        if (length < 8 || !scan.StandsAlone(at, end) || !DigitGroups.AreAlone(ref scan, at, end, kind)) return;
        var id = digits[..length];
        CardDetector.Spelled(ref scan, at, end, id);
        foreach (var shape in _shapes[length])
        {
            if (shape.Check!(id) && scan.HasContext(at, end, shape.Words)) scan.Add(at, end, shape.Entity, shape.InContext);
        }
    }
}
