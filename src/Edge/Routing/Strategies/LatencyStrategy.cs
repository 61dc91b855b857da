using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>
/// The shortest expected time to the end of the answer: time to first token and between tokens (peak-EWMA), longer by the calls under way beyond the usual and by the share that fails. Not simply the lowest: of those that
/// are about as good, two are drawn and the better serves, so that copies of the gateway which all see the same do not all run to the same target.
/// </summary>
public sealed class LatencyStrategy : IRoutingStrategy
{
    /// <summary>A target takes part in the draw when it is at most so many times as slow as the best. Two out of all would give the best of ten a fifth of the requests only.</summary>
    public const double Field = 1.5;

    // Of targets of which no candidate is known; only their calls under way differ then.
    private const double UnknownLatency = 1000;

    // Before every latency, which are 0 and more.
    private const double Explored = -2;
    private const double Drawn = -1;

    public SelectionStrategy Kind => SelectionStrategy.LatencyOptimized;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        var fresh = Idle(query, candidates, out var least);
        var stale = fresh < 0 ? Stalest(query, candidates, least) : -1;
        var best = Load(candidates);
        Draw(query, candidates, best * Field);
        if (stale >= 0 && Exploration.IsTurn(query)) fresh = stale;
        if (fresh >= 0) candidates[fresh].Score = Explored;
    }

    // Scores = latencies without load. One that is not known counts as the average one, so that it is neither flooded nor starved.
    private static int Idle(in RoutingQuery query, Span<Candidate> candidates, out double least)
    {
        var output = Expectation.UsualOutput(candidates);
        var (sum, known, fresh) = (0.0, 0, -1);
        least = double.MaxValue;
        for (var i = 0; i < candidates.Length; i++)
        {
            ref var candidate = ref candidates[i];
            var latency = Expectation.Latency(query, candidate, output);
            if (latency >= 0)
            {
                latency *= Expectation.Failing(candidate, query.Now);
                sum += latency;
                known++;
                least = Math.Min(least, latency);
            }
            else if (fresh < 0 && Exploration.IsFresh(candidate.State, query.Now))
            {
                fresh = i;
            }
            candidate.Score = latency;
        }
        if (known == candidates.Length) return fresh;
        var average = known == 0 ? UnknownLatency : sum / known;
        foreach (ref var candidate in candidates)
        {
            if (!(candidate.Score >= 0)) candidate.Score = average * Expectation.Failing(candidate, query.Now);
        }
        if (known == 0) least = average;
        return fresh;
    }

    // By the scores without load.
    private static int Stalest(in RoutingQuery query, ReadOnlySpan<Candidate> candidates, double least)
    {
        var (stalest, since) = (-1, long.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var state = candidates[i].State;
            if (state.LastBegin >= since || !Exploration.IsStale(state, candidates[i].Score / Math.Max(least, 0.001), query.Now)) continue;
            (stalest, since) = (i, state.LastBegin);
        }
        return stalest;
    }

    private static double Load(Span<Candidate> candidates)
    {
        var best = double.MaxValue;
        foreach (ref var candidate in candidates)
        {
            candidate.Score *= Expectation.Loaded(candidate);
            best = Math.Min(best, candidate.Score);
        }
        return best;
    }

    private static void Draw(in RoutingQuery query, Span<Candidate> candidates, double within)
    {
        var field = 0;
        foreach (ref readonly var candidate in candidates) field += candidate.Score <= within ? 1 : 0;
        if (field < 2) return;
        var random = query.Entropy.Next();
        var first = (int)(((random & uint.MaxValue) * (ulong)field) >> 32);
        var second = (int)(((random >> 32) * (ulong)(field - 1)) >> 32);
        if (second >= first) second++;
        var (one, other, at) = (-1, -1, 0);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].Score > within) continue;
            if (at == first) one = i;
            if (at == second) other = i;
            at++;
        }
        // Equal ones as drawn, not as configured: they would not share.
        candidates[candidates[one].Score <= candidates[other].Score ? one : other].Score = Drawn;
    }
}
