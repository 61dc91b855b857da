using Edge.Configuration;

namespace Edge.Routing.Strategies;

/// <summary>
/// The same target for the same key or user, so that a provider's prompt cache stays warm: rendezvous hashing, which moves nobody but those whose target is gone. Requests of nobody in
/// particular go at random, by weight.
/// </summary>
public sealed class StickyStrategy : IRoutingStrategy
{
    public SelectionStrategy Kind => SelectionStrategy.Sticky;

    public void Score(in RoutingQuery query, Span<Candidate> candidates) => Rendezvous.Score(query.StickyHash == 0 ? query.Entropy.Next() : query.StickyHash, candidates);
}
