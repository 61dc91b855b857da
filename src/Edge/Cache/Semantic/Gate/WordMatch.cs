namespace Edge.Cache.Semantic.Gate;

/// <summary>Which words of two prompts stand for each other, and which have no counterpart.</summary>
/// <param name="Pairs">Places in both, in the order of the first.</param>
/// <param name="RestA">Words of the first without counterpart.</param>
/// <param name="RestB">Words of the second.</param>
/// <param name="Inversions">How often the order of the second falls back as one reads the first.</param>
internal sealed record WordMatch(List<(int A, int B)> Pairs, List<ContentWord> RestA, List<ContentWord> RestB, int Inversions)
{
    private static readonly HashSet<string> s_light = [.. Wording.Light.Split(' ')];

    public static WordMatch Of(PromptForm first, PromptForm second)
    {
        var (a, b) = (first.Content, second.Content);
        var pairs = new List<(int, int)>(a.Count);
        Span<bool> taken = b.Count <= 256 ? stackalloc bool[b.Count] : new bool[b.Count];
        Span<bool> matched = a.Count <= 256 ? stackalloc bool[a.Count] : new bool[a.Count];
        // What is equal first, so that a synonym does not take another word's place.
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < a.Count; i++)
            {
                if (matched[i]) continue;
                for (var j = 0; j < b.Count; j++)
                {
                    if (taken[j] || !(round == 0 ? a[i].Key == b[j].Key : !a[i].IsNumber && !b[j].IsNumber && Lexicon.Shared.AreSame(a[i].Key, b[j].Key))) continue;
                    (matched[i], taken[j]) = (true, true);
                    pairs.Add((i, j));
                    break;
                }
            }
        }
        var (restA, restB) = (new List<ContentWord>(), new List<ContentWord>());
        for (var i = 0; i < a.Count; i++) if (!matched[i]) restA.Add(a[i]);
        for (var j = 0; j < b.Count; j++) if (!taken[j]) restB.Add(b[j]);
        // A word said twice says no more: "reset my password, I forgot my password".
        restA.RemoveAll(w => !w.IsNumber && Repeats(w, b));
        restB.RemoveAll(w => !w.IsNumber && Repeats(w, a));
        if (restA.Count == 0 && restB.TrueForAll(MayMiss)) restB.Clear();
        if (restB.Count == 0 && restA.TrueForAll(MayMiss)) restA.Clear();
        pairs.Sort();
        var inversions = 0;
        for (var i = 1; i < pairs.Count; i++) inversions += pairs[i].Item2 < pairs[i - 1].Item2 ? 1 : 0;
        return new WordMatch(pairs, restA, restB, inversions);
    }

    private static bool MayMiss(ContentWord word) => !word.IsNumber && !word.IsName && !word.IsNegated && (word.IsAskedFor || s_light.Contains(word.Key));

    private static bool Repeats(ContentWord word, List<ContentWord> others) => others.Exists(o => o.Key == word.Key && o.Role == word.Role);
}
