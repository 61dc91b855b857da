namespace Edge.Cache.Semantic.Gate;

/// <summary>
/// What stands between "similar" and an answer: whether two prompts ask for the same, judged by their words. Vectors cannot tell 15 from 50, on from off, Austria from Australia; this can. It would rather refuse
/// ten that are the same than pass one that is not: the price of a refusal is a request to the provider.
/// </summary>
internal static class SemanticGate
{
    private static readonly HashSet<string> s_dates = [.. Wording.Dates.Split(' ')];


    public static GateVerdict Check(string a, string b) => Check(PromptForm.Of(a), PromptForm.Of(b));

    public static GateVerdict Check(PromptForm a, PromptForm b) => new(Reason(a, b));

    private static GateReason Reason(PromptForm a, PromptForm b)
    {
        if (a.Content.Count == 0 || b.Content.Count == 0) return a.Plain == b.Plain && a.Plain.Length > 0 ? GateReason.None : GateReason.Empty;
        if (a.Rest != b.Rest) return GateReason.Wording;
        if (!SameQuotes(a, b)) return GateReason.Quotes;
        if (Quantities.Compare(a.Content, b.Content) is var quantity and not GateReason.None) return quantity;
        var match = WordMatch.Of(a, b);
        var pairs = match.Pairs;
        if (Unmatched(match.RestA, match.RestB) is var unmatched and not GateReason.None) return unmatched;
        if (a.Negations != b.Negations || pairs.Exists(p => a.Content[p.A].IsNegated != b.Content[p.B].IsNegated)) return GateReason.Negation;
        if (!a.Comparers.Order(StringComparer.Ordinal).SequenceEqual(b.Comparers.Order(StringComparer.Ordinal))) return GateReason.Comparison;
        if (!SameQuestion(a, b)) return GateReason.Question;
        return SamePersons(a.Persons, b.Persons) && a.HasOr == b.HasOr && SameRoles(a.Content, b.Content, pairs) ? GateReason.None : GateReason.Roles;
    }

    private static bool SameQuotes(PromptForm a, PromptForm b) =>
        a.Quotes.Count == b.Quotes.Count && a.Quotes.Order(StringComparer.Ordinal).SequenceEqual(b.Quotes.Order(StringComparer.Ordinal));

    private static GateReason Unmatched(List<ContentWord> a, List<ContentWord> b)
    {
        if (a.Count + b.Count == 0) return GateReason.None;
        foreach (var x in a)
        {
            foreach (var y in b)
            {
                if (Lexicon.Shared.AreOpposite(x.Key, y.Key) || Lexicon.Shared.AreOpposite(x.Text, y.Text)) return GateReason.Opposites;
            }
        }
        var all = a.Concat(b).ToList();
        return all.Exists(w => s_dates.Contains(w.Text)) ? GateReason.Dates : all.Exists(w => w.IsName) ? GateReason.Names : GateReason.Wording;
    }

    private static bool SameQuestion(PromptForm a, PromptForm b) =>
        a.Question == b.Question && (a.Tense is null || b.Tense is null || a.Tense == b.Tense);

    // My name and your name are two. Who is asked how "you" do something is asked how one does it.
    private static bool SamePersons(Persons a, Persons b) =>
        (a & (Persons.Him | Persons.Her)) == (b & (Persons.Him | Persons.Her)) && !((a ^ b).HasFlag(Persons.Asked) && (a ^ b).HasFlag(Persons.Asking));

    // A role may be left out ("flights Berlin", "flights to Berlin"), not given to another word, and not be another. In another order than the other's, words must have kept their roles, and one run of
    // them may have moved: "in Python, how do I ...".
    private static bool SameRoles(List<ContentWord> a, List<ContentWord> b, List<(int A, int B)> pairs)
    {
        var moved = false;
        for (var i = 1; i < pairs.Count; i++) moved |= pairs[i].B < pairs[i - 1].B;
        var (onlyA, onlyB) = (new HashSet<string>(), new HashSet<string>());
        foreach (var (x, y) in pairs)
        {
            var (roleA, roleB) = (a[x].Role, b[y].Role);
            if (roleA == roleB) continue;
            if (roleA is not null && roleB is not null) return false;
            // "Was it won by Brazil" and "Did Brazil win it": the doer comes first where no "by" tells it.
            if ((roleA ?? roleB) == "by" && !IsPassive(pairs, roleA is null ? x : y, roleA is null ? y : x, roleA is null)) return false;
            if (moved && (roleA ?? roleB) is not ("to" or "by")) return false;
            (roleA is null ? onlyB : onlyA).Add(roleA ?? roleB!);
        }
        return !onlyA.Overlaps(onlyB) && (!moved || IsOneMove(pairs, onlyA.Contains("by") || onlyB.Contains("by")));
    }

    // The doer stands before the deed in the active form and right behind it in the passive one.
    private static bool IsPassive(List<(int A, int B)> pairs, int doerActive, int doerPassive, bool activeIsA)
    {
        foreach (var (x, y) in pairs)
        {
            var (active, passive) = activeIsA ? (x, y) : (y, x);
            if (passive == doerPassive - 1) return doerActive < active;
        }
        return false;
    }

    // The order of b as seen from a is made of at most three rising runs that close up when one of them is put elsewhere: 2 3 0 1, or 0 2 3 1.
    private static bool IsOneMove(List<(int A, int B)> pairs, bool passive)
    {
        if (pairs.Count > 64) return false;
        Span<int> order = stackalloc int[pairs.Count];
        for (var i = 0; i < order.Length; i++)
        {
            var rank = 0;
            foreach (var (_, other) in pairs) rank += other < pairs[i].B ? 1 : 0;
            order[i] = rank;
        }
        var breaks = 0;
        for (var i = 1; i < order.Length; i++) breaks += order[i] != order[i - 1] + 1 ? 1 : 0;
        if (order[0] != 0) breaks++;
        if (order[^1] != order.Length - 1) breaks++;
        return breaks <= (passive ? 4 : 3);
    }
}
