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

    // Classes of bytes; 1 to 6 are the separators that patterns use.
    private const byte Other = 0, Upper = 7, Lower = 8, Digit = 9, Underscore = 10;
    private const int Classes = 11;

    // A bit of a bucket's masks is a shape.
    private const int MaxShapes = 64;

    private static readonly byte[] _classes = [.. Enumerable.Range(0, 256).Select(static b => ClassOf((byte)b))];

    /// <param name="Shape">What it belongs to.</param>
    /// <param name="Pattern">One spelling of it.</param>
    /// <param name="Lead">How far before the first digit it begins; -1: where the word does.</param>
    private readonly record struct Entry(Shape Shape, byte[] Pattern, int Lead);

    /// <summary>The shapes that have a word of so many letters and digits, and which of them each class of neighbour leaves possible.</summary>
    private sealed class Bucket
    {
        public readonly List<Entry> Entries = [];

        // By the class of the second byte before the word, the byte before it, the byte behind it, and the second one behind it.
        public readonly ulong[] SecondBefore = new ulong[Classes], Before = new ulong[Classes], Next = new ulong[Classes], After = new ulong[Classes];

        /// <summary>Those that begin with the word, and those that end with it.</summary>
        public ulong Begin, End;

        /// <summary>The same of further shapes; null where there are none.</summary>
        public Bucket? More;
    }

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

    public void Detect(ref PiiScan scan, in NumberRun number)
    {
        var (letters, digits, at) = (number.Letters, number.Digits, number.At);
        if (letters > MaxLetters || digits > MaxDigits || _buckets[Index(letters, digits)] is not { } first) return;
        var classes = _classes;
        var (second, before, next, after) = (classes[scan[at - letters - 2]], classes[scan[at - letters - 1]], classes[number.Next], classes[number.After]);
        // What PiiScan.StandsAlone would refuse in the end.
        var goesBack = before is 2 ? second >= Upper : before is >= 3 and <= 5 && second == Digit;
        var goesOn = next is 2 ? after >= Upper : next is >= 3 and <= 5 && after == Digit;
        for (var bucket = first; bucket is not null; bucket = bucket.More)
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
        for (byte c = 0; c < Classes; c++)
        {
            // No letter or digit touches a shape.
            if (word > 0 ? CanBe(pattern[word - 1], c) : c is not (Digit or Underscore)) bucket.Before[c] |= bit;
            if (word == 0 || (word > 1 ? CanBe(pattern[word - 2], c) : c < Upper)) bucket.SecondBefore[c] |= bit;
            if (end < pattern.Length ? CanBe(pattern[end], c) : c < Upper) bucket.Next[c] |= bit;
            if (end == pattern.Length || (end + 1 < pattern.Length ? CanBe(pattern[end + 1], c) : c < Upper)) bucket.After[c] |= bit;
        }
    }

    private static byte ClassOf(byte b) => b switch
    {
        (byte)' ' => 1,
        (byte)'-' => 2,
        (byte)'.' => 3,
        (byte)'/' => 4,
        (byte)':' => 5,
        (byte)'+' => 6,
        (byte)'_' => Underscore,
        >= (byte)'A' and <= (byte)'Z' => Upper,
        >= (byte)'a' and <= (byte)'z' => Lower,
        >= (byte)'0' and <= (byte)'9' => Digit,
        _ => Other,
    };

    private static bool CanBe(byte pattern, byte c) => pattern switch
    {
        (byte)'d' => c == Digit,
        (byte)'L' => c is Upper or Lower,
        (byte)'U' => c == Upper,
        (byte)'X' => c is Upper or Lower or Digit,
        _ => ClassOf(pattern) == c,
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
