using System.Numerics;
using System.Runtime.CompilerServices;
using Edge.Simd.Text;

namespace Edge.Guard.Pii;

/// <summary>
/// All shapes, indexed by how a word begins (so many letters, then so many digits) and by the two bytes on either side of it. A number in prose is then compared with hardly any of them.
/// </summary>
internal sealed class ShapeIndex
{
    private const int MaxLetters = 7, MaxDigits = 20, MaxLength = 40;

    // A bit of a bucket's masks is a shape.
    private const int MaxShapes = 64;

    /// <param name="Shape">What it belongs to.</param>
    /// <param name="Pattern">One spelling of it.</param>
    /// <param name="Lead">How far before the first digit it begins; -1: where the word does.</param>
    private readonly record struct Entry(Shape Shape, byte[] Pattern, int Lead);

    /// <summary>The shapes that have a word of so many letters and digits, and which of them each class of neighbour leaves possible.</summary>
    private sealed class Bucket
    {
        public readonly List<Entry> Entries = [];

        // By the class of the second byte before the word, the byte before it, the byte behind it, and the second one behind it.
        public readonly ulong[] SecondBefore = new ulong[ByteClass.Count], Before = new ulong[ByteClass.Count], Next = new ulong[ByteClass.Count], After = new ulong[ByteClass.Count];

        /// <summary>Those that begin with the word, and those that end with it.</summary>
        public ulong Begin, End;

        /// <summary>Those for which the second byte before the word may be any lower-case letter, and not a certain one ("hra 12").</summary>
        public ulong AnyLower;

        /// <summary>The same of further shapes; null where there are none.</summary>
        public Bucket? More;
    }

    // The lower-case letters that a shape has as the second byte before its word.
    private readonly bool[] _named = new bool[256];

    private readonly Bucket?[] _buckets = new Bucket?[(MaxLetters + 1) * (MaxDigits + 1)];

    public ShapeIndex(IEnumerable<Shape> shapes)
    {
        foreach (var shape in shapes)
        {
            foreach (var pattern in shape.Variants())
            {
                for (var letters = 0; letters <= MaxLetters; letters++)
                {
                    for (var digits = 1; digits <= MaxDigits; digits++)
                    {
                        if (Begins(pattern, letters, digits)) Put(new Entry(shape, pattern, LeadOf(pattern)), letters, digits);
                    }
                }
            }
        }
    }

    /// <summary>Whether a lower-case letter is the second byte before a word in some shape, as itself and not as any letter.</summary>
    public bool Names(byte letter) => _named[letter];

    /// <summary>Whether some shape is left possible by the neighbours of a number that no letter touches.</summary>
    /// <param name="digits">How many digits.</param>
    /// <param name="second">The class of the second byte before it; null: of any.</param>
    /// <param name="before">Of the byte before it.</param>
    /// <param name="next">Of the byte behind it.</param>
    /// <param name="after">Of the second one behind it.</param>
    /// <param name="back">Whether those that begin before the number are asked for, or those that begin with it.</param>
    /// <param name="isAnyLower">The second byte before it is a lower-case letter that is none of those in <see cref="Names"/>.</param>
    public bool MayFit(int digits, int? second, int before, int next, int after, bool back, bool isAnyLower = false)
    {
        for (var bucket = _buckets[Index(0, digits)]; bucket is not null; bucket = bucket.More)
        {
            var fits = bucket.Before[before] & bucket.Next[next] & bucket.After[after] & (second is { } known ? bucket.SecondBefore[known] : ulong.MaxValue);
            fits &= back ? ~bucket.Begin : bucket.Begin;
            if (isAnyLower) fits &= bucket.AnyLower;
            if (GoesOn(next, after)) fits &= ~bucket.End;
            if (fits != 0) return true;
        }
        return false;
    }

    public void Detect(ref PiiScan scan, in NumberRun number, int letters)
    {
        var (digits, at) = (number.Digits, number.At);
        if (letters > MaxLetters || digits > MaxDigits) return;
        int second = ByteClass.Of(letters == 0 ? number.SecondBefore : scan[at - letters - 2]), before = ByteClass.Of(letters == 0 ? number.Before : scan[at - letters - 1]);
        int next = ByteClass.Of(number.Next), after = ByteClass.Of(number.After);
        // What PiiScan.StandsAlone would refuse in the end.
        var goesBack = GoesOn(before, second);
        var goesOn = GoesOn(next, after);
        for (var bucket = _buckets[Index(letters, digits)]; bucket is not null; bucket = bucket.More)
        {
            var fits = bucket.Before[before] & bucket.Next[next] & bucket.After[after] & bucket.SecondBefore[second];
            if (goesBack) fits &= ~bucket.Begin;
            if (goesOn) fits &= ~bucket.End;
            for (; fits != 0; fits &= fits - 1)
            {
                var entry = bucket.Entries[BitOperations.TrailingZeroCount(fits)];
                Try(ref scan, entry, entry.Lead < 0 ? at - letters : at - entry.Lead);
            }
        }
    }

