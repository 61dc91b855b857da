using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>
/// The same target for the same key or user, so that a provider's prompt cache stays warm: rendezvous hashing, which moves nobody but those whose target is gone. Requests of nobody in
/// particular go at random.
/// </summary>
public sealed class StickyStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.Sticky;

    public void Score(in RoutingQuery query, Span<Candidate> candidates)
    {
        for (var i = 0; i < candidates.Length; i++)
        {
            var draw = query.StickyHash == 0 ? query.Entropy.NextDouble() : Draw(query.StickyHash, candidates[i]);
            candidates[i].Score = candidates[i].Weight == 0 ? double.MaxValue : -Math.Log(1 - draw) / candidates[i].Weight;
        }
    }

    /// <summary>0..1, the same for the same pair.</summary>
    internal static double Draw(ulong hash, in Candidate candidate) => (Entropy.Mix(hash ^ candidate.State.Hash) >> 11) * (1.0 / (1UL << 53));
}
