using System.Globalization;
using System.Text;

namespace Edge.Cache.Semantic.Gate;

/// <summary>A word that carries meaning, in the form that it is compared in.</summary>
/// <param name="Key">Canonical: of its group of synonyms the one that stands for all, in its base form; of a number its digits.</param>
/// <param name="Text">As written, in lower case.</param>
/// <param name="Role">The preposition that gives it its role; null where none does.</param>
/// <param name="IsName">Written as a name.</param>
/// <param name="IsNumber">A number.</param>
/// <param name="IsNegated">A negation stands before it.</param>
/// <param name="IsAskedFor">Right behind "which" or "what": the city of "which city is the capital".</param>
internal readonly record struct ContentWord(string Key, string Text, string? Role, bool IsName, bool IsNumber, bool IsNegated, bool IsAskedFor);

/// <summary>What a prompt asks for.</summary>
internal enum QuestionKind { Other, HowTo, How, HowMany, HowMuch, HowLong, HowOften, When, Where, Why, Who, WhetherCan, WhetherShould, WhetherMust, Whether, WhetherWill }

/// <summary>Of whom a prompt speaks.</summary>
[Flags]
internal enum Persons { None = 0, Asking = 1, Asked = 2, Him = 4, Her = 8 }

/// <summary>A prompt taken apart, for comparing it with another.</summary>
internal sealed class PromptForm
{
    private static readonly HashSet<string> s_function = [.. Wording.Function.Split(' ')], s_negators = [.. Wording.Negators.Split(' ')], s_comparers = [.. Wording.Comparers.Split(' ')],
        s_roles = [.. Wording.Roles.Split(' ')], s_articles = ["a", "an", "the"];

    // A particle after its verb changes the verb: look up, carry on. After anything else it is a preposition.
    private static readonly HashSet<string> s_particles = ["up", "down", "off", "out", "away", "back", "on", "in", "over", "through", "again", "apart", "aside", "together"];

    private static readonly HashSet<string> s_weighty = ["thanks", "will", "would", "could", "can", "must", "should", "might", "may", "have", "has", "had", "there", "here", "all", "both", "every", "any", "some", "with", "about", "by", "from", "to", "like", "own", "such", "then", "so", "ok", "okay", "well"];

    private PromptForm()
    {
    }

    /// <summary>The prompt without politeness, with frames and phrases made alike: what is embedded, so that two ways to ask are one way to the model.</summary>
    public string Canonical { get; private set; } = "";

    /// <summary>The words as they were written, in lower case.</summary>
    public string Plain { get; private set; } = "";

    /// <summary>What is embedded: the kind of question and the canonical words in the order of the alphabet, so that what is the same but for order and wording is the same to the model.</summary>
    public string Key { get; private set; } = "";

    public QuestionKind Question { get; private set; }

    /// <summary>-1 past, 1 future, 0 present, null where no auxiliary tells.</summary>
    public int? Tense { get; private set; }

    public List<ContentWord> Content { get; } = [];

    public List<string> Quotes { get; } = [];

    public List<string> Comparers { get; } = [];

    public int Negations { get; private set; }

    /// <summary>Who is spoken of: the one who asks, the one who is asked, him, her; and whether things are joined by "or".</summary>
    public Persons Persons { get; private set; }

    public bool HasOr { get; private set; }

    /// <summary>Of a prompt with one word of content: the function words that may not differ.</summary>
    public string Rest { get; private set; } = "";

    public static PromptForm Of(string text)
    {
        var form = new PromptForm();
        var read = WordReader.Read(text, form.Quotes);
        form.Plain = string.Join(' ', read.Select(w => w.Text));
        var words = Rewrite(read);
        Lead(words);
        words = Inverted(words);
        form.Question = Kind(words);
        form.Tense = TenseOf(words);
        form.Fill(words);
        form.Settle(words);
        form.Canonical = Text(words);
        form.Key = KeyOf(form);
        return form;
    }

    // Phrases are rewritten until none is left, thrice at most: "could you tell me what the best way to" is three of them.
    private static List<Word> Rewrite(List<Word> words)
    {
        for (var round = 0; round < 4; round++)
        {
            var output = new List<Word>(words.Count);
            var changed = false;
            for (var at = 0; at < words.Count;)
            {
                var taken = PhraseTable.Shared.Match(words, at, out var replacement);
                if (taken == 0)
                {
                    output.Add(words[at++]);
                    continue;
                }
                var starts = words[at].StartsSentence;
                changed |= taken != replacement.Count || !replacement.Select(w => w.Text).SequenceEqual(words.Skip(at).Take(taken).Select(w => w.Text));
                foreach (var word in replacement)
                {
                    output.Add(word with { StartsSentence = starts });
                    starts = false;
                }
                at += taken;
                // What followed a phrase that says nothing begins the sentence now.
                if (starts && at < words.Count && !words[at].StartsSentence) words[at] = words[at] with { StartsSentence = true };
            }
            words = output;
            if (!changed) break;
        }
        return words;
    }