    private static bool GoesOn(int separator, int beyond) =>
        separator == ByteClass.Dash ? ByteClass.IsWord(beyond) : separator is ByteClass.Dot or ByteClass.Slash or ByteClass.Colon or ByteClass.Comma && beyond == ByteClass.Digit;

    private void Put(Entry entry, int letters, int digits)
    {
        var bucket = _buckets[Index(letters, digits)] ??= new Bucket();
        while (bucket.Entries.Count == MaxShapes) bucket = bucket.More ??= new Bucket();
        var bit = 1UL << bucket.Entries.Count;
        bucket.Entries.Add(entry);
        var pattern = entry.Pattern;
        var word = entry.Lead < 0 ? 0 : entry.Lead - letters;
        var end = word + letters + digits;
        if (word == 0) bucket.Begin |= bit;
        if (end == pattern.Length) bucket.End |= bit;
        if (word > 1)
        {
            var second = pattern[word - 2];
            if (second is (byte)'L' or (byte)'X') bucket.AnyLower |= bit;
            else if (second != 'd' && char.IsAsciiLetterLower((char)second)) _named[second] = true;
        }
        for (var c = 0; c < ByteClass.Count; c++)
        {
            // No letter or digit touches a shape.
            if (word > 0 ? CanBe(pattern[word - 1], c) : c is not (ByteClass.Digit or ByteClass.Underscore)) bucket.Before[c] |= bit;
            if (word == 0 || (word > 1 ? CanBe(pattern[word - 2], c) : !ByteClass.IsWord(c))) bucket.SecondBefore[c] |= bit;
            if (end < pattern.Length ? CanBe(pattern[end], c) : !ByteClass.IsWord(c)) bucket.Next[c] |= bit;
            if (end == pattern.Length || (end + 1 < pattern.Length ? CanBe(pattern[end + 1], c) : !ByteClass.IsWord(c))) bucket.After[c] |= bit;
        }
    }

    private static bool CanBe(byte pattern, int c) => pattern switch
    {
        (byte)'d' => c == ByteClass.Digit,
        (byte)'L' => c is ByteClass.Upper or ByteClass.Lower,
        (byte)'U' => c == ByteClass.Upper,
        (byte)'X' => c is ByteClass.Upper or ByteClass.Lower or ByteClass.Digit,
        _ => ByteClass.Of(pattern) == c,
    };

    private static void Try(ref PiiScan scan, in Entry entry, int start)
    {
        var end = start + entry.Pattern.Length;
        if (start < 0 || end > scan.Text.Length || !Matches(scan.Text.Slice(start, entry.Pattern.Length), entry.Pattern)) return;
        if (!scan.StandsAlone(start, end)) return;
        var shape = entry.Shape;
        if (shape.Check is not null)
        {
            Span<byte> compact = stackalloc byte[MaxLength];
            var length = 0;
            foreach (var b in scan.Text[start..end])
            {
                if (char.IsAsciiLetterOrDigit((char)b)) compact[length++] = AsciiFold.ToLower(b) is var low && low is >= (byte)'a' and <= (byte)'z' ? (byte)(low - 0x20) : b;
            }
            if (!shape.Check(compact[..length])) return;
        }
        var confidence = shape.Words.Length > 0 && shape.InContext > shape.Alone && scan.HasContext(start, end, shape.Words) ? shape.InContext : shape.Alone;
        // Where it is the whole of a field, nothing else speaks against it.
        if (confidence == Confidence.Possible && scan.IsWhole(start, end)) confidence = Confidence.Default;
        if (confidence > 0) scan.Add(start, end, shape.Entity, confidence);
    }

    private static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (!Fits(pattern[i], text[i])) return false;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Fits(byte pattern, byte b) => pattern switch
    {
        (byte)'d' => char.IsAsciiDigit((char)b),
        (byte)'L' => char.IsAsciiLetter((char)b),
        (byte)'U' => char.IsAsciiLetterUpper((char)b),
        (byte)'X' => char.IsAsciiLetterOrDigit((char)b),
        _ => b == pattern,
    };

    // How far before the first digit the pattern begins; -1 where an X before it leaves that open: it then begins where the word does.
    private static int LeadOf(ReadOnlySpan<byte> pattern) => pattern.IndexOfAny((byte)'d', (byte)'X') is var first && pattern[first] == 'd' ? first : -1;

    private static bool Begins(ReadOnlySpan<byte> pattern, int letters, int digits)
    {
        var start = 0;
        var lead = LeadOf(pattern);
        if (lead >= 0)
        {
            // Only the letters that touch the digit belong to its word.
            while (start < lead && pattern[start..lead].IndexOfAnyExcept((byte)'L', (byte)'U') >= 0) start++;
            if (lead - start != letters) return false;
        }
        for (var i = 0; i < letters + digits; i++)
        {
            if (start + i >= pattern.Length) return false;
            var p = pattern[start + i];
            if (!(p == 'X' || (i < letters ? p is (byte)'L' or (byte)'U' : p == 'd'))) return false;
        }
        return start + letters + digits == pattern.Length || pattern[start + letters + digits] != 'd';
    }

    private static int Index(int letters, int digits) => (letters * (MaxDigits + 1)) + digits;
}
