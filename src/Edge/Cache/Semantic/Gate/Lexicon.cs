using System.IO.Compression;
using System.Text;

namespace Edge.Cache.Semantic.Gate;

/// <summary>
/// Base forms, synonyms and opposites of English words: lexicon-en.txt.gz, made from Princeton WordNet by tools/Edge.Embed (models/README.md), and the everyday ones of <see cref="Wording"/>. Read at first use.
/// </summary>
internal sealed class Lexicon
{
    private static readonly System.Buffers.SearchValues<char> s_vowels = System.Buffers.SearchValues.Create("aeiouy");

    private static readonly Lazy<Lexicon> s_shared = new(() => new Lexicon(Read()));

    private readonly Dictionary<string, string> _bases = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _same = [], _opposite = [];
    private readonly Dictionary<string, string> _groups = new(StringComparer.Ordinal);

    private Lexicon(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split('\t');
            foreach (var field in fields.AsSpan(1))
            {
                if (field[0] == '=')
                {
                    _bases[fields[0]] = field[1..];
                    continue;
                }
                foreach (var other in field[1..].Split(' ')) (field[0] == '~' ? _same : _opposite).Add((fields[0], other));
            }
        }
        foreach (var group in Wording.Synonyms)
        {
            var words = group.Split(' ');
            foreach (var word in words) _groups[Stem(word)] = words[0];
        }
        foreach (var word in Wording.Kept.Split(' ')) _groups[word] = word.TrimEnd('s');
        foreach (var pair in Wording.Opposites)
        {
            var words = pair.Split(' ');
            _opposite.Add(Ordered(words[0], words[1]));
        }
    }

    public static Lexicon Shared => s_shared.Value;

    /// <summary>The word that stands for its group of everyday synonyms in its base form: purchased and buying are both "buy".</summary>
    public string Canonical(string word)
    {
        if (_groups.TryGetValue(word, out var whole)) return whole;
        var stem = Stem(word);
        return _groups.GetValueOrDefault(stem, stem);
    }

    /// <summary>Both are canonical. Synonyms by the dictionary, where each means mainly that.</summary>
    public bool AreSame(string a, string b) => a == b || _same.Contains(Ordered(a, b)) || IsDeed(a, b) || IsDeed(b, a);

    /// <summary>Both are canonical.</summary>
    public bool AreOpposite(string a, string b) => _opposite.Contains(Ordered(a, b)) || IsPrefixed(a, b) || IsPrefixed(b, a);

    /// <summary>The word is the comparative or superlative of another: faster, biggest.</summary>
    public bool IsCompared(string word)
    {
        if (_bases.ContainsKey(word)) return true;
        var root = word.EndsWith("est", StringComparison.Ordinal) ? word[..^3] : word[..^2];
        return Wording.Graded.Contains(root) || Wording.Graded.Contains(root + "e") || (root[^1] == 'i' && Wording.Graded.Contains(root[..^1] + "y"));
    }

    /// <summary>The word is a verb's past form: won, invented.</summary>
    public bool IsPast(string word) => word.EndsWith("ed", StringComparison.Ordinal) || (_bases.TryGetValue(word, out var root) && root != word && word[^1] != 's' && !word.EndsWith("ing", StringComparison.Ordinal));

    /// <summary>The base form, by the dictionary's irregular ones and English endings. Not always a word ("activ" of "activate"), but the same for the forms of one word.</summary>
    public string Stem(string word)
    {
        if (_bases.TryGetValue(word, out var known)) word = known;
        if (word.Length <= 3) return word;
        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4) word = word[..^3] + "y";
        else if (EndsWithAny(word, "sses", "shes", "ches", "xes", "zes")) word = word[..^2];
        else if (word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i')) word = word[..^1];
        if (word.EndsWith("ing", StringComparison.Ordinal) && HasVowel(word.AsSpan(0, word.Length - 3)) && word.Length > 5) word = Restore(word[..^3]);
        else if (word.EndsWith("ied", StringComparison.Ordinal) && word.Length > 4) word = word[..^3] + "y";
        else if (word.EndsWith("ed", StringComparison.Ordinal) && HasVowel(word.AsSpan(0, word.Length - 2)) && word.Length > 4) word = Restore(word[..^2]);
        else if (word.EndsWith("ily", StringComparison.Ordinal) && word.Length > 5) word = word[..^3] + "y";
        else if (word.EndsWith("ly", StringComparison.Ordinal) && word.Length > 5) word = word[..^2];
        // British and American spellings.
        if (word.EndsWith("isation", StringComparison.Ordinal)) word = word[..^7] + "ization";
        else if (word.EndsWith("ise", StringComparison.Ordinal) && word.Length > 5) word = word[..^3] + "ize";
        else if (word.EndsWith("our", StringComparison.Ordinal) && word.Length > 5) word = word[..^3] + "or";
        // A silent e at the end comes and goes with endings.
        if (word.Length > 4 && word[^1] == 'e') word = word[..^1];
        return word;
    }

    // stopped: stop; but passed: pass, called: call.
    private static string Restore(string word) =>
        word.Length > 3 && word[^1] == word[^2] && word[^1] is not ('l' or 's' or 'z' or 'e') ? word[..^1] : word;

    // activate, activation; pay, payment: the noun for the deed, regular.
    private static bool IsDeed(string verb, string noun) =>
        (noun.Length > verb.Length && noun.StartsWith(verb, StringComparison.Ordinal) && verb.Length > 2 && noun.AsSpan(verb.Length) is "ment" or "ion" or "ation" or "al" or "ance")
        || (noun.EndsWith("ication", StringComparison.Ordinal) && verb.Length == noun.Length - 6 && verb[^1] == 'y' && noun.StartsWith(verb[..^1], StringComparison.Ordinal));

    private static bool IsPrefixed(string word, string other) =>
        word.Length > other.Length && other.Length > 2 && word.EndsWith(other, StringComparison.Ordinal)
        && word.AsSpan(0, word.Length - other.Length) is "un" or "in" or "im" or "il" or "ir" or "dis" or "non" or "non-" or "de" or "mis" or "anti" or "anti-";

    private static (string, string) Ordered(string a, string b) => string.CompareOrdinal(a, b) < 0 ? (a, b) : (b, a);

    private static bool HasVowel(ReadOnlySpan<char> word) => word.IndexOfAny(s_vowels) >= 0;

    private static bool EndsWithAny(string word, params ReadOnlySpan<string> endings)
    {
        foreach (var ending in endings)
        {
            if (word.EndsWith(ending, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    private static string Read()
    {
        using var stream = typeof(Lexicon).Assembly.GetManifestResourceStream("lexicon-en.txt.gz");
        if (stream is null) return "";
        using var reader = new StreamReader(new GZipStream(stream, CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
