using Edge.Endpoints;
using Edge.Guard.Moderation;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Pipeline;
using Edge.Telemetry;

namespace Edge.Guard;

/// <summary>
/// Step 4: is it safe? Personal data leaves the body before anything else sees it (cache, route, provider, record), and what the policy forbids is refused. Where nothing is found, the
/// body stays the client's bytes.
/// </summary>
public sealed class GuardStage
{
    private readonly Log _log;

    public GuardStage(Log log) => _log = log;

    /// <summary>True = the request may go on.</summary>
    /// <param name="context">With its body.</param>
    /// <param name="isChat">A model will act on it: injections are looked for, and answers restored.</param>
    public ValueTask<bool> RunAsync(RequestContext context, bool isChat)
    {
        var policy = context.Guard.With(context.Fields.Safety);
        return policy.IsCompletedSuccessfully ? Run(context, context.Guard = policy.Result, isChat) : RunWhenMadeAsync(context, policy, isChat);
    }

    private async ValueTask<bool> RunWhenMadeAsync(RequestContext context, ValueTask<GuardPolicy> policy, bool isChat) => await Run(context, context.Guard = await policy, isChat);

    private ValueTask<bool> Run(RequestContext context, GuardPolicy policy, bool isChat)
    {
        if (policy.IsOff) return new(true);
        var scan = context.Scan;
        scan.Run(policy, context.Body.Span, context.Index, isChat, isContinued: context.Operation == Operation.StoredResponses);
        if (scan.Report is { } report && !Judge(context, policy, report)) return new(false);
        if (scan.IsEdited)
        {
            var isReplaced = BodyStage.Replace(context, scan.Output);
            scan.ClearOutput();
            if (!isReplaced) return new(false);
        }
        if ((isChat && policy.Output is not null) || !context.Vault.IsEmpty) context.FilterAnswer(context.Vault, isChat ? policy.Output : null);
        return isChat && policy.Moderation is { } moderation ? ModerateAsync(context, scan, moderation) : new(true);
    }

    /// <summary>A body that the guard cannot read, of an endpoint that carries what users say. True = the request may go on.</summary>
    public bool RunUnread(RequestContext context)
    {
        var policy = context.Guard;
        if (!policy.Pii || policy.Unscanned == VerdictAction.Off) return true;
        context.Scan.NoteUnscanned();
        return Judge(context, policy, context.Scan.Report!);
    }

    /// <summary>What was found in the request, and in as much of the answer as has come; null = nothing.</summary>
    public static GuardReport? Report(RequestContext context)
    {
        context.GuardReport?.ClearOutput();
        if (context.AnswerFilter is not { } filter) return context.GuardReport;
        if (filter.Restored > 0) context.Scan.Found.Restored = filter.Restored;
        if (filter.Policy is not { } policy) return context.GuardReport;
        for (var entity = 0; entity < filter.Found.Length; entity++)
        {
            if (filter.Found[entity] == 0) continue;
            context.Scan.Found.Add(GuardFinding.Pii, policy.NameOf((PiiEntity)entity), GuardReport.NameOf(policy.Actions[entity]), isOutput: true, filter.Found[entity]);
        }
        for (var category = 0; category < policy.ContentActions.Length; category++)
        {
            if ((filter.FoundContent & (1UL << category)) == 0) continue;
            context.Scan.Found.Add(GuardFinding.Content, policy.Content!.Categories[category], GuardReport.NameOf(policy.ContentActions[category]), isOutput: true);
        }
        return context.GuardReport;
    }

    private bool Judge(RequestContext context, GuardPolicy policy, GuardReport report)
    {
        if (report is { IsUnscanned: true, IsUnscannedTold: false } && policy.Pii && policy.Unscanned != VerdictAction.Off)
        {
            report.IsUnscannedTold = true;
            report.Add(GuardFinding.Unscanned, "unscanned", GuardReport.NameOf(policy.Unscanned));
            report.IsBlocked |= policy.Unscanned == VerdictAction.Block;
        }
        if (!report.IsBlocked) return true;
        var message = Message(report);
        _log.Warn(EventIds.RequestBlocked, "The guard refused a request.", ("request_id", context.Id), ("found", report.Header()));
        return context.Fail(ErrorCode.SafetyViolation, message: message);
    }

    // Kinds and names of rules alone: the value must not come back in an error that ends up in logs.
    private static string Message(GuardReport report)
    {
        var parts = new List<string>();
        Add("personal data or secrets that policy keeps from providers: ", GuardFinding.Pii);
        Add("an attempt to take over the model: ", GuardFinding.Injection);
        Add("content that policy forbids: ", GuardFinding.Content);
        Add("content that the moderation service refused: ", GuardFinding.Moderation);
        if (report.Names(GuardFinding.Unscanned, "block").Length > 0) parts.Add("something that cannot be searched for personal data (an image, sound, a file, tokens, or a text too long for a custom detector)");
        return $"The request holds {string.Join("; ", parts)}.";

        void Add(string what, GuardFinding kind)
        {
            if (report.Names(kind, "block") is { Length: > 0 } names) parts.Add(what + names);
        }
    }

    private async ValueTask<bool> ModerateAsync(RequestContext context, RequestScan scan, ModerationClient moderation)
    {
        // After the redaction: another company must not see either what the provider must not.
        var text = scan.Collect(context.Body.Span, context.Index);
        if (text.IsEmpty) return true;
        var (flagged, problem) = await moderation.AskAsync(text, context.ClientGone);
        if (flagged is null)
        {
            if (context.ClientGone.IsCancellationRequested)
            {
                context.Fail(ErrorCode.ModerationUnavailable);
                context.Outcome = Outcome.ClientGone;
                return false;
            }
            _log.Warn(EventIds.ModerationFailed, "The moderation service could not be asked.", ("request_id", context.Id), ("problem", problem), ("passes", moderation.FailOpen ? "true" : "false"));
            scan.Found.Add(GuardFinding.Moderation, "unavailable", moderation.FailOpen ? "flag" : "block");
            return moderation.FailOpen || context.Fail(ErrorCode.ModerationUnavailable);
        }
        if (flagged.Count == 0 || moderation.Action == VerdictAction.Off) return true;
        foreach (var category in flagged) scan.Found.Add(GuardFinding.Moderation, category, GuardReport.NameOf(moderation.Action));
        scan.Found.IsBlocked |= moderation.Action == VerdictAction.Block;
        return Judge(context, context.Guard, scan.Found);
    }
}
