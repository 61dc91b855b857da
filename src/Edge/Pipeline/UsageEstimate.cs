using Edge.Providers.Chat;

namespace Edge.Pipeline;

/// <summary>Counts a stream's events and their bytes.</summary>
public struct StreamMeter
{
    public int Events;
    public long Bytes;
    public int Least;

    public void Add(int bytes)
    {
        Least = Events++ == 0 ? bytes : Math.Min(Least, bytes);
        Bytes += bytes;
    }

    /// <summary>
    /// Tokens, roughly: most providers send one an event, some a sentence, and what the smallest event has no other has less of, its frame that is.
    /// </summary>
    public readonly long Tokens => Events == 0 ? 0 : Math.Max(Math.Max(1, Events - 1), (Bytes - ((long)Least * Events)) / 4);
}

/// <summary>What a request used where its provider did not say so: it was cut off, its client left, or it never reports.</summary>
public static class UsageEstimate
{
    private const int BytesPerToken = 4;

    /// <summary>Of the request: of the call at hand, and of those before it whose stream it went on with.</summary>
    public static Usage OfAll(RequestContext context, out bool isEstimated)
    {
        var usage = Of(context, out isEstimated);
        if (context.Recovery is not { IsJoining: true } recovery) return usage;
        isEstimated |= recovery.IsEstimated;
        return recovery.Spent.Plus(usage);
    }

    /// <summary>The reported usage with estimates in the place of what is missing.</summary>
    public static Usage Of(RequestContext context, out bool isEstimated)
    {
        var usage = context.Usage;
        isEstimated = false;
        // What was refused costs nothing; and a whole answer that never came is reported or unknown.
        if (context.FirstByteAt == 0 || !context.Fields.Stream || context.Meter.Events == 0) return usage;
        var isWhole = context.Outcome == Outcome.Completed || context.StreamEnded;
        if (isWhole && usage.IsReported) return usage;
        isEstimated = true;
        if (usage.Input < 0) usage.Input = context.BodyBytes / BytesPerToken;
        // What a stream reports at its beginning is its first token.
        usage.Output = Math.Max(usage.Output, context.Meter.Tokens);
        return usage;
    }
}
