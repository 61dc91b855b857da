using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.Tenancy;

namespace Edge.Routing;

/// <summary>
/// Step 6: where does it go? The model's name leads to a plan (a group, an alias or listed model, <c>provider/model</c>, a provider's own name family, the default provider); rules and the
/// request's own <c>routing</c> change it; what cannot serve the request is left out; the strategy orders the rest.
/// </summary>
public sealed class RouteStage
{
    // The capabilities over which a target is left out. What is missing beyond them, an encoder adapts or names.
    private const Capability Filtered = Capability.Tools | Capability.Vision | Capability.Pdf | Capability.AudioInput | Capability.JsonSchema | Capability.SeveralChoices;

    private const int LargeBody = 64 * 1024;

    private readonly TimeProvider _time;
    private readonly Entropy _entropy;

    public RouteStage(TimeProvider time, Entropy entropy)
    {
        _time = time;
        _entropy = entropy;
    }

    /// <summary>Fills the context's attempts and sets its route to the first of them. False = the context holds an error.</summary>
    public bool Run(RequestContext context)
    {
        var model = context.Fields.Model;
        ReadOnlySpan<byte> name = context.Body.Span.Slice(model.Start, model.Length);
        if (model.Escaped) name = GatewayStateBuilder.Escaped(new JsonText(name, isEscaped: true).ToString());
        var state = context.State;
        var routing = state.Config.Routing;
        var attempts = context.Attempts;
        attempts.Begin(routing, context.StartedAt + (long)(routing.Retry.Deadline.TotalSeconds * _time.TimestampFrequency), _time.TimestampFrequency);
        var wishes = new RoutingWishes(context);
        if (!wishes.HasModels && state.Rules.Count == 0)
        {
            if (!TryFind(state, name, out RoutePlan plan)) return Unknown(context, name);
            return plan.Candidates.Length == 1 && !wishes.HasProviders ? TakeOnly(context, plan, name) : Choose(context, plan, name, wishes, wishes.Strategy, null);
        }
        return RunByRule(context, name, wishes);
    }

    private bool RunByRule(RequestContext context, ReadOnlySpan<byte> name, RoutingWishes wishes)
    {
        var state = context.State;
        var needs = RequestNeeds.Of(new JsonValue(context.Body.Span, context.Index.Tokens));
        RoutingRule? rule = null;
        foreach (var candidate in state.Rules)
        {
            if (!candidate.Fits(context, name, needs)) continue;
            rule = candidate;
            break;
        }
        context.Attempts.Rule = rule?.Name;
        var strategy = wishes.Strategy ?? rule?.Strategy;
        // Where a rule sends requests that has nobody in service, they go nowhere rather than anywhere.
        if (rule is { Use: null, IsDirected: true }) return context.Fail(ErrorCode.NoHealthyProvider, message: $"The provider that rule '{rule.Name}' sends this request to is not in service.");
        if (rule?.Use is { } use) return Choose(context, use, rule.UseName, wishes, strategy, needs);
        var isKnown = TryFind(state, name, out RoutePlan plan);
        if (wishes.HasModels) return ChoosePreferred(context, isKnown ? plan : null, name, wishes, strategy, needs);
        return isKnown ? Choose(context, plan, name, wishes, strategy, needs) : Unknown(context, name);
    }

    /// <summary>Sends a request that has its targets to another model's instead, as a budget's rule says. False = nobody serves that, and all stays as it was.</summary>
    /// <param name="context">Routed.</param>
    /// <param name="model">A model, alias or group.</param>
    public bool Reroute(RequestContext context, string model)
    {
        var name = GatewayStateBuilder.Escaped(model);
        var attempts = context.Attempts;
        if (!TryFind(context.State, name, out RoutePlan plan) || ReferenceEquals(plan, attempts.Plan)) return false;
        var wishes = new RoutingWishes(context);
        var isAllowed = false;
        // A rule about money opens no door that the caller or the request itself has shut.
        foreach (ref readonly var candidate in plan.Candidates)
        {
            isAllowed |= Admits(context, plan, name, candidate, out _) && (!wishes.HasProviders || wishes.PositionOf(candidate.Route.Target) >= 0);
        }
        if (!isAllowed) return false;
        attempts.Keep(0);
        return Choose(context, plan, name, wishes, wishes.Strategy, null);
    }

    /// <summary>What a name itself leads to.</summary>
    /// <param name="state">The state.</param>
    /// <param name="name">JSON text between quotes, in its shortest form.</param>
    /// <param name="plan">The plan.</param>
    internal static bool TryFind(GatewayState state, ReadOnlySpan<byte> name, out RoutePlan plan)
    {
        if (state.TryGetPlan(name, out plan) || TryQualified(state, name, out plan)) return true;
        if (name.SequenceEqual("auto"u8) && state.Auto is { } auto)
        {
            plan = auto;
            return true;
        }
        if (TryFamily(state, name, out plan)) return true;
        if (state.DefaultTarget is not { } fallback) return false;
        plan = state.PlanTo(fallback, name, name);
        return true;
    }

