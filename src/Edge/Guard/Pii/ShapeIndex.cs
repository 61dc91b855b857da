using System.Runtime.CompilerServices;
using Edge.Simd.Text;

namespace Edge.Guard.Pii;

/// <summary>
/// All shapes, indexed by how a word begins: so many letters, then so many digits. A number in prose is then compared with a few shapes, not with all.
/// </summary>
internal sealed class ShapeIndex : IDetector
{
    private const int MaxLetters = 7, MaxDigits = 20, MaxLength = 40;

    /// <param name="Shape">What it belongs to.</param>
    /// <param name="Pattern">One spelling of it.</param>
    /// <param name="Lead">How far before the first digit it begins; -1: where the word does.</param>
    /// <param name="Next">What it wants behind the first digits; 0: its end.</param>
    /// <param name="Before">What it wants before the word of the first digits, a separator; 0: it begins there.</param>
    /// <param name="SecondBefore">What it wants before that.</param>
    private readonly record struct Entry(Shape Shape, byte[] Pattern, int Lead, byte Next = 0, byte Before = 0, byte SecondBefore = 0);

    private readonly Entry[][] _buckets = new Entry[(MaxLetters + 1) * (MaxDigits + 1)][];

    public ShapeIndex(IEnumerable<Shape> shapes)
    {
        var entries = shapes.SelectMany(shape => shape.Variants().Select(pattern => new Entry(shape, pattern, LeadOf(pattern)))).ToArray();
        for (var letters = 0; letters <= MaxLetters; letters++)
        {
            for (var digits = 0; digits <= MaxDigits; digits++)
            {
                _buckets[Bucket(letters, digits)] = digits == 0 ? [] : [.. entries.Where(entry => Begins(entry.Pattern, letters, digits)).Select(entry => Neighbours(entry, letters, digits))];
            }
        }
    }

    public byte Anchor => (byte)'0';

    public void Detect(ref PiiScan scan, int at)
    {
        var text = scan.Text;
        var letters = 0;
        while (letters <= MaxLetters && char.IsAsciiLetter((char)scan[at - letters - 1])) letters++;
        // A digit before the letters: an earlier candidate of the same word has seen it.
        if (letters > MaxLetters || char.IsAsciiDigit((char)scan[at - letters - 1])) return;
        var digits = 1;
        while (digits <= MaxDigits && char.IsAsciiDigit((char)scan[at + digits])) digits++;
        if (digits > MaxDigits) return;
        // Two bytes of the text rule nearly all shapes out, without a call.
        var next = scan[at + digits];
        var before = scan[at - letters - 1];
        var secondBefore = scan[at - letters - 2];
        foreach (ref readonly var entry in _buckets[Bucket(letters, digits)].AsSpan())
        {
            if (entry.Next == 0 ? char.IsAsciiLetterOrDigit((char)next) : !Fits(entry.Next, next)) continue;
            if (entry.Before != 0 && (entry.Before != before || !Fits(entry.SecondBefore, secondBefore))) continue;
            Try(ref scan, entry, entry.Lead < 0 ? at - letters : at - entry.Lead);
        }
    }

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

    private static Entry Neighbours(Entry entry, int letters, int digits)
    {
        var pattern = entry.Pattern;
        var word = entry.Lead < 0 ? 0 : entry.Lead - letters;
        return entry with
        {
            Next = word + letters + digits < pattern.Length ? pattern[word + letters + digits] : (byte)0,
            Before = word > 0 ? pattern[word - 1] : (byte)0,
            SecondBefore = word > 1 ? pattern[word - 2] : (byte)0,
        };
    }

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

    private static int Bucket(int letters, int digits) => (letters * (MaxDigits + 1)) + digits;
}
