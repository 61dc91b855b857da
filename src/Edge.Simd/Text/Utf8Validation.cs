using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Edge.Simd.Text;

/// <summary>Whether bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off.</summary>
/// <remarks>
/// The base library's <c>Utf8.IsValid</c> is as fast for ASCII, but goes byte by byte around each other character: prose with an accent or a typographic quote every few words, which is what
/// people and models write, it validates at 1 to 2 GB/s, and then validation is all that the index of a large body costs. Here such text costs what any other text costs.
/// </remarks>
public static partial class Utf8Validation
{
    private const int BlockSize = 64;

    // Bytes before a position that decide about it.
    private const int Before = 3;

    /// <summary>Whether all of the text is valid; of an empty one, true.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) return IsValid<Block256>(text);
        if (Vector128.IsHardwareAccelerated) return IsValid<Block128>(text);
        return IsValidScalar(text);
    }

    /// <summary>Looks at blocks of <see cref="BlockSize"/> bytes.</summary>
    internal interface IBlock
    {
        /// <param name="first">The first block; the <see cref="Before"/> bytes in front of it are readable and belong to the text.</param>
        /// <param name="count">How many blocks.</param>
        /// <returns>Whether each byte fits to those before it. Whether the last character is complete, the next byte would say.</returns>
        static abstract bool AreValid(ref byte first, int count);
    }

    internal static bool IsValid<TBlock>(ReadOnlySpan<byte> text)
        where TBlock : struct, IBlock
    {
        // Many bodies are ASCII, and nothing is faster at that than the base library. Where they are not, it soon knows.
        if (Ascii.IsValid(text)) return true;
        var blocks = text.Length / BlockSize;
        if (blocks == 0) return IsEdgeValid<TBlock>(text, 0);
        if (!IsEdgeValid<TBlock>(text[..BlockSize], 0)) return false;
        if (blocks > 1 && !TBlock.AreValid(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), BlockSize), blocks - 1)) return false;
        return IsEdgeValid<TBlock>(text[((blocks * BlockSize) - Before)..], Before);
    }

    // The beginning has nothing in front of it, and behind the end a character may be missing its last bytes: zeros stand in for both.
    private static bool IsEdgeValid<TBlock>(ReadOnlySpan<byte> bytes, int before)
        where TBlock : struct, IBlock
    {
        if (Ascii.IsValid(bytes)) return true;
        const int Pad = 16;
        Span<byte> padded = stackalloc byte[Pad + BlockSize];
        padded.Clear();
        bytes.CopyTo(padded[(Pad - before)..]);
        return TBlock.AreValid(ref padded[Pad], 1);
    }

    // What can be wrong with two bytes that follow one another, a bit each. Three lookups (the first byte's nibbles, the second byte's high nibble) each say which faults are possible; what
    // all three say is wrong. The scheme is that of J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte" (2021), https://arxiv.org/abs/2010.03090
    private const byte LeadWithoutTrail = 1 << 0, TrailWithoutLead = 1 << 1, Overlong2 = 1 << 2, Overlong3 = 1 << 3, Surrogate = 1 << 4, AboveMaximum = 1 << 5;

    // F0 and F5 to FF before 80 to 8F: overlong in four bytes, and above the maximum. No byte can be both, so one bit serves for two.
    private const byte Overlong4OrFarAbove = 1 << 6;

    // Not wrong if the byte is the third or fourth of its character. In the sign bit, because that is where a saturated subtraction finds those out.
    private const byte TwoTrails = 1 << 7;

    private const byte AnyLow = LeadWithoutTrail | TrailWithoutLead | TwoTrails;
    private const byte High = AboveMaximum | Overlong4OrFarAbove;
    private const byte Trail = TrailWithoutLead | TwoTrails | Overlong2;

    private static Vector128<byte> FirstHigh => Vector128.Create(
        TrailWithoutLead, TrailWithoutLead, TrailWithoutLead, TrailWithoutLead, TrailWithoutLead, TrailWithoutLead, TrailWithoutLead, TrailWithoutLead,
        TwoTrails, TwoTrails, TwoTrails, TwoTrails,
        LeadWithoutTrail | Overlong2, LeadWithoutTrail, LeadWithoutTrail | Overlong3 | Surrogate, LeadWithoutTrail | High);

    private static Vector128<byte> FirstLow => Vector128.Create(
        AnyLow | Overlong2 | Overlong3 | Overlong4OrFarAbove, AnyLow | Overlong2, AnyLow, AnyLow,
        AnyLow | AboveMaximum, AnyLow | High, AnyLow | High, AnyLow | High,
        AnyLow | High, AnyLow | High, AnyLow | High, AnyLow | High, AnyLow | High, AnyLow | High | Surrogate, AnyLow | High, AnyLow | High);

    private static Vector128<byte> SecondHigh => Vector128.Create(
        LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail,
        Trail | Overlong3 | Overlong4OrFarAbove, Trail | Overlong3 | AboveMaximum, Trail | Surrogate | AboveMaximum, Trail | Surrogate | AboveMaximum,
        LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail, LeadWithoutTrail);

    // Subtracted with saturation, these leave the sign bit to bytes from E0 (the byte after the next is a trail) and from F0 (and the one after that).
    private const byte ThirdBias = 0xE0 - 0x80, FourthBias = 0xF0 - 0x80;
}