    /// <summary>The route of a name for a request that cannot choose; the default provider left aside.</summary>
    internal static bool TryFind(GatewayState state, ReadOnlySpan<byte> name, out ModelRoute route)
    {
        var found = state.TryGetPlan(name, out var plan) || TryQualified(state, name, out plan) || TryFamily(state, name, out plan);
        route = found ? plan.Primary : null!;
        return found;
    }

    private static bool TakeOnly(RequestContext context, RoutePlan plan, ReadOnlySpan<byte> name)
    {
        if (IsDotSegment(plan.Primary)) return NoModel(context);
        if (!Admits(context, plan, name, plan.Candidates[0], out var verdict)) return AccessStage.Refuse(context, verdict, name);
        // A picture's bytes are no tokens: a large body is looked into for its estimate.
        if (context.BodyBytes > LargeBody) context.InputEstimate = RequestNeeds.Of(new JsonValue(context.Body.Span, context.Index.Tokens)).InputTokens;
        context.Attempts.Add(plan.Candidates[0]);
        context.Attempts.Plan = plan;
        context.Route = plan.Primary;
        return true;
    }

    // The models that the client prefers, in its order; the one that it asks for stands by.
    private bool ChoosePreferred(RequestContext context, RoutePlan? asked, ReadOnlySpan<byte> askedName, RoutingWishes wishes, SelectionStrategy? strategy, RequestNeeds needs)
    {
        var attempts = context.Attempts;
        RoutePlan? first = null;
        var reason = TargetVerdict.Allowed;
        foreach (var element in wishes.Models.Elements)
        {
            ReadOnlySpan<byte> name = element.RawText;
            if (element.Token.Escaped) name = GatewayStateBuilder.Escaped(element.Text.ToString());
            if (!TryFind(context.State, name, out RoutePlan plan)) continue;
            first ??= plan;
            foreach (var candidate in plan.Candidates)
            {
                if (candidate.Tier != 0) continue;
                if (Admits(context, plan, name, candidate, out var verdict)) AddOnce(attempts, candidate);
                else if (verdict > reason) reason = verdict;
            }
        }
        if (asked is not null)
        {
            foreach (var candidate in asked.Candidates)
            {
                if (Admits(context, asked, askedName, candidate, out var verdict)) AddOnce(attempts, candidate with { Tier = candidate.Tier + 1 });
                else if (verdict > reason) reason = verdict;
            }
        }
        if (first is null && asked is null)
        {
            return context.Fail(ErrorCode.ModelNotFound, "routing.preferredModels", "routing.preferredModels: no configured provider offers any of these models (GET /v1/models lists them).");
        }
        return attempts.Candidates.IsEmpty ? AccessStage.Refuse(context, reason, askedName) : Order(context, (first ?? asked)!, wishes, strategy, needs);
    }

    // The caller may go there. Where nothing is restricted it costs one test.
    private static bool Admits(RequestContext context, RoutePlan plan, ReadOnlySpan<byte> name, in Candidate candidate, out TargetVerdict verdict)
    {
        verdict = TargetVerdict.Allowed;
        var access = context.Caller.Access;
        if (!access.RestrictsTargets) return true;
        verdict = access.Judge(candidate.Route, name, plan.KindOf(candidate, context.State.KindOf(name)));
        return verdict == TargetVerdict.Allowed;
    }

    private static void AddOnce(AttemptPlan attempts, in Candidate candidate)
    {
        foreach (var other in attempts.Candidates)
        {
            if (other.State == candidate.State) return;
        }
        attempts.Add(candidate);
    }

    private bool Choose(RequestContext context, RoutePlan plan, ReadOnlySpan<byte> name, RoutingWishes wishes, SelectionStrategy? strategy, RequestNeeds? needs)
    {
        var reason = TargetVerdict.Allowed;
        foreach (var candidate in plan.Candidates)
        {
            if (Admits(context, plan, name, candidate, out var verdict)) context.Attempts.Add(candidate);
            else if (verdict > reason) reason = verdict;
        }
        if (context.Attempts.Candidates.IsEmpty) return AccessStage.Refuse(context, reason, name);
        return Order(context, plan, wishes, strategy, needs ?? RequestNeeds.Of(new JsonValue(context.Body.Span, context.Index.Tokens)));
    }

