namespace Edge.Routing.Strategies;

/// <summary>What a request is expected to cost and to take. NaN = not known.</summary>
internal static class Expectation
{
    /// <summary>Tokens of an answer where no candidate has given one yet: about a page of chat. Too low favours models that are cheap to ask, too high those that are cheap to answer.</summary>
    public const double OutputTokens = 300;

    // A target that fails nine times of ten is ten times as slow, not endlessly: the breaker judges it, and it must stay comparable with others of its kind.
    private const double MostErrors = 0.9;

    // So many calls under way more than usual double the time: what a burst may put on a target before the next one is looked at.
    private const double FreeCalls = 8;

    // So many answers count as much as what the others give.
    private const double Prior = 50;

    // A model is talkative, or terse, beyond this part of what is usual; less is chance: lengths scatter by as much as their mean, so that the means of two hundred differ by a tenth. Without it two
    // providers of one model at one price would take turns for no reason, and neither's prompt cache would stay warm.
    private const double Chance = 0.5;

    /// <summary>
    /// Tokens of an answer that are usual among the candidates, each as far as it is known. With a constant, whoever was asked first would look dearer than its twin for being known.
    /// </summary>
    public static double UsualOutput(ReadOnlySpan<Candidate> candidates)
    {
        double sum = 0;
        double known = 0;
        foreach (ref readonly var candidate in candidates)
        {
            var output = candidate.State.OutputTokens;
            var (count, observed) = (output.Count, output.Value);
            if (!(observed >= 0)) continue;
            sum += count * observed;
            known += count;
        }
        return known > 0 ? sum / known : OutputTokens;
    }

    /// <summary>Tokens of the answer, bounded by what the client allows.</summary>
    public static double Output(in RoutingQuery query, in Candidate candidate, double usual)
    {
        var output = candidate.State.OutputTokens;
        var (count, observed) = (output.Count, output.Value);
        var expected = usual;
        if (observed >= 0)
        {
            var deviation = (observed - usual) * count / (count + Prior);
            if (Math.Abs(deviation) > usual * Chance) expected += deviation;
        }
        return query.MaxOutputTokens > 0 && query.MaxOutputTokens < expected ? query.MaxOutputTokens : expected;
    }

    /// <summary>Nano-dollars, times a million: NaN where either price is not known, since half a price would look like a bargain.</summary>
    public static double Cost(in RoutingQuery query, in Candidate candidate, double usualOutput)
    {
        var facts = candidate.Route.Facts;
        if ((facts.InputPrice | facts.OutputPrice) < 0) return double.NaN;
        return ((double)query.InputTokens * facts.InputPrice) + (Output(query, candidate, usualOutput) * facts.OutputPrice);
    }

    /// <summary>
    /// Milliseconds until the answer is complete, as if nothing else were under way. What was measured of such answers (streamed or whole) goes before what follows from the others.
    /// </summary>
    public static double Latency(in RoutingQuery query, in Candidate candidate, double usualOutput)
    {
        var state = candidate.State;
        var whole = state.WholeAnswer.Value;
        if (!query.IsStream && whole >= 0) return whole;
        var first = state.FirstToken.Value;
        if (!(first >= 0)) return whole;
        var between = state.InterToken.Value;
        return between >= 0 ? first + (Output(query, candidate, usualOutput) * between) : first;
    }

    /// <summary>
    /// How much longer it takes because more calls are under way than the measured times belong to: 1 and more. What is usual there is in those times already. Simply to multiply by the calls under way, as
    /// balancers among equals do, sends requests to slow targets for no other reason than that a fast one serves others too, and a provider serves thousands (docs/routing/simulation.md: slower than always
    /// the same target).
    /// </summary>
    public static double Loaded(in Candidate candidate)
    {
        var state = candidate.State;
        return Math.Max(1, (state.InFlight + FreeCalls) / (state.UsualInFlight.Value + FreeCalls));
    }

    /// <summary>How much longer it takes with the calls that fail and are made again: 1 to 10 times.</summary>
    public static double Failing(in Candidate candidate, long now) => 1 / (1 - Math.Min(MostErrors, candidate.State.RecentErrors(now)));
}
