using System.Text;

namespace Edge.Guard.Pii;

/// <summary>Says whether a compact identifier (upper-cased, separators removed) is valid: check digits, ranges, dates.</summary>
internal delegate bool IdCheck(ReadOnlySpan<byte> id);

/// <summary>
/// An identifier of fixed form. In the pattern: <c>d</c> a digit, <c>L</c> a letter, <c>U</c> an upper-case letter, <c>X</c> either, <c>~</c> a space or hyphen that is there at every such place or at none,
/// any other character itself.
/// </summary>
/// <param name="Pattern">The form.</param>
/// <param name="Entity">What it is.</param>
/// <param name="Check">The check beyond the form; null where there is none.</param>
/// <param name="Alone">Confidence without a context word; 0: not reported.</param>
/// <param name="InContext">Confidence beside one.</param>
/// <param name="Words">Context words, lower case.</param>
internal sealed record Shape(string Pattern, PiiEntity Entity, IdCheck? Check, byte Alone, byte InContext, byte[][] Words)
{
    public static byte[][] WordList(string words) => [.. words.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)];

    /// <summary>The pattern without its '~', and where it has some, with a space and with a hyphen.</summary>
    public IEnumerable<byte[]> Variants()
    {
        yield return Encoding.ASCII.GetBytes(Pattern.Replace("~", "", StringComparison.Ordinal));
        if (!Pattern.Contains('~', StringComparison.Ordinal)) yield break;
        yield return Encoding.ASCII.GetBytes(Pattern.Replace('~', ' '));
        yield return Encoding.ASCII.GetBytes(Pattern.Replace('~', '-'));
    }
}
