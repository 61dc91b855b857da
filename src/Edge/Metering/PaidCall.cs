using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Chat;

namespace Edge.Metering;

/// <summary>A call that the client was not answered from, or only the beginning, and that costs all the same: a stream that another went on with, a hedge's loser, an answer that came too late.</summary>
/// <param name="Route">Who is paid.</param>
/// <param name="Usage">As reported, or estimated.</param>
/// <param name="IsEstimated">The provider did not say so.</param>
public readonly record struct PaidCall(ModelRoute Route, Usage Usage, bool IsEstimated);

/// <summary>What of a call has to be paid for.</summary>
public static class PaidCalls
{
    private static readonly Usage _nothing = new();

    /// <summary>The failed call at hand may have to be paid for: it was sent, and the provider did not refuse it.</summary>
    public static bool MayCost(RequestContext context)
    {
        if (context.SentAt == 0 || context.Operation is Endpoints.Operation.CountTokens or >= Endpoints.Operation.Moderations) return false;
        if (context.Usage.Input > 0 || context.Usage.Output > 0 || context.Meter.Events > 0) return true;
        return MayCost(context.UpstreamResponse);
    }

    /// <summary>The provider of a call took it, or may have.</summary>
    public static bool MayCost(Upstream.UpstreamResponse? response) => response switch
    {
        // Under way when it was given up.
        null => true,
        { Failure: Upstream.UpstreamFailure.None } => response.Status is >= 200 and < 300,
        _ => MayCost(response.Failure),
    };

    // Not where it never got there, or the provider broke off without a word, which is billed by none.
    private static bool MayCost(Upstream.UpstreamFailure failure) => failure is not (Upstream.UpstreamFailure.Dns or Upstream.UpstreamFailure.Connect or Upstream.UpstreamFailure.ConnectTimeout
        or Upstream.UpstreamFailure.Tls or Upstream.UpstreamFailure.PoolExhausted or Upstream.UpstreamFailure.Proxy or Upstream.UpstreamFailure.Reset);

    /// <summary>Keeps what the failed call at hand costs, before the next one begins.</summary>
    public static void Keep(RequestContext context)
    {
        if (!MayCost(context)) return;
        var usage = UsageEstimate.Of(context, out var isEstimated);
        if (!usage.IsReported)
        {
            usage = Guess(context, usage);
            isEstimated = true;
        }
        context.AddPaid(new PaidCall(context.Route, usage, isEstimated));
    }

    /// <summary>What a call used at least of which nothing was heard: its prompt.</summary>
    public static Usage Guess(RequestContext context, in Usage known) => known with
    {
        Input = known.Input >= 0 ? known.Input : context.InputEstimate > 0 ? context.InputEstimate : context.BodyBytes / UsageEstimate.BytesPerToken,
        Output = Math.Max(0, Math.Max(known.Output, context.Meter.Tokens)),
    };

    /// <summary>Keeps what a call cost that was given up before anything came of it.</summary>
    internal static void KeepLoser(RequestContext context, Upstream.Leg leg)
    {
        if (leg.SentAt == 0 || !MayCost(leg.Response)) return;
        var prompt = context.InputEstimate > 0 ? context.InputEstimate : context.BodyBytes / UsageEstimate.BytesPerToken;
        context.AddPaid(new PaidCall(leg.Route, _nothing with { Input = prompt, Output = 0 }, IsEstimated: true));
    }
}
