using System.Globalization;
using System.Text;
using Edge.Endpoints;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Routing;
using Edge.Simd.Json;

namespace Edge.Tenancy;

/// <summary>
/// Step 3, first part: may this caller send a prompt of that size, and is there any target for it under the name that it asks for? Where it goes at last is held against its policy again where
/// targets are chosen (<see cref="RouteStage"/>): groups, aliases, preferred models, rules and chains lead to no target that the caller may not use itself.
/// </summary>
public static class AccessStage
{
    // Members with which a provider, not this gateway, would choose another model than the one that was checked.
    private static readonly string[] _otherModels = ["models", "fallbacks"];

    // What continues, or refers to, what the provider keeps.
    private static readonly string[] _storedObjects = ["previous_response_id", "conversation"];

    /// <summary>False = the context holds an error. No I/O, no allocation but for a refusal.</summary>
    /// <param name="context">With its body.</param>
    public static bool Run(RequestContext context)
    {
        var access = context.Caller.Access;
        if (access.IsOpen) return true;
        var root = new JsonValue(context.Body.Span, context.Index.Tokens);
        if (context.Operation == Operation.Responses && (access.Scopes & Scopes.StoredResponses) == 0 && !MayRefer(context, root)) return false;
        if (access.MaxContextSize > 0 && !Fits(context, root, access.MaxContextSize)) return false;
        return !access.RestrictsTargets || MayUse(context, root, access);
    }

    /// <summary>Of a request whose route is found, and which cannot choose: false = the context holds an error.</summary>
    /// <param name="context">With its route.</param>
    /// <param name="asked">The model's name as it was asked for, JSON text in its shortest form; empty = none was named.</param>
    public static bool MayGo(RequestContext context, ReadOnlySpan<byte> asked)
    {
        var access = context.Caller.Access;
        if (!access.RestrictsTargets) return true;
        var hasModel = !asked.IsEmpty;
        if (!hasModel && access.RestrictsModels && NamesModels(context)) return context.Fail(ErrorCode.ModelNotAllowed, "model", $"model: must be named, as this key may use some models alone: {access.ModelsText}.");
        // A batch names its models in a file, which nobody here has read.
        if (access.RestrictsModels && context.Operation == Operation.Batches && context.Request.Method == "POST")
        {
            return context.Fail(ErrorCode.Forbidden, message: $"A batch may name any model, and this key may use some alone: {access.ModelsText}.");
        }
        var verdict = access.Judge(context.Route, asked, hasModel ? context.State.KindOf(asked) : AskedName.None, hasModel);
        return verdict == TargetVerdict.Allowed || Refuse(context, verdict, asked);
    }

    /// <summary>Answers that no target is left. Always false.</summary>
    internal static bool Refuse(RequestContext context, TargetVerdict verdict, ReadOnlySpan<byte> asked)
    {
        var access = context.Caller.Access;
        var name = Encoding.UTF8.GetString(asked[..Math.Min(asked.Length, 128)]);
        var of = name.Length == 0 ? "" : $" of '{name}'";
        return verdict switch
        {
            TargetVerdict.Region => context.Fail(ErrorCode.DataResidencyViolation, message: $"No provider{of} is in a region that the data may go to; required: {access.RegionsText}."),
            TargetVerdict.Provider => context.Fail(ErrorCode.ProviderNotAllowed, message: $"This key may not use the providers{of}; allowed: {access.ProvidersText}."),
            _ => context.Fail(ErrorCode.ModelNotAllowed, "model", $"model: this key may not use '{name}'; allowed: {access.ModelsText}."),
        };
    }

    private static bool MayRefer(RequestContext context, JsonValue root)
    {
        foreach (var name in _storedObjects)
        {
            if (root[Encoding.UTF8.GetBytes(name)] is { Kind: not (JsonKind.None or JsonKind.Null) })
            {
                return context.Fail(ErrorCode.Forbidden, name, $"{name}: this key may not use what the provider keeps, which every tenant's requests could refer to; needed: the scope stored_responses.");
            }
        }
        return true;
    }

    private static bool Fits(RequestContext context, JsonValue root, long most)
    {
        // A body of so many bytes has fewer tokens: most requests need no count.
        if (context.BodyBytes <= most) return true;
        var tokens = RequestNeeds.Of(root).InputTokens;
        context.InputEstimate = tokens;
        return tokens <= most
            || context.Fail(ErrorCode.ContextTooLarge, message: string.Create(CultureInfo.InvariantCulture, $"The prompt has about {tokens} tokens; this key may send {most}."));
    }

    private static bool MayUse(RequestContext context, JsonValue root, AccessPolicy access)
    {
        if (access.RestrictsModels)
        {
            foreach (var name in _otherModels)
            {
                if (root[Encoding.UTF8.GetBytes(name)] is { Kind: not (JsonKind.None or JsonKind.Null) })
                {
                    return context.Fail(ErrorCode.ModelNotAllowed, name, $"{name}: this key may use some models alone, and the provider would choose among these; use routing.preferredModels.");
                }
            }
        }
        // Rules and preferred models lead elsewhere: where targets are chosen.
        if (context.State.Rules.Count > 0 || new RoutingWishes(context).HasModels) return true;
        var model = context.Fields.Model;
        ReadOnlySpan<byte> asked = context.Body.Span.Slice(model.Start, model.Length);
        if (model.Escaped) asked = GatewayStateBuilder.Escaped(new JsonText(asked, isEscaped: true).ToString());
        // A name that leads nowhere is refused there too.
        if (!RouteStage.TryFind(context.State, asked, out RoutePlan plan)) return true;
        var worst = Judge(access, context.State, plan, asked, out var isAny);
        return isAny || Refuse(context, worst, asked);
    }

    /// <summary>Whether a name leads anywhere that the policy allows, and where it does not, why.</summary>
    internal static TargetVerdict Judge(AccessPolicy access, GatewayState state, RoutePlan plan, ReadOnlySpan<byte> asked, out bool isAny)
    {
        var kind = state.KindOf(asked);
        var reason = TargetVerdict.Model;
        isAny = false;
        foreach (ref readonly var candidate in plan.Candidates)
        {
            var verdict = access.Judge(candidate.Route, asked, plan.KindOf(candidate, kind));
            isAny |= verdict == TargetVerdict.Allowed;
            if (verdict > reason) reason = verdict;
        }
        return reason;
    }

    // Without a model, these have the provider choose one.
    private static bool NamesModels(RequestContext context) => context.Operation switch
    {
        Operation.Moderations or Operation.Images or Operation.Audio or Operation.Rerank or Operation.Realtime => true,
        Operation.FineTuning => context.Request.Method == "POST" && context.Request.Path.EndsWith("/jobs", StringComparison.Ordinal),
        _ => false,
    };
}
