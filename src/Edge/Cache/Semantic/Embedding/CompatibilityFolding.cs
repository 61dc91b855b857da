using System.Text;

namespace Edge.Cache.Semantic.Embedding;

/// <summary>
/// What of Unicode's NFKC (Standard Annex 15) matters to an English vocabulary. The framework's own does nothing outside of ASCII in an invariant build, and this build is invariant. A text may triple in
/// length ("…" becomes "..."), no more.
/// </summary>
internal static class CompatibilityFolding
{
    private const int FirstCombining = 0x300, LastCombining = 0x327;

    // Letters that carry a mark, as base, mark, composed.
    private static readonly Dictionary<(char Base, char Mark), char> Composed = Compose();

    /// <summary>The text itself where nothing is to be done.</summary>
    public static string Fold(string text)
    {
        var at = 0;
        while (at < text.Length && text[at] < 0xA0) at++;
        if (at == text.Length) return text;
        var output = new StringBuilder(text.Length + 16).Append(text, 0, at);
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (c < 0xA0) output.Append(c);
            else if (c is >= (char)FirstCombining and <= (char)LastCombining && output.Length > 0 && Composed.TryGetValue((output[^1], c), out var whole)) output[^1] = whole;
            else if (c is >= '\uFF01' and <= '\uFF5E') output.Append((char)(c - 0xFEE0));
            else if (Expansion(c) is { } expanded) output.Append(expanded);
            else output.Append(c);
        }
        return output.ToString();
    }

    private static string? Expansion(char c) => c switch
    {
        '\u00A0' or (>= '\u2000' and <= '\u200A') or '\u202F' or '\u205F' or '\u3000' => " ",
        >= '\u2080' and <= '\u2089' => ((char)(c - '\u2080' + '0')).ToString(),
        '\u2070' or (>= '\u2074' and <= '\u2079') => ((char)(c - '\u2070' + '0')).ToString(),
        '\u00B9' => "1",
        '\u00B2' => "2",
        '\u00B3' => "3",
        '\u00AA' => "a",
        '\u00BA' => "o",
        '\u00B5' => "\u03BC",
        '\u00BC' => "1\u20444",
        '\u00BD' => "1\u20442",
        '\u00BE' => "3\u20444",
        '\u2026' => "...",
        '\u2122' => "TM",
        '\u2103' => "\u00B0C",
        '\u2109' => "\u00B0F",
        '\u2116' => "No",
        '\u2033' => "\u2032\u2032",
        '\uFB00' => "ff",
        '\uFB01' => "fi",
        '\uFB02' => "fl",
        '\uFB03' => "ffi",
        '\uFB04' => "ffl",
        '\uFB05' or '\uFB06' => "st",
        '\u2011' => "\u2010",
        _ => null,
    };

    private static Dictionary<(char, char), char> Compose()
    {
        var table = new Dictionary<(char, char), char>();
        foreach (var (mark, letters, composed) in new[]
        {
            ('\u0300', "AEIOUaeiouNn", "ÀÈÌÒÙàèìòùǸǹ"),
            ('\u0301', "AEIOUYaeiouyCcNnSsZz", "ÁÉÍÓÚÝáéíóúýĆćŃńŚśŹź"),
            ('\u0302', "AEIOUaeiou", "ÂÊÎÔÛâêîôû"),
            ('\u0303', "ANOano", "ÃÑÕãñõ"),
            ('\u0308', "AEIOUaeiouy", "ÄËÏÖÜäëïöüÿ"),
            ('\u030A', "Aa", "Åå"),
            ('\u030C', "CcSsZz", "ČčŠšŽž"),
            ('\u0327', "CcSs", "ÇçŞş"),
        })
        {
            for (var i = 0; i < letters.Length; i++) table[(letters[i], mark)] = composed[i];
        }
        return table;
    }
}
