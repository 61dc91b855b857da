using System.Buffers;
using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>
/// The lowest weighted sum (<see cref="BalanceConfig"/>) of four parts: expected cost, expected time, lack of quality, share of failures. Each is 0 for the best candidate and 1 for the worst; what is
/// not known of one lies in the middle of the others.
/// </summary>
public sealed class BalancedStrategy : IRoutingStrategy
{
    /// <summary>Candidates that differ in cost by less than this part of the dearest's do not differ by a whole 1: a tenth more is a tenth as bad as twice as much.</summary>
    internal const double LeastCostSpan = 0.5;

    /// <summary>The same for latency.</summary>
    internal const double LeastLatencySpan = 0.5;

    /// <summary>The same for quality, absolute.</summary>
    internal const double LeastQualitySpan = 0.1;

    /// <summary>The same for the share of failures, absolute: one failure in a hundred calls is chance.</summary>
    internal const double LeastErrorSpan = 0.2;

    private const double Explored = -1;
    private const int OnStack = 64;

    public SelectionStrategy Kind => SelectionStrategy.Balanced;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        if (candidates.Length <= OnStack)
        {
            Score(query, candidates, stackalloc Measured[candidates.Length]);
            return;
        }
        var rented = ArrayPool<Measured>.Shared.Rent(candidates.Length);
        Score(query, candidates, rented.AsSpan(0, candidates.Length));
        ArrayPool<Measured>.Shared.Return(rented);
    }

    private static void Score(in RoutingQuery query, Span<Candidate> candidates, Span<Measured> all)
    {
        var balance = query.Balance;
        var output = Expectation.UsualOutput(candidates);
        Part costs = Part.None, latencies = Part.None, qualities = Part.None, errors = Part.None;
        for (var i = 0; i < all.Length; i++)
        {
            ref readonly var candidate = ref candidates[i];
            ref var one = ref all[i];
            costs.See(one.Cost = Expectation.Cost(query, candidate, output));
            latencies.See(one.Latency = Expectation.Latency(query, candidate, output));
            qualities.See(one.Lack = 1 - candidate.Route.Facts.Quality);
            errors.See(one.Errors = candidate.State.RecentErrors(query.Now));
        }
        costs.Weigh(balance.Cost, LeastCostSpan * costs.Most);
        latencies.Weigh(balance.Latency, LeastLatencySpan * latencies.Most);
        qualities.Weigh(balance.Quality, LeastQualitySpan);
        errors.Weigh(balance.Errors, LeastErrorSpan);
        for (var i = 0; i < all.Length; i++)
        {
            ref readonly var one = ref all[i];
            candidates[i].Score = costs.Of(one.Cost) + latencies.Of(one.Latency) + qualities.Of(one.Lack) + errors.Of(one.Errors);
        }
        if (balance.Latency > 0 && Stalest(query, candidates, all, latencies.Least) is >= 0 and var stalest && Exploration.IsTurn(query)) candidates[stalest].Score = Explored;
    }

    private static int Stalest(in RoutingQuery query, ReadOnlySpan<Candidate> candidates, ReadOnlySpan<Measured> all, double least)
    {
        var (stalest, since) = (-1, long.MaxValue);
        for (var i = 0; i < all.Length; i++)
        {
            var state = candidates[i].State;
            var slowness = all[i].Latency >= 0 ? all[i].Latency / Math.Max(least, 0.001) : 1;
            if (state.LastBegin < since && Exploration.IsStale(state, slowness, query.Now)) (stalest, since) = (i, state.LastBegin);
        }
        return stalest;
    }

    private struct Measured
    {
        public double Cost, Latency, Lack, Errors;
    }

    private struct Part
    {
        public static readonly Part None = new() { Least = double.MaxValue, Most = 0 };

        public double Least;
        public double Most;
        private double _scale;
        private double _middle;

        public void See(double value)
        {
            // Neither is true of NaN.
            if (value < Least) Least = value;
            if (value > Most) Most = value;
        }

        public void Weigh(double weight, double leastSpan)
        {
            var span = Math.Max(Most - Least, leastSpan);
            if (Least > Most || !(span > 0)) Least = Most = 0;
            _scale = span > 0 ? weight / span : 0;
            _middle = (Most - Least) / 2 * _scale;
        }

        public readonly double Of(double value) => double.IsNaN(value) ? _middle : (value - Least) * _scale;
    }
}