    // "I want to cancel it, how do I do that?" asks how to cancel it.
    private static void Lead(List<Word> words)
    {
        var at = words.FindLastIndex(w => w.Text == "howto");
        if (at < 0) at = words.FindLastIndex(w => w.Text == "how");
        if (at <= 0) at = words.FindLastIndex(w => w.Text == "what");
        if (at <= 0 || words.Count - at > 7) return;
        var tail = words.Skip(at + 1).Select(w => w.Text).ToList();
        if (!tail.TrueForAll(t => t is "do" or "does" or "that" or "it" or "this" or "so" or "i" or "must" or "should" or "have" or "to" or "need" or "work" or "go" or "about" or "can" or "doing")) return;
        var wish = words.FindIndex(w => w.Text is "want" or "need" or "must" or "like" or "would" or "try" or "trying" or "wish");
        if (wish is < 0 or > 3 || wish > at) return;
        var from = wish + 1;
        while (from < at && words[from].Text is "to" or "like" or "want" or "need") from++;
        words.RemoveRange(at, words.Count - at);
        words.RemoveRange(0, from);
        words.Insert(0, new Word("howto", StartsSentence: true));
    }

    // "The capital of Australia" is what "Australia's capital" is: the later word comes first.
    private static List<Word> Inverted(List<Word> words)
    {
        var output = new List<Word>(words.Count);
        for (var at = 0; at < words.Count; at++)
        {
            if (words[at].Text != "of" || at == 0 || output.Count == 0 || s_function.Contains(words[at - 1].Text) || words[at - 1].IsNumber || (at > 1 && words[at - 2].IsNumber))
            {
                output.Add(words[at]);
                continue;
            }
            var from = at + 1;
            while (from < words.Count && s_function.Contains(words[from].Text) && !s_roles.Contains(words[from].Text) && words[from].Text is not ("and" or "or" or "of" or "in" or "for" or "with")) from++;
            var to = from;
            while (to < words.Count && to - from < 4 && IsNoun(words[to])) to++;
            if (to == from)
            {
                output.Add(words[at]);
                continue;
            }
            var head = output[^1];
            output.RemoveAt(output.Count - 1);
            output.AddRange(words.GetRange(from, to - from));
            output.Add(head);
            at = to - 1;
        }
        return output;
    }

    private static bool IsNoun(Word word) => !s_function.Contains(word.Text) && !s_roles.Contains(word.Text) && !s_negators.Contains(word.Text) && !word.StartsSentence;

