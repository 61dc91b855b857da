namespace Edge.Routing.Strategies;

/// <summary>
/// Rendezvous hashing by weight: a race of exponential clocks, each first with the probability of its weight, and so are the ones behind it among themselves. A clock depends on the request's hash
/// and its target's name alone, so that a target that leaves moves nobody but its own.
/// </summary>
internal static class Rendezvous
{
    /// <param name="hash">The same for whoever stays together.</param>
    /// <param name="candidates">Those of weight 0 come last, in their order.</param>
    public static void Score(ulong hash, Span<Candidate> candidates)
    {
        foreach (ref var candidate in candidates)
        {
            candidate.Score = candidate.Weight <= 0 ? double.MaxValue : -Math.Log(1 - Draw(hash, candidate)) / candidate.Weight;
        }
    }

    /// <summary>0 inclusive to 1 exclusive, the same for the same pair.</summary>
    internal static double Draw(ulong hash, in Candidate candidate) => (Entropy.Mix(hash ^ candidate.State.Hash) >> 11) * (1.0 / (1UL << 53));
}
