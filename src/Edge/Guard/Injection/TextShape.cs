using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Guard.Injection;

/// <summary>What of a text calls for more than a look at its bytes.</summary>
[Flags]
internal enum TextShapes : byte
{
    None = 0,

    /// <summary>Bytes of 0x80 and above.</summary>
    NonAscii = 1,

    /// <summary>Letters that stand alone, many in a row: "i g n o r e".</summary>
    Spaced = 2,

    /// <summary>Digits between letters: "1gn0re".</summary>
    Leet = 4,

    /// <summary>Runs of letters and digits as long as base64 and hexadecimal payloads have.</summary>
    LongRun = 8,

    /// <summary>Mostly digits: numbers that may spell text.</summary>
    Digits = 16,
}

/// <summary>One pass over a text that tells which of the costlier looks it needs.</summary>
internal static class TextShape
{
    private const int Block = 32;

    // In 32 bytes of "s p a c e d" text 16 letters stand alone; prose has two or three.
    private const int SpacedLetters = 8;

    // A version or an identifier has one or two digits between letters.
    private const int LeetDigits = 3;

    // Of 32 bytes; binary octets have 28, hexadecimal pairs 14 and more.
    private const int ManyDigits = 14;

    /// <summary>The shapes of a text. The last bytes are looked at in one block with those before them; a text shorter than a block is padded.</summary>
    public static TextShapes Look(ReadOnlySpan<byte> text)
    {
        if (text.Length < Block)
        {
            Span<byte> padded = stackalloc byte[Block];
            padded.Fill((byte)' ');
            text.CopyTo(padded);
            return LookAtBlocks(padded);
        }
        return Vector256.IsHardwareAccelerated ? LookAtPairs(text) : LookAtBlocks(text);
    }

    // Two blocks at once, most of which have nothing that calls for counting: no byte beyond ASCII, no digit between letters, a space in each half block, hardly a letter alone. What has is counted block by block.
    private static TextShapes LookAtPairs(ReadOnlySpan<byte> text)
    {
        var shapes = TextShapes.None;
        var leet = 0;
        ref var start = ref MemoryMarshal.GetReference(text);
        var at = 0;
        for (; at + (2 * Block) <= text.Length; at += 2 * Block)
        {
            var (a, b) = (Vector256.LoadUnsafe(ref start, (nuint)at), Vector256.LoadUnsafe(ref start, (nuint)(at + Block)));
            var letters = Pair(IsLetter(a), IsLetter(b));
            var digits = Pair(IsDigit(a), IsDigit(b));
            var (before, behind) = (letters << 1, letters >> 1);
            // Beside a digit a letter is not alone: one that is counted here too much costs a closer look.
            var alone = letters & ~(before | behind);
            // As numbers with a sign bytes beyond ASCII are less than a space too: they end a run as well. A half without any is a lane of zeros.
            var space = Vector256.Create((sbyte)'!');
            var spaces = Pair(Vector256.GreaterThan(space, a.AsSByte()).AsByte(), Vector256.GreaterThan(space, b.AsSByte()).AsByte());
            // At the ends of a block a letter may look alone, or a digit between letters, that is not.
            // What is not plain sets a bit: as comparisons these would be three times the instructions. A sign is negative where there are too many.
            var tooMany = (ManyDigits - 1 - BitOperations.PopCount(digits)) | (SpacedLetters - 3 - BitOperations.PopCount(alone));
            var odd = (a | b).ExtractMostSignificantBits() | (digits & before & behind) | (uint)(tooMany >>> 31)
                | ((spaces - 0x0001_0001_0001_0001) & ~spaces & 0x8000_8000_8000_8000);
            if (odd == 0) continue;
            shapes |= LookAtBlock(ref Unsafe.Add(ref start, at), ref leet);
            shapes |= LookAtBlock(ref Unsafe.Add(ref start, at + Block), ref leet);
        }
        // The last block overlaps the one before it: counting a byte twice costs at most a look too many.
        for (; at < text.Length; at += Block) shapes |= LookAtBlock(ref Unsafe.Add(ref start, Math.Min(at, text.Length - Block)), ref leet);
        return leet >= LeetDigits ? shapes | TextShapes.Leet : shapes;
    }

    // What the pairs must come to as well.
    internal static TextShapes LookAtBlocks(ReadOnlySpan<byte> text)
    {
        var shapes = TextShapes.None;
        var leet = 0;
        ref var start = ref MemoryMarshal.GetReference(text);
        for (var at = 0; at < text.Length; at += Block) shapes |= LookAtBlock(ref Unsafe.Add(ref start, Math.Min(at, text.Length - Block)), ref leet);
        return leet >= LeetDigits ? shapes | TextShapes.Leet : shapes;
    }

    private static TextShapes LookAtBlock(ref byte block, ref int leet)
    {
        var shapes = TextShapes.None;
        Classify(ref block, out var letters, out var digits, out var joins, out var high);
        var words = letters | digits;
        if (high != 0) shapes |= TextShapes.NonAscii;
        var alone = letters & ~(words << 1) & ~(words >> 1);
        if (BitOperations.PopCount(alone) >= SpacedLetters) shapes |= TextShapes.Spaced;
        leet += BitOperations.PopCount(digits & (letters << 1) & (letters >> 1));
        var run = words | joins;
        if ((run & 0xffff) == 0xffff || run >> 16 == 0xffff) shapes |= TextShapes.LongRun;
        if (BitOperations.PopCount(digits) >= ManyDigits) shapes |= TextShapes.Digits;
        return shapes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Pair(Vector256<byte> a, Vector256<byte> b) => a.ExtractMostSignificantBits() | ((ulong)b.ExtractMostSignificantBits() << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> IsLetter(Vector256<byte> v) => Vector256.LessThanOrEqual((v | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)25));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> IsDigit(Vector256<byte> v) => Vector256.LessThanOrEqual(v - Vector256.Create((byte)'0'), Vector256.Create((byte)9));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Classify(ref byte at, out uint letters, out uint digits, out uint joins, out uint high)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            var v = Vector256.LoadUnsafe(ref at);
            letters = IsLetter(v).ExtractMostSignificantBits();
            digits = IsDigit(v).ExtractMostSignificantBits();
            joins = (Vector256.Equals(v, Vector256.Create((byte)'+')) | Vector256.Equals(v, Vector256.Create((byte)'/'))).ExtractMostSignificantBits();
            high = v.ExtractMostSignificantBits();
            return;
        }
        Classify(Vector128.LoadUnsafe(ref at), out letters, out digits, out joins, out high);
        Classify(Vector128.LoadUnsafe(ref at, 16), out var letters2, out var digits2, out var joins2, out var high2);
        letters |= letters2 << 16;
        digits |= digits2 << 16;
        joins |= joins2 << 16;
        high |= high2 << 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Classify(Vector128<byte> v, out uint letters, out uint digits, out uint joins, out uint high)
    {
        letters = Vector128.LessThanOrEqual((v | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a'), Vector128.Create((byte)25)).ExtractMostSignificantBits();
        digits = Vector128.LessThanOrEqual(v - Vector128.Create((byte)'0'), Vector128.Create((byte)9)).ExtractMostSignificantBits();
        joins = (Vector128.Equals(v, Vector128.Create((byte)'+')) | Vector128.Equals(v, Vector128.Create((byte)'/'))).ExtractMostSignificantBits();
        high = v.ExtractMostSignificantBits();
    }
}
