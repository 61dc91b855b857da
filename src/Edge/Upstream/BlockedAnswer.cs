using Edge.Pipeline;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>An answer that the output guard has ended.</summary>
internal static class BlockedAnswer
{
    /// <summary>Sets the context's error, which names the kind of what was found and never the value. Always false.</summary>
    public static bool Report(RequestContext context, Log log)
    {
        var name = context.AnswerFilter!.Blocked;
        log.Warn(EventIds.AnswerBlocked, "The guard ended an answer.", ("request_id", context.Id), ("provider", context.Route?.Target.Name), ("found", name));
        return context.Fail(ErrorCode.SafetyViolation, message: $"The answer holds what policy does not let a model say: {name}.");
    }
}
