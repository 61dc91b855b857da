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
        var end = at + 1;
        while (char.IsAsciiDigit((char)scan[end]) && end - at < MostDigits) end++;
        Digits = end - at;
        Next = scan[end];
        After = scan[end + 1];
        var start = at;
        while (char.IsAsciiLetter((char)scan[start - 1]) && at - start < MostLetters) start--;
        Letters = at - start;
        Before = scan[at - 1];
    }

    /// <summary>The first digit.</summary>
    public int At { get; }

    /// <summary>How many digits, up to <see cref="MostDigits"/>.</summary>
    public int Digits { get; }

    /// <summary>How many letters touch the first digit, up to <see cref="MostLetters"/>.</summary>
    public int Letters { get; }

    /// <summary>The byte before the first digit; 0 at the text's begin.</summary>
    public byte Before { get; }

    /// <summary>The byte after the last digit; 0 at the text's end.</summary>
    public byte Next { get; }

    /// <summary>The byte after <see cref="Next"/>.</summary>
    public byte After { get; }

    public int End => At + Digits;

    public bool NextIsDigit => char.IsAsciiDigit((char)After);

    /// <summary>Whether another group of digits may follow, as in a telephone number.</summary>
    public bool GoesOn => Next switch
    {
        (byte)' ' or (byte)'-' or (byte)'.' or (byte)'/' => NextIsDigit || After is (byte)'(',
        (byte)')' => NextIsDigit || After is (byte)' ' or (byte)'-',
        _ => false,
    };
}
