using System.Globalization;

namespace Edge.Embed.Dictionary;

/// <summary>The dictionary files of Princeton WordNet 3.0 (wndb(5WN)): what the gate needs of English words, the rest left out.</summary>
internal sealed class WordNet
{
    private static readonly (string File, int Type)[] s_parts = [("noun", 1), ("verb", 2), ("adj", 3), ("adv", 4)];

    private readonly Dictionary<string, int> _senseCounts = new(StringComparer.Ordinal), _wordCounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _senses = new(StringComparer.Ordinal);
    private readonly List<Synset> _synsets = [];
    private readonly Dictionary<(char, int), Synset> _byOffset = [];
    private readonly SortedDictionary<string, string> _irregular = new(StringComparer.Ordinal);

    private sealed record Synset(char Part, int Offset, List<(string Word, string Key)> Words, List<(string Symbol, int Offset, char Part, int Source, int Target)> Pointers);

    /// <param name="folder">With data.noun, cntlist.rev, verb.exc and the others.</param>
    public WordNet(string folder)
    {
        foreach (var line in File.ReadLines(Path.Combine(folder, "cntlist.rev")))
        {
            var fields = line.Split(' ');
            var key = Trimmed(fields[0]);
            var count = int.Parse(fields[2], CultureInfo.InvariantCulture);
            _senseCounts[key] = _senseCounts.GetValueOrDefault(key) + count;
            var word = fields[0][..fields[0].IndexOf('%', StringComparison.Ordinal)];
            _wordCounts[word] = _wordCounts.GetValueOrDefault(word) + count;
        }
        foreach (var (part, _) in s_parts)
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, "data." + part)).Where(l => !l.StartsWith(' '))) Parse(line);
            foreach (var line in File.ReadLines(Path.Combine(folder, part + ".exc")))
            {
                var fields = line.Split(' ');
                if (fields.Length >= 2 && IsWord(fields[0]) && IsWord(fields[1]) && _wordCounts.ContainsKey(fields[1]) && fields[0] != fields[1]) _irregular.TryAdd(fields[0], fields[1]);
            }
        }
        foreach (var (word, _) in _synsets.SelectMany(s => s.Words)) _senses[word] = _senses.GetValueOrDefault(word) + 1;
    }

    /// <summary>One word a line: the word, then after tabs <c>=</c> and its base form, <c>~</c> and what means the same or is made of it, <c>!</c> and its opposites.</summary>
    public string Write()
    {
        var same = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var opposite = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var synset in _synsets)
        {
            foreach (var (a, keyA) in synset.Words)
            {
                foreach (var (b, keyB) in synset.Words)
                {
                    if (string.CompareOrdinal(a, b) < 0 && IsMain(a, keyA) && IsMain(b, keyB) && (_wordCounts.ContainsKey(a) || _wordCounts.ContainsKey(b))) Pair(same, a, b);
                }
            }
            foreach (var (symbol, offset, part, source, target) in synset.Pointers.Where(p => p.Source > 0))
            {
                var (a, keyA) = synset.Words[source - 1];
                var (b, keyB) = _byOffset[(part, offset)].Words[target - 1];
                if (!IsWord(a) || !IsWord(b) || !_wordCounts.ContainsKey(a) || !_wordCounts.ContainsKey(b) || a == b) continue;
                if (symbol == "!") Pair(opposite, a, b);
                else if (symbol == "+" && IsMain(a, keyA) && IsMain(b, keyB) && IsNameOfDeed(a, b)) Pair(same, a, b);
            }
        }
        var output = new System.Text.StringBuilder();
        foreach (var word in same.Keys.Concat(opposite.Keys).Concat(_irregular.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            output.Append(word);
            if (_irregular.TryGetValue(word, out var root)) output.Append("\t=").Append(root);
            if (same.TryGetValue(word, out var others)) output.Append("\t~").AppendJoin(' ', others);
            if (opposite.TryGetValue(word, out var against)) output.Append("\t!").AppendJoin(' ', against);
            output.Append('\n');
        }
        return output.ToString();
    }

    // Each pair stands once, with the word that comes first.
    private static void Pair(SortedDictionary<string, SortedSet<string>> pairs, string a, string b)
    {
        if (string.CompareOrdinal(a, b) > 0) (a, b) = (b, a);
        if (!pairs.TryGetValue(a, out var set)) pairs[a] = set = new SortedSet<string>(StringComparer.Ordinal);
        set.Add(b);
    }

    // Verb and the noun for doing it: cancel, cancellation. Not the one who does, nor what is done to.
    private static bool IsNameOfDeed(string a, string b)
    {
        var (shorter, longer) = a.Length < b.Length ? (a, b) : (b, a);
        var common = shorter.Zip(longer).TakeWhile(p => p.First == p.Second).Count();
        return common >= Math.Max(4, shorter.Length - 2) && (longer.EndsWith("ion", StringComparison.Ordinal) || longer.EndsWith("ment", StringComparison.Ordinal) || longer.EndsWith("ance", StringComparison.Ordinal)
            || longer.EndsWith("al", StringComparison.Ordinal) || longer.EndsWith("ure", StringComparison.Ordinal) || longer.EndsWith("ing", StringComparison.Ordinal));
    }

    // A word means a sense mainly where half of its uses in WordNet's tagged texts are of that sense, or it has no other.
    private bool IsMain(string word, string key) =>
        IsWord(word) && (_wordCounts.TryGetValue(word, out var all) ? 2 * _senseCounts.GetValueOrDefault(key) > all : _senses[word] == 1);

    private static bool IsWord(string word) => word.Length is > 1 and < 20 && word.All(char.IsAsciiLetterLower);

    private void Parse(string line)
    {
        var fields = line[..line.IndexOf('|', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var type = fields[2] switch { "n" => 1, "v" => 2, "a" => 3, "r" => 4, _ => 5 };
        var count = int.Parse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var words = new List<(string, string)>(count);
        for (var i = 0; i < count; i++)
        {
            var word = fields[4 + (2 * i)];
            if (word.IndexOf('(', StringComparison.Ordinal) is > 0 and var mark) word = word[..mark];
            var id = int.Parse(fields[5 + (2 * i)], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            words.Add((word, string.Create(CultureInfo.InvariantCulture, $"{word.ToLowerInvariant()}%{type}:{fields[1]}:{id:D2}")));
        }
        var at = 4 + (2 * count);
        var pointers = new List<(string, int, char, int, int)>();
        for (var (i, left) = (at + 1, int.Parse(fields[at], CultureInfo.InvariantCulture)); left > 0; i += 4, left--)
        {
            pointers.Add((fields[i], int.Parse(fields[i + 1], CultureInfo.InvariantCulture), fields[i + 2][0], Hex(fields[i + 3][..2]), Hex(fields[i + 3][2..])));
        }
        var part = fields[2] == "s" ? 'a' : fields[2][0];
        var synset = new Synset(part, int.Parse(fields[0], CultureInfo.InvariantCulture), words, pointers);
        _synsets.Add(synset);
        _byOffset[(part, synset.Offset)] = synset;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // The head of a satellite is left out: lemma%type:file:id tells enough.
    private static string Trimmed(string key)
    {
        var colon = key.IndexOf(':', key.IndexOf(':', StringComparison.Ordinal) + 1);
        return key[..key.IndexOf(':', colon + 1)];
    }
}
