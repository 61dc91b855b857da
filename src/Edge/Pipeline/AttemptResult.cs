using Edge.Upstream;

namespace Edge.Pipeline;

/// <summary>A word for what came of a call, for people and metrics: a closed list, never a text of provider or client.</summary>
public static class AttemptResult
{
    /// <summary>Another call answered first.</summary>
    public const string HedgeLost = "hedge_lost";

    /// <summary>It went on with a stream that another had begun, to its end.</summary>
    public const string Recovered = "recovered";

    /// <summary>It said something else than the client had of that stream.</summary>
    public const string RecoveryMismatch = "recovery_mismatch";

    /// <summary>Of the call at hand, as it stands.</summary>
    public static string Of(RequestContext context) => context.Outcome switch
    {
        _ when context.Recovery is { Result: RecoveryResult.Recovered } => Recovered,
        _ when context.Recovery is { IsMismatch: true } => RecoveryMismatch,
        Outcome.ClientGone => "client_gone",
        Outcome.Stopped => "stopped",
        Outcome.Failed => "failed",
        _ => CallVerdict.NameOf(context),
    };
}
