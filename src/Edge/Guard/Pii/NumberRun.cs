using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Edge.Guard.Pii;

/// <summary>A run of digits and what is beside it: read once, so that most detectors need not look.</summary>
internal readonly struct NumberRun
{
    /// <summary>Longer runs are told apart no further.</summary>
    public const int MostDigits = 40;

    /// <summary>More letters before the digits are told apart no further.</summary>
    public const int MostLetters = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NumberRun(ref PiiScan scan, int at)
    {
        At = at;
        var text = scan.Text;
        uint before;
        ulong word;
        if (at >= 4 && at + 8 <= text.Length)
        {
            before = BinaryPrimitives.ReadUInt32LittleEndian(text[(at - 4)..]);
            word = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
        }
        else
        {
            (before, word) = AtBorder(ref scan, at);
        }
        Before = (byte)(before >> 24);
        SecondBefore = (byte)(before >> 16);
        ThirdBefore = (byte)(before >> 8);
        FourthBefore = (byte)before;
        // Counted without a branch, for how many digits a number has cannot be predicted: the high bit of every byte that is none.
        var digits = word ^ 0x3030_3030_3030_3030;
        var others = (digits | (digits + 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
        // What carries from a byte beyond ASCII reaches no byte before it.
        var count = BitOperations.TrailingZeroCount(others) >> 3;
        if (count <= 6)
        {
            Digits = count;
            Next = (byte)(word >> (count * 8));
            After = (byte)(word >> ((count * 8) + 8));
            return;
        }
        var end = at + count;
        while (char.IsAsciiDigit((char)scan[end]) && end - at < MostDigits) end++;
        Digits = end - at;
        Next = scan[end];
        After = scan[end + 1];
    }

    /// <summary>The first digit.</summary>
    public int At { get; }

    /// <summary>How many digits, up to <see cref="MostDigits"/>.</summary>
    public int Digits { get; }

    /// <summary>The second byte before the first digit; 0 before the text's begin.</summary>
    public byte SecondBefore { get; }

    /// <summary>The third.</summary>
    public byte ThirdBefore { get; }

    /// <summary>The fourth.</summary>
    public byte FourthBefore { get; }

    /// <summary>The byte before the first digit; 0 before the text's begin.</summary>
    public byte Before { get; }

    /// <summary>The byte after the last digit; 0 behind the text's end.</summary>
    public byte Next { get; }

    /// <summary>The byte after <see cref="Next"/>.</summary>
    public byte After { get; }

    public int End => At + Digits;

    public bool NextIsDigit => char.IsAsciiDigit((char)After);

    /// <summary>How many letters touch the first digit, up to <see cref="MostLetters"/>.</summary>
    public int Letters(ref PiiScan scan)
    {
        var start = At;
        while (char.IsAsciiLetter((char)scan[start - 1]) && At - start < MostLetters) start--;
        return At - start;
    }

    private static (uint Before, ulong Word) AtBorder(ref PiiScan scan, int at)
    {
        var (before, word) = (0U, 0UL);
        for (var i = 1; i <= 4; i++) before = (before << 8) | scan[at - i];
        for (var i = 7; i >= 0; i--) word = (word << 8) | scan[at + i];
        return (before, word);
    }
}
