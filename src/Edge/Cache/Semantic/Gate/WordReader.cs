using System.Globalization;
using System.Text;
using Edge.Cache.Semantic.Embedding;

namespace Edge.Cache.Semantic.Gate;

/// <summary>Cuts a prompt into words: contractions written out, hyphens parted, numbers without separators, signs of money and measure as words.</summary>
internal static class WordReader
{
    private static readonly HashSet<string> s_isAfter = ["what", "where", "who", "how", "it", "that", "there", "here", "when", "why", "he", "she", "which", "this"];

    // A word and what it is written out as.
    private static readonly Dictionary<string, string> s_written = new[] { "cant can not", "cannot can not", "dont do not", "didnt did not", "doesnt does not", "isnt is not", "arent are not", "wasnt was not", "werent were not", "couldnt could not", "wouldnt would not", "shouldnt should not", "havent have not", "hasnt has not", "hadnt had not", "whats what is", "hows how is", "wheres where is", "whos who is", "im i am", "ive i have", "gonna going to", "wanna want to", "gotta have to", "u you", "ur your", "r are" }
        .ToDictionary(l => l[..l.IndexOf(' ', StringComparison.Ordinal)], l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);

    private static readonly Dictionary<string, string> s_numerals = Numerals();

    /// <param name="text">The prompt.</param>
    /// <param name="quotes">Receives what stands in quotation marks, in lower case.</param>
    public static List<Word> Read(string text, List<string> quotes)
    {
        text = CompatibilityFolding.Fold(text).Replace('\u2019', '\'').Replace('\u2018', '\'').Replace('\u201C', '"').Replace('\u201D', '"').Replace('\u00AB', '"').Replace('\u00BB', '"');
        var words = new List<Word>(text.Length / 5);
        var (starts, quoteFrom, quote) = (true, -1, '\0');
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (c is '"' or '`' || (c == '\'' && IsQuote(text, at, quote)))
            {
                if (quoteFrom < 0) (quoteFrom, quote) = (at + 1, c);
                else if (c == quote)
                {
                    quotes.Add(Collapse(text[quoteFrom..at]));
                    (quoteFrom, quote) = (-1, '\0');
                }
                at++;
            }
            else if (IsPart(text, at))
            {
                var end = at + 1;
                while (end < text.Length && IsInside(text, end)) end++;
                Add(words, text[at..end], starts, quoteFrom >= 0);
                starts = false;
                at = end;
            }
            else
            {
                if (c is '.' or '?' or '!' or '\n' or ':') starts = true;
                else if (Sign(c) is { } sign) words.Add(new Word(sign, IsQuoted: quoteFrom >= 0));
                else if (c > 0x7F && !char.IsWhiteSpace(c) && !char.IsPunctuation(c) && !char.IsLowSurrogate(c)) words.Add(new Word(text.Substring(at, char.IsHighSurrogate(c) && at + 1 < text.Length ? 2 : 1), IsQuoted: quoteFrom >= 0));
                at++;
            }
        }
        return words;
    }

    private static void Add(List<Word> words, string raw, bool starts, bool quoted)
    {
        var lower = raw.ToLowerInvariant();
        if (char.IsAsciiDigit(raw[0]) || raw[0] == '-')
        {
            AddNumber(words, lower, quoted, starts);
            return;
        }
        var name = (!starts && char.IsUpper(raw[0]) && lower is not ("i" or "i'm" or "i'd" or "i've" or "i'll")) || raw.AsSpan().IndexOfAnyInRange('0', '9') >= 0 || (raw.Length > 1 && raw.Length < 6 && raw.All(char.IsUpper));
        var mark = lower.IndexOf('\'', StringComparison.Ordinal);
        var (head, tail) = mark > 0 ? (lower[..mark], lower[(mark + 1)..]) : (lower, "");
        if (tail == "t" && head.EndsWith('n'))
        {
            // What won't start does not start.
            AddAll(head switch { "won" => "do not", "shan" => "shall not", "can" => "can not", "ain" => "is not", _ => head[..^1] + " not" });
            return;
        }
        if (tail == "s" && s_isAfter.Contains(head)) AddAll(head + " is");
        else if (head == "let" && tail == "s") AddAll("let us");
        else if (tail is "m") AddAll(head + " am");
        else if (tail is "re") AddAll(head + " are");
        else if (tail is "ve") AddAll(head + " have");
        else if (tail is "ll") AddAll(head + " will");
        else if (tail is "d") AddAll(head + " would");
        else if (tail is "s" or "") AddAll(head);
        else AddAll(lower);

        void AddAll(string text)
        {
            if (s_written.TryGetValue(text, out var written)) text = written;
            foreach (var part in text.Split(' '))
            {
                var number = s_numerals.GetValueOrDefault(part);
                words.Add(new Word(number ?? part.TrimEnd('.'), name && number is null, quoted, starts, number is not null));
                starts = false;
            }
        }
    }

    // "3pm", "10km", "5,000", "1st", "7:30", "2.50", "5k".
    private static void AddNumber(List<Word> words, string lower, bool quoted, bool starts)
    {
        var end = 1;
        while (end < lower.Length && (char.IsAsciiDigit(lower[end]) || lower[end] is ',' or '.' or ':')) end++;
        var (digits, unit) = (lower[..end].TrimEnd(',', '.', ':'), lower[end..]);
        var plain = digits.Contains(':', StringComparison.Ordinal) ? digits : digits.Replace(",", "", StringComparison.Ordinal);
        var scale = unit switch { "k" => 1_000m, "m" or "mio" or "mn" => 1_000_000m, "bn" => 1_000_000_000m, _ => 1m };
        if (decimal.TryParse(plain, NumberStyles.Number, CultureInfo.InvariantCulture, out var value))
        {
            // "5 m" is metres, "5m" in money millions: it stays what is written, and differs from either.
            if (unit == "k") (value, unit) = (value * scale, "");
            plain = value.ToString("0.############", CultureInfo.InvariantCulture);
        }
        words.Add(new Word(plain, IsQuoted: quoted, StartsSentence: starts, IsNumber: true));
        if (unit.Length > 0 && unit is not ("st" or "nd" or "rd" or "th")) words.Add(new Word(unit, IsQuoted: quoted));
    }

    private static string? Sign(char c) => c switch
    {
        '$' => "usd",
        '€' => "eur",
        '£' => "gbp",
        '¥' => "jpy",
        '₹' => "inr",
        '%' => "percent",
        '&' => "and",
        '+' => "plus",
        '=' => "equals",
        '<' => "<",
        '>' => ">",
        '*' => "*",
        '^' => "^",
        '°' => "degree",
        '#' => "#",
        '@' => "@",
        _ => null,
    };

    private static bool IsPart(string text, int at) => char.IsLetterOrDigit(text[at]) || (text[at] == '-' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]) && (at == 0 || text[at - 1] is ' ' or '('));

    private static bool IsInside(string text, int at)
    {
        var c = text[at];
        if (char.IsLetterOrDigit(c)) return true;
        var next = at + 1 < text.Length ? text[at + 1] : ' ';
        if (c is '\'' && char.IsLetter(text[at - 1])) return char.IsLetter(next);
        if (c is ',' or ':') return char.IsAsciiDigit(text[at - 1]) && char.IsAsciiDigit(next);
        if (c is '.' or '_') return char.IsLetterOrDigit(next);
        // C++, C#.
        return c is '+' or '#' && (char.IsAsciiLetter(text[at - 1]) || text[at - 1] == '+') && !char.IsLetterOrDigit(next);
    }

    // An apostrophe inside of a word is none, nor is the one after a plural.
    private static bool IsQuote(string text, int at, char open) =>
        open == '\'' ? at + 1 == text.Length || !char.IsLetterOrDigit(text[at + 1])
        : open == '\0' && (at == 0 || text[at - 1] is ' ' or '(') && at + 1 < text.Length && char.IsLetterOrDigit(text[at + 1]) && text.IndexOf('\'', at + 1) > 0;

    private static string Collapse(string text)
    {
        var output = new StringBuilder(text.Length);
        foreach (var part in text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) output.Append(output.Length > 0 ? " " : "").Append(part);
        return output.ToString().TrimEnd('.', ',', '!', '?');
    }

    private static Dictionary<string, string> Numerals()
    {
        var table = new Dictionary<string, string>(StringComparer.Ordinal) { ["hundred"] = "100", ["thousand"] = "1000", ["million"] = "1000000", ["billion"] = "1000000000", ["dozen"] = "12", ["half"] = "0.5", ["twice"] = "2", ["second"] = "2" };
        string[] cardinals = ["zero", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"];
        string[] ordinals = ["", "", "", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];
        string[] tens = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        // "one" is a pronoun more often than a number.
        for (var i = 0; i < cardinals.Length; i++) table[cardinals[i]] = i.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < ordinals.Length; i++) table[ordinals[i]] = i.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < tens.Length; i++) table[tens[i]] = (30 + (10 * i)).ToString(CultureInfo.InvariantCulture);
        table.Remove("");
        // "second" is a time as often as a place: "30 seconds" is not in this table, "the second one" is 2 either way.
        table.Remove("second");
        return table;
    }
}
