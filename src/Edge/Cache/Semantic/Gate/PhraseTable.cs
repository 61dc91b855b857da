namespace Edge.Cache.Semantic.Gate;

/// <summary>The phrases of <see cref="Wording"/>, found by their first word.</summary>
internal sealed class PhraseTable
{
    private static readonly Lazy<PhraseTable> s_shared = new(() => new PhraseTable(Wording.Phrases));

    private readonly Dictionary<string, List<Phrase>> _byFirst = new(StringComparer.Ordinal);

    private sealed record Slot(string[] Words, bool Optional, bool Any, bool First, string[]? Stems)
    {
        public static Slot Parse(string text)
        {
            var first = text.StartsWith('^');
            var words = text.TrimStart('^', '~').TrimEnd('?');
            return new Slot(words.Split('|'), text.EndsWith('?'), words == "*", first, text.Contains('~', StringComparison.Ordinal) ? [.. words.Split('|').Select(Lexicon.Shared.Stem)] : null);
        }

        public bool Takes(Word word) => !word.IsQuoted && (Any || Array.IndexOf(Words, word.Text) >= 0 || (Stems is not null && Array.IndexOf(Stems, Lexicon.Shared.Stem(word.Text)) >= 0)) && (!First || word.StartsSentence);
    }

    private sealed record Phrase(Slot[] Slots, string[] Replacement);

    private PhraseTable(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var arrow = line.IndexOf("->", StringComparison.Ordinal);
            var slots = line[..arrow].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Slot.Parse).ToArray();
            var phrase = new Phrase(slots, line[(arrow + 2)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            foreach (var word in slots[0].Words.Concat(slots[0].Stems ?? []).Distinct())
            {
                if (!_byFirst.TryGetValue(word, out var list)) _byFirst[word] = list = [];
                list.Add(phrase);
            }
        }
    }

    public static PhraseTable Shared => s_shared.Value;

    /// <summary>The longest phrase that begins at a word.</summary>
    /// <returns>How many words it takes; 0 where none begins.</returns>
    public int Match(List<Word> words, int at, out List<Word> replacement)
    {
        var (longest, best) = (0, (Phrase?)null);
        var stem = Lexicon.Shared.Stem(words[at].Text);
        foreach (var key in stem == words[at].Text ? new[] { stem } : [words[at].Text, stem])
        {
            foreach (var phrase in _byFirst.GetValueOrDefault(key) ?? [])
            {
                var length = Length(phrase.Slots, 0, words, at);
                if (length > longest) (longest, best) = (length, phrase);
            }
        }
        replacement = best is null ? [] : Filled(best, words, at);
        return longest;
    }

    // What stood for any word goes where the replacement has its star.
    private static List<Word> Filled(Phrase phrase, List<Word> words, int at)
    {
        var kept = new Queue<Word>();
        for (var slot = 0; slot < phrase.Slots.Length; slot++)
        {
            if (at >= words.Count || !phrase.Slots[slot].Takes(words[at]) || (phrase.Slots[slot].Optional && Length(phrase.Slots, slot + 1, words, at + 1) < 0)) continue;
            if (phrase.Slots[slot].Any) kept.Enqueue(words[at] with { StartsSentence = false });
            at++;
        }
        return [.. phrase.Replacement.Select(r => r == "*" && kept.TryDequeue(out var word) ? word : new Word(r))];
    }

    private static int Length(Slot[] slots, int slot, List<Word> words, int at)
    {
        if (slot == slots.Length) return 0;
        if (at < words.Count && slots[slot].Takes(words[at]) && (slot == 0 || !words[at].StartsSentence))
        {
            var rest = Length(slots, slot + 1, words, at + 1);
            if (rest >= 0) return rest + 1;
        }
        return slots[slot].Optional ? Length(slots, slot + 1, words, at) : -1;
    }
}
