using Edge.Upstream;

namespace Edge.Pipeline;

/// <summary>A word for what came of a call, for people and metrics: a closed list, never a text of provider or client.</summary>
public static class AttemptResult
{
    /// <summary>Another call answered first.</summary>
    public const string HedgeLost = "hedge_lost";

    /// <summary>Of the call at hand, as it stands.</summary>
    public static string Of(RequestContext context) => context.Outcome switch
    {
        Outcome.ClientGone => "client_gone",
        Outcome.Stopped => "stopped",
        Outcome.Failed => "failed",
        _ => CallVerdict.NameOf(context),
    };
}