    private bool Order(RequestContext context, RoutePlan plan, RoutingWishes wishes, SelectionStrategy? wished, in RequestNeeds needs)
    {
        var attempts = context.Attempts;
        var routing = context.State.Config.Routing;
        context.InputEstimate = needs.InputTokens;
        attempts.Plan = plan;
        var strategy = attempts.Strategy = wished ?? plan.Strategy ?? routing.SelectionStrategy;
        if (wishes.HasProviders && !Narrow(context, wishes, strategy)) return false;
        if (context.Operation == Endpoints.Operation.Embeddings) KeepSameModel(attempts);
        else if (context.Operation == Endpoints.Operation.CountTokens) KeepCounting(attempts);
        else Filter(attempts, needs);
        var all = attempts.Ordered;
        if (all.Length > 1)
        {
            var query = new RoutingQuery
            {
                InputTokens = needs.InputTokens,
                MaxOutputTokens = needs.MaxOutputTokens,
                IsStream = context.Fields.Stream,
                StickyHash = StickyHash(context, plan.Sticky ?? (strategy == SelectionStrategy.Sticky ? StickyBy.User : StickyBy.None)),
                Turn = strategy == SelectionStrategy.RoundRobin ? plan.NextTurn() : 0,
                Now = _time.GetTimestamp(),
                Entropy = _entropy,
                Balance = routing.Balance,
            };
            Sort(all, static (in Candidate a, in Candidate b) => a.Tier <= b.Tier);
            for (int begin = 0, end; begin < all.Length; begin = end)
            {
                for (end = begin + 1; end < all.Length && all[end].Tier == all[begin].Tier;) end++;
                if (end - begin < 2) continue;
                RoutingStrategies.Of(strategy).Score(query, all[begin..end]);
                Sort(all[begin..end], static (in Candidate a, in Candidate b) => a.Score <= b.Score);
            }
            Force(all);
        }
        foreach (ref readonly var candidate in all)
        {
            if (IsDotSegment(candidate.Route)) return NoModel(context);
        }
        context.Route = all[0].Route;
        return true;
    }

    // Of what the client asks for only the providers that it names are left.
    private static bool Narrow(RequestContext context, RoutingWishes wishes, SelectionStrategy strategy)
    {
        var all = context.Attempts.Ordered;
        var kept = 0;
        foreach (var candidate in all)
        {
            var position = wishes.PositionOf(candidate.Route.Target);
            if (position < 0) continue;
            // Without a strategy that knows better, the client's order counts.
            all[kept++] = strategy == SelectionStrategy.Priority ? candidate with { Tier = position } : candidate;
        }
        context.Attempts.Keep(kept);
        return kept > 0 || context.Fail(ErrorCode.NoHealthyProvider, "routing.providers", "routing.providers: none of these providers serves the model that is asked for.");
    }

    // Vectors of another model cannot be compared with those that the client has: the chain may not change it. Who names several models as one group has said that they can.
    private static void KeepSameModel(AttemptPlan attempts)
    {
        var all = attempts.Ordered;
        var kept = 0;
        foreach (var candidate in all)
        {
            if (candidate.Tier == 0 || candidate.Route.Model.Span.SequenceEqual(all[0].Route.Model.Span)) all[kept++] = candidate;
        }
        attempts.Keep(kept);
    }

    // Who counts himself, where anybody does: the others' requests have another shape.
    private static void KeepCounting(AttemptPlan attempts)
    {
        var all = attempts.Ordered;
        var kept = 0;
        foreach (var candidate in all)
        {
            if (!candidate.Route.Paths.CountTokens.IsEmpty) all[kept++] = candidate;
        }
        attempts.Keep(Math.Max(kept, 1));
    }

    // What cannot serve the request is left out, unless nothing else is there: then it may say so itself.
    private static void Filter(AttemptPlan attempts, in RequestNeeds needs)
    {
        var wanted = needs.Capabilities & Filtered;
        var all = attempts.Ordered;
        var tokens = needs.InputTokens + needs.MaxOutputTokens;
        var fit = 0;
        foreach (var candidate in all)
        {
            if (Fits(candidate, wanted, tokens)) fit++;
        }
        if (fit == 0 || fit == all.Length) return;
        var kept = 0;
        foreach (var candidate in all)
        {
            if (Fits(candidate, wanted, tokens)) all[kept++] = candidate;
        }
        attempts.Keep(kept);
    }

    private static bool Fits(in Candidate candidate, Capability wanted, long tokens)
    {
        var sheet = candidate.Route.Target.Sheet;
        if (candidate.Route.Target.InProcess is null && (wanted & ~(sheet.Native | sheet.Adapted)) != 0) return false;
        if ((wanted & candidate.Route.Facts.Lacks) != 0) return false;
        var window = candidate.Route.Facts.ContextWindow;
        return window == 0 || tokens <= window;
    }

