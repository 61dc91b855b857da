using System.Numerics;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

/// <summary>How many bytes of which kind a UTF-8 text has: what a count of tokens can be estimated from without looking at a vocabulary.</summary>
public partial record struct TextShape
{
    /// <summary>ASCII letters behind something that is neither a letter nor part of a character beyond ASCII: beginnings of words.</summary>
    public int Words { get; set; }

    /// <summary>A to Z.</summary>
    public int Upper { get; set; }

    /// <summary>ASCII letters with ten more directly in front: the tails of words that no vocabulary has.</summary>
    public int Long { get; set; }

    public int Digits { get; set; }

    /// <summary>ASCII that is neither letter, digit, space nor line end.</summary>
    public int Marks { get; set; }

    /// <summary>Tabs, line feeds and carriage returns.</summary>
    public int LineEnds { get; set; }

    /// <summary>Characters from U+0080 to U+037F: accents, IPA.</summary>
    public int Latin { get; set; }

    /// <summary>From U+0380 to U+07FF: Greek, Cyrillic, Hebrew, Arabic.</summary>
    public int TwoBytes { get; set; }

    /// <summary>From U+0800 to U+2FFF: Indian scripts, Thai, symbols.</summary>
    public int Indic { get; set; }

    /// <summary>From U+3000 to U+9FFF: Chinese and Japanese.</summary>
    public int Chinese { get; set; }

    /// <summary>From U+A000 to U+FFFF: Korean, full-width forms.</summary>
    public int Korean { get; set; }

    /// <summary>Above U+FFFF: emoji.</summary>
    public int Emoji { get; set; }

    /// <param name="utf8">Any bytes; what is no UTF-8 is counted by its first bytes all the same. At most 2 GB.</param>
    public static TextShape Of(ReadOnlySpan<byte> utf8)
    {
        if (Vector256.IsHardwareAccelerated) return OfVector256(utf8);
        return Vector128.IsHardwareAccelerated ? OfVector128(utf8) : OfScalar(utf8);
    }

    // 64 bytes as masks, lowest bit first.
    private struct Block
    {
        public ulong Upper;
        public ulong Letters;
        public ulong Digits;
        public ulong LineEnds;
        public ulong Spaces;
        public ulong High;
    }

    // What the last block hands on: its letters, and whether its last byte was beyond ASCII.
    private struct Carry
    {
        public ulong Letters;
        public ulong High;
    }

    private void Add(in Block block, ref Carry carry)
    {
        var letters = block.Letters;
        Words += BitOperations.PopCount(letters & ~((letters << 1) | (carry.Letters >> 63)) & ~((block.High << 1) | (carry.High >> 63)));
        Upper += BitOperations.PopCount(block.Upper);
        Digits += BitOperations.PopCount(block.Digits);
        LineEnds += BitOperations.PopCount(block.LineEnds);
        Marks += BitOperations.PopCount(~(letters | block.Digits | block.LineEnds | block.Spaces | block.High));
        // Runs of 2, 4, 8, then 11 letters that end here; the 128 bits reach back into the last block.
        var run = new UInt128(letters, carry.Letters);
        run &= run << 1;
        run &= run << 2;
        run &= run << 4;
        run &= run << 3;
        Long += BitOperations.PopCount((ulong)(run >> 64));
        carry = new Carry { Letters = letters, High = block.High };
    }

    // The last bytes of a text, fewer than a block: as a block of spaces.
    private static ReadOnlySpan<byte> Padded(ReadOnlySpan<byte> rest, Span<byte> block)
    {
        block.Fill((byte)' ');
        rest.CopyTo(block);
        return block;
    }
}
