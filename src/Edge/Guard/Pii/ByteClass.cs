namespace Edge.Guard.Pii;

/// <summary>What a byte beside a number can be, as far as detectors tell it apart.</summary>
internal static class ByteClass
{
    public const byte Other = 0, Space = 1, Dash = 2, Dot = 3, Slash = 4, Colon = 5, Plus = 6, Upper = 7, Lower = 8, Digit = 9, Underscore = 10, Open = 11, Close = 12, Comma = 13, Beyond = 14, Tilde = 15;

    public const int Count = 16;

    private static readonly byte[] _classes = [.. Enumerable.Range(0, 256).Select(static b => Find((byte)b))];

    public static byte Of(byte b) => _classes[b];

    /// <summary>A letter, a digit or an underscore.</summary>
    public static bool IsWord(int c) => c is >= Upper and <= Underscore;

    /// <summary>What <see cref="Detectors.Secrets.IsToken"/> takes.</summary>
    public static bool IsToken(int c) => IsWord(c) || c is Dash or Dot or Tilde;

    private static byte Find(byte b) => b switch
    {
        (byte)' ' => Space,
        (byte)'-' => Dash,
        (byte)'.' => Dot,
        (byte)'/' => Slash,
        (byte)':' => Colon,
        (byte)'+' => Plus,
        (byte)'_' => Underscore,
        (byte)'(' => Open,
        (byte)')' => Close,
        (byte)',' => Comma,
        (byte)'~' => Tilde,
        >= 0x80 => Beyond,
        >= (byte)'A' and <= (byte)'Z' => Upper,
        >= (byte)'a' and <= (byte)'z' => Lower,
        >= (byte)'0' and <= (byte)'9' => Digit,
        _ => Other,
    };
}