    // An operator's word goes before any strategy's.
    private static void Force(Span<Candidate> all)
    {
        var first = 0;
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].State.Provider.Switch != Health.OperatorSwitch.Forced) continue;
            var forced = all[i];
            all[first..i].CopyTo(all[(first + 1)..]);
            all[first++] = forced;
        }
    }

    private delegate bool InOrder(in Candidate a, in Candidate b);

    // Insertion: there are few, most of them in order, and equal ones keep theirs.
    private static void Sort(Span<Candidate> span, InOrder isInOrder)
    {
        for (var i = 1; i < span.Length; i++)
        {
            var one = span[i];
            var at = i;
            for (; at > 0 && !isInOrder(span[at - 1], one); at--) span[at] = span[at - 1];
            span[at] = one;
        }
    }

    // Of whoever sends it: by user where the request names one, else by key. Never 0 for somebody.
    private static ulong StickyHash(RequestContext context, StickyBy by)
    {
        if (by == StickyBy.None) return 0;
        var hash = 14695981039346656037UL;
        var root = new JsonValue(context.Body.Span, context.Index.Tokens);
        if (by == StickyBy.User)
        {
            var user = root["user"u8].RawText;
            if (user.IsEmpty && root["metadata"u8] is { Kind: JsonKind.Object } metadata) user = metadata["user_id"u8].RawText;
            if (!user.IsEmpty) return Entropy.Mix(Add(hash ^ context.Caller.Scope, user)) | 1;
        }
        return context.Caller.Scope == 0 ? 0 : Entropy.Mix(hash ^ context.Caller.Scope) | 1;

        static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes) hash = (hash ^ value) * 1099511628211UL;
            return hash;
        }
    }

    // Where the path holds the model, '.' and '..' would be dot segments, which no escape changes: a path of the client's choice, with the operator's key.
    private static bool IsDotSegment(ModelRoute route) => route.Model.Span is [(byte)'.'] or [(byte)'.', (byte)'.'] && route.Target.Paths is null;

    private static bool NoModel(RequestContext context) => context.Fail(ErrorCode.InvalidRequest, "model", "model: '.' and '..' name no model.");

    private static bool TryQualified(GatewayState state, ReadOnlySpan<byte> name, out RoutePlan plan)
    {
        plan = null!;
        var slash = name.IndexOf((byte)'/');
        if (slash <= 0 || slash == name.Length - 1) return false;
        foreach (var target in state.Targets)
        {
            if (!target.AcceptsAnyModel || !Equals(name[..slash], target.Name)) continue;
            plan = state.PlanTo(target, name, name[(slash + 1)..]);
            return true;
        }
        return false;
    }

    private static bool TryFamily(GatewayState state, ReadOnlySpan<byte> name, out RoutePlan plan)
    {
        plan = null!;
        foreach (var target in state.Targets)
        {
            if (!target.AcceptsAnyModel) continue;
            foreach (var prefix in target.Sheet.ModelPrefixes)
            {
                if (name.Length < prefix.Length || !Equals(name[..prefix.Length], prefix)) continue;
                plan = state.PlanTo(target, name, name);
                return true;
            }
        }
        return false;
    }

    private static bool Equals(ReadOnlySpan<byte> bytes, string text) => Ascii.Equals(bytes, text);

    private static bool Unknown(RequestContext context, ReadOnlySpan<byte> name) => context.State.Targets.Count == 0
        ? context.Fail(ErrorCode.NoHealthyProvider, message: "No provider is enabled: set a provider's key, or declare a provider in the configuration.")
        : context.Fail(ErrorCode.ModelNotFound, "model", NotFound(context.State, context.Caller.Access, name));

    // Of what there is only what the caller may use.
    private static string NotFound(GatewayState state, AccessPolicy access, ReadOnlySpan<byte> name)
    {
        const int Shown = 12;
        var asked = Encoding.UTF8.GetString(name[..Math.Min(name.Length, 128)]);
        var known = (access.RestrictsTargets ? state.ModelsFor(access).Ids : state.RouteNames.Select(Encoding.UTF8.GetString)).Take(Shown).ToList();
        var providers = access.RestrictsModels ? "" : string.Join(", ", state.Targets.Where(t => t.AcceptsAnyModel && access.JudgeProvider(t) == TargetVerdict.Allowed).Select(t => t.Name + "/..."));
        var list = string.Join(", ", known) + (known.Count == Shown ? ", ..." : "");
        var allowed = string.Join(", ", new[] { list, providers }.Where(part => part.Length > 0));
        return $"model: no configured provider offers '{asked}'; allowed: {allowed} (GET /v1/models lists them).";
    }
}
