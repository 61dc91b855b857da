namespace Edge.Guard.Pii.Detectors;

/// <summary>
/// Which detectors the bytes around a number leave possible, looked up in one step: nearly all numbers of ordinary text ("12 percent", "in 2024,", "(3)") are of interest to none. What is
/// left decides by itself, with a longer look.
/// </summary>
internal static class NumberInterest
{
    public const ushort Token = 1, Shape = 2, ShapeBackLower = 4, ShapeBackUpper = 8, ShapeBackDigit = 16, Card = 32, Phone = 64, Date = 128, Dotted = 256, Rare = 512, Street = 1024,
        MonthBefore = 2048, GermanStreet = 4096, Box = 8192, StreetInLowerCase = 16384, Letters = 32768;

    public const ushort AnyShape = Shape | ShapeBackLower | ShapeBackUpper | ShapeBackDigit;

    // From so many digits on, anything may be.
    private const int ManyDigits = 5;

    /// <summary>By the classes of the byte before the number, the byte behind it and the next one, and by how many digits it has.</summary>
    private static readonly ushort[] _table = Build();

    // Of what needs a certain second byte before the number, what that leaves.
    private static readonly ushort[] _kept = [.. Enumerable.Range(0, 256).Select(static b => Kept((byte)b))];

    public static int Of(in NumberRun number) =>
        _table[Index(ByteClass.Of(number.Before), Math.Min(number.Digits, ManyDigits), ByteClass.Of(number.Next), ByteClass.Of(number.After))] & _kept[number.SecondBefore];

    private static int Index(int before, int digits, int next, int after) => (((((digits - 1) * ByteClass.Count) + before) * ByteClass.Count) + next) * ByteClass.Count + after;

    private static ushort[] Build()
    {
        var table = new ushort[ManyDigits * ByteClass.Count * ByteClass.Count * ByteClass.Count];
        for (var digits = 1; digits <= ManyDigits; digits++)
        {
            for (var before = 0; before < ByteClass.Count; before++)
            {
                for (var next = 0; next < ByteClass.Count; next++)
                {
                    for (var after = 0; after < ByteClass.Count; after++) table[Index(before, digits, next, after)] = Decide(before, digits, next, after);
                }
            }
        }
        return table;
    }

    private static ushort Decide(int before, int digits, int next, int after)
    {
        var many = digits == ManyDigits;
        var figure = after == ByteClass.Digit;
        var letter = next is ByteClass.Upper or ByteClass.Lower;
        var interest = 0;
        if (many || ByteClass.IsToken(before) || (ByteClass.IsToken(next) && ByteClass.IsToken(after)) || next is ByteClass.Plus or ByteClass.Slash || (next == ByteClass.Colon && after == ByteClass.Upper)) interest |= Token;
        if (before is ByteClass.Upper or ByteClass.Lower) return (ushort)(interest | Letters);
        if (before is ByteClass.Digit or ByteClass.Underscore) return (ushort)interest;

        // A letter that no shape names is left to those with any letter there: "hra 12" is not to be looked for in each "by 12".
        if (many || DetectorList.ShapesMayFit(digits, null, before, next, after, back: false) || DetectorList.ShapesMayFit(digits, ByteClass.Lower, before, next, after, back: true, isAnyLower: true)) interest |= Shape;
        if (many || DetectorList.ShapesMayFit(digits, ByteClass.Lower, before, next, after, back: true)) interest |= ShapeBackLower;
        if (many || DetectorList.ShapesMayFit(digits, ByteClass.Upper, before, next, after, back: true)) interest |= ShapeBackUpper;
        if (many || DetectorList.ShapesMayFit(digits, ByteClass.Digit, before, next, after, back: true)) interest |= ShapeBackDigit;
        // Spaces, tabs, ends of lines and hyphens are Space, Other and Dash.
        var wide = next is ByteClass.Space or ByteClass.Dash or ByteClass.Other && (figure || after is ByteClass.Space or ByteClass.Dash or ByteClass.Other);
        if (many || (digits is 1 or 4 && (wide || (figure && next is ByteClass.Dot or ByteClass.Slash or ByteClass.Underscore)))) interest |= Card;
        // The country of an IBAN before a space: "DE 89 3704".
        if (digits is 1 or 2 && before == ByteClass.Space && wide) interest |= ShapeBackUpper;
        if (many || before is ByteClass.Plus or ByteClass.Open || (next is ByteClass.Space or ByteClass.Dash or ByteClass.Slash && (figure || after == ByteClass.Open))) interest |= Phone;
        if (!many && digits != 3)
        {
            if (figure && next is ByteClass.Dash or ByteClass.Slash) interest |= Date;
            if (digits <= 2 && next is ByteClass.Space or ByteClass.Dash or ByteClass.Dot && (after is ByteClass.Upper or ByteClass.Lower || (next == ByteClass.Dot && after == ByteClass.Space))) interest |= Date;
            if (before is ByteClass.Space or ByteClass.Dash
                && (digits == 4 || before == ByteClass.Dash || (next == ByteClass.Comma ? after is ByteClass.Space or ByteClass.Dash : figure && next is ByteClass.Space or ByteClass.Dash))) interest |= MonthBefore;
        }
        if (next == ByteClass.Dot && figure) interest |= Dotted;
        if (many || next == ByteClass.Beyond || letter) interest |= Rare;
        if (before == ByteClass.Space) interest |= GermanStreet | Box;
        if (next == ByteClass.Space ? after is ByteClass.Upper or ByteClass.Beyond or ByteClass.Digit : letter && after == ByteClass.Space) interest |= Street;
        if (before == ByteClass.Space && next == ByteClass.Space && after == ByteClass.Lower) interest |= StreetInLowerCase;
        return (ushort)interest;
    }

    private static ushort Kept(byte second)
    {
        var kept = (int)ushort.MaxValue;
        var c = ByteClass.Of(second);
        if (!DetectorList.ShapesName(second)) kept &= ~ShapeBackLower;
        if (c != ByteClass.Upper) kept &= ~ShapeBackUpper;
        if (c != ByteClass.Digit) kept &= ~ShapeBackDigit;
        if (!DateDetector.IsFinal(second)) kept &= ~MonthBefore;
        if (!StreetDetector.MayBeGerman(second)) kept &= ~GermanStreet;
        if ((second | 0x20) != 'x') kept &= ~Box;
        if (!StreetDetector.MayPrecedeLowerCase(second)) kept &= ~StreetInLowerCase;
        return (ushort)kept;
    }
}