    private static QuestionKind Kind(List<Word> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i].Text)
            {
                case "howto": return QuestionKind.HowTo;
                case "howmany": return QuestionKind.HowMany;
                case "howmuch": return QuestionKind.HowMuch;
                case "howlong": return QuestionKind.HowLong;
                case "howoften": return QuestionKind.HowOften;
                case "how": return i + 1 < words.Count && words[i + 1].Text is "long" ? QuestionKind.HowLong : QuestionKind.How;
                case "when" when Asks(i): return QuestionKind.When;
                case "where" when Asks(i): return QuestionKind.Where;
                case "why": return QuestionKind.Why;
                case "who" or "whom" or "whose" when Asks(i): return QuestionKind.Who;
                case "what" or "which" or "define" when Asks(i): return QuestionKind.Other;
            }
        }
        for (var i = 0; i < words.Count; i++)
        {
            if (!words[i].StartsSentence && i > 0 && words[i - 1].Text is not ("tell" or "if" or "whether")) continue;
            switch (words[i].Text)
            {
                case "can" or "could" or "may" or "might": return QuestionKind.WhetherCan;
                case "should" or "shall": return QuestionKind.WhetherShould;
                case "must": return QuestionKind.WhetherMust;
                case "will" or "would": return QuestionKind.WhetherWill;
                case "is" or "are" or "was" or "were" or "do" or "does" or "did" or "has" or "have" or "had" or "am": return QuestionKind.Whether;
            }
        }
        return QuestionKind.Other;

        // At a sentence's begin or after "tell", not in "the man who".
        bool Asks(int at) => at == 0 || words[at].StartsSentence || words[at - 1].Text is "tell" or "define" or "explain" or "show" or "and" or "know" || s_roles.Contains(words[at - 1].Text) || (at + 1 < words.Count && words[at + 1].Text is "is" or "are" or "do" or "does" or "did" or "should");
    }

    private static int? TenseOf(List<Word> words)
    {
        // "Who won" is of the past as "who was" is.
        var who = words.FindIndex(w => w.Text == "who");
        if (who >= 0 && who + 1 < words.Count && Lexicon.Shared.IsPast(words[who + 1].Text)) return -1;
        foreach (var word in words)
        {
            switch (word.Text)
            {
                case "is" or "are" or "am" or "do" or "does": return 0;
                case "was" or "were" or "did" or "had": return -1;
                case "will": return 1;
            }
        }
        return null;
    }

    private void Fill(List<Word> words)
    {
        var lexicon = Lexicon.Shared;
        string? role = null;
        var negated = false;
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            var text = word.Text;
            Persons |= text switch { "i" or "my" or "me" or "mine" or "myself" or "we" or "our" or "us" => Persons.Asking, "you" or "your" or "yours" or "yourself" => Persons.Asked, "he" or "him" or "his" => Persons.Him, "she" or "her" or "hers" => Persons.Her, _ => Persons.None };
            HasOr |= text == "or";
            if (s_negators.Contains(text))
            {
                Negations++;
                negated = true;
                if (text is not "without") continue;
            }
            if (s_comparers.Contains(text) || IsComparative(text, word, lexicon)) Comparers.Add(text is "less" or "fewer" ? "less" : text is "more" or "least" or "most" or "fewest" ? text : lexicon.Canonical(text));
            if (s_roles.Contains(text))
            {
                role = text is "into" or "onto" or "toward" or "towards" ? "to" : text;
                if (text != "to" || (Content.Count > 0 && at > 0 && !s_function.Contains(words[at - 1].Text))) continue;
                role = null;
                continue;
            }
            if (!word.IsNumber && !word.IsName && s_function.Contains(text)) continue;
            if (!word.IsNumber && s_function.Contains(text) && text.Length <= 3 && word.IsName && text is "i" or "a" or "an" or "the" or "of" or "is") continue;
            if (text is "on" or "in" or "over" or "through" && !IsParticle(words, at)) continue;
            // "Two times" is "twice".
            if (text == "times" && at > 0 && words[at - 1].IsNumber) continue;
            var key = word.IsNumber ? text : Quantities.Unit(lexicon.Canonical(text));
            Content.Add(new ContentWord(key, text, role, word.IsName, word.IsNumber, negated, at > 0 && words[at - 1].Text is "which" or "what"));
            (role, negated) = (null, false);
        }
    }

    // "Is it allowed" asks whether one can; "is this or that better" asks which. With one word alone what else is said weighs more.
    private void Settle(List<Word> words)
    {
        if (Question == QuestionKind.Whether && Content.Count > 1 && Content.RemoveAll(w => w.Key is "possible" or "allow" && !w.IsNegated) > 0) Question = QuestionKind.WhetherCan;
        if (Question == QuestionKind.Whether && HasOr && Comparers.Count > 0) Question = QuestionKind.Other;
        if (Content.Count <= 1) Rest = string.Join(' ', words.Where(w => s_weighty.Contains(w.Text)).Select(w => w.Text).Order(StringComparer.Ordinal));
    }

    // faster, biggest; not "number", "best": an ending alone tells too little, so the word must have a base form or be long enough.
    private static bool IsComparative(string text, Word word, Lexicon lexicon) =>
        !word.IsName && text.Length > 4 && (text.EndsWith("est", StringComparison.Ordinal) || text.EndsWith("er", StringComparison.Ordinal)) && lexicon.IsCompared(text);

    private static bool IsParticle(List<Word> words, int at) => at + 1 == words.Count || words[at + 1].StartsSentence;

    private static string KeyOf(PromptForm form)
    {
        var output = new StringBuilder(form.Question switch
        {
            QuestionKind.HowTo => "how to",
            QuestionKind.HowMany => "how many",
            QuestionKind.HowMuch => "how much",
            QuestionKind.HowLong => "how long",
            QuestionKind.HowOften => "how often",
            QuestionKind.WhetherCan => "can",
            QuestionKind.WhetherMust => "must",
            QuestionKind.WhetherShould => "should",
            QuestionKind.Whether => "is",
            QuestionKind.WhetherWill => "will",
            QuestionKind.Other => "",
            var other => other.ToString().ToLowerInvariant(),
        });
        foreach (var word in form.Content.Select(c => c.IsNegated ? "not " + c.Key : c.Key).Order(StringComparer.Ordinal)) output.Append(output.Length > 0 ? " " : "").Append(word);
        return output.ToString();
    }

    private static string Text(List<Word> words)
    {
        var output = new StringBuilder();
        foreach (var word in words)
        {
            if (s_articles.Contains(word.Text) || word.Text is "tell" or "thanks") continue;
            if (output.Length > 0) output.Append(' ');
            output.Append(word.Text switch
            {
                "howto" => "how to",
                "howmany" => "how many",
                "howmuch" => "how much",
                "howlong" => "how long",
                "howoften" => "how often",
                "define" => "what is",
                var text => text,
            });
        }
        return output.ToString();
    }

    /// <summary>For a log: never the text itself.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Question}, {Content.Count} words, {Negations} negations");
}
