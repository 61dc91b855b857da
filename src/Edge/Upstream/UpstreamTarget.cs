namespace Edge.Upstream;

/// <summary>What the client keeps for one endpoint: its connections, in whichever HTTP version.</summary>
internal abstract class UpstreamTarget : IDisposable
{
    /// <summary>The connection counts; null where the handler below does not tell them.</summary>
    public virtual UpstreamConnectionCounters? Counters => null;

    /// <summary>As <see cref="UpstreamClient.SendAsync"/>.</summary>
    public abstract ValueTask<UpstreamResponse> SendAsync(UpstreamRequest request, CancellationToken cancel);

    /// <summary>Ends what is late and closes what has been idle too long. One caller at a time.</summary>
    public abstract void Sweep(long now);

    /// <summary>No exchange, no connection and no attempt at one since <paramref name="since"/>, as far as sweeps and attempts have noted.</summary>
    public abstract bool IsUnusedSince(long since);

    /// <summary>Ends every exchange with <see cref="UpstreamFailure.Cancelled"/>, this and every later one.</summary>
    public abstract void Dispose();
}
