using System.Globalization;
using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Routing;

namespace Edge.Pipeline;

/// <summary>How a request was routed, for whoever may ask: <c>x-edge-debug: route</c>. Not asked or not permitted = nothing is said and nothing is allocated.</summary>
public static class RouteHeaders
{
    // A header line has an end: names are the clients', and 16 calls may have been made.
    private const int MaxName = 128;
    private const int MaxCandidates = 16;

    // What divides the fields below, and what no header may carry, is percent-encoded.
    private const string Reserved = ",;=@% \"";

    /// <summary>Says it, where it is asked for by somebody who may ask.</summary>
    public static void Add(RequestContext context)
    {
        var headers = context.Response.Headers;
        if (context.Attempts.Made > 1) headers["x-edge-attempts"] = context.Attempts.Made.ToString(CultureInfo.InvariantCulture);
        if (!MayAsk(context) || !context.Request.Headers.TryGetValue("x-edge-debug", out var wish)) return;
        if (!wish.ToString().Trim().Equals("route", StringComparison.OrdinalIgnoreCase)) return;
        if (Calls(context) is { Length: > 0 } calls) headers["x-edge-route"] = calls;
        if (context.Attempts.Plan is not null) headers["x-edge-route-why"] = Why(context.Attempts);
    }

    private static bool MayAsk(RequestContext context) =>
        context.Caller.Debug;

    private static string Calls(RequestContext context)
    {
        var text = new StringBuilder(128);
        var notes = context.Attempts.Notes;
        for (var i = 0; i < notes.Length; i++)
        {
            ref readonly var note = ref notes[i];
            if (note.Result is { } result) Append(text, note.Route, result, note.Status, note.Milliseconds);
            else if (i == context.Leg.Number) AppendCurrent(text, note.Route, context);
        }
        // Not every endpoint chooses among targets; but it called one.
        if (context.Attempts.Made == 0 && context.SentAt > 0) AppendCurrent(text, context.Route, context);
        return text.ToString();
    }

    // The call whose answer this head begins.
    private static void AppendCurrent(StringBuilder text, ModelRoute route, RequestContext context)
    {
        var result = AttemptResult.Of(context);
        if (result == "ok" && context.Fields.Stream) result = "streaming";
        var status = context.ProviderError?.Status ?? (context.ErrorCode == ErrorCode.None ? context.SentStatus : 0);
        Append(text, route, result, status, context.SentAt == 0 ? 0 : TimeProvider.System.GetElapsedTime(context.SentAt).TotalMilliseconds);
    }

    private static void Append(StringBuilder text, ModelRoute route, string result, int status, double milliseconds)
    {
        if (text.Length > 0) text.Append(", ");
        AppendName(text, route);
        text.Append(CultureInfo.InvariantCulture, $"={result};{status};{milliseconds:F1}");
    }

    private static string Why(AttemptPlan attempts)
    {
        var text = new StringBuilder(128);
        // One alone is chosen by nobody.
        var strategy = attempts.Plan!.Candidates.Length == 1 && attempts.Candidates.Length == 1 ? "none" : RoutingKinds.Strategy.Format(attempts.Strategy);
        text.Append("strategy=").Append(strategy);
        if (attempts.Rule is { } rule) AppendEncoded(text.Append("; rule="), rule);
        AppendCandidates(text.Append("; candidates="), attempts.Candidates, default);
        var before = text.Length;
        AppendCandidates(text.Append("; left_out="), attempts.Plan.Candidates, attempts.Candidates);
        if (text.Length == before + "; left_out=".Length) text.Length = before;
        return text.ToString();
    }

    // provider/model@tier, in the order in which they are tried.
    private static void AppendCandidates(StringBuilder text, ReadOnlySpan<Candidate> candidates, ReadOnlySpan<Candidate> but)
    {
        var written = 0;
        foreach (var candidate in candidates)
        {
            if (Holds(but, candidate)) continue;
            if (written == MaxCandidates)
            {
                text.Append(", ...");
                return;
            }
            if (written++ > 0) text.Append(", ");
            AppendName(text, candidate.Route);
            // A candidate that cannot serve the request at all is moved behind every tier.
            if (candidate.Tier == int.MaxValue) text.Append("@out");
            else text.Append(CultureInfo.InvariantCulture, $"@{candidate.Tier}");
        }
    }

    private static bool Holds(ReadOnlySpan<Candidate> span, in Candidate one)
    {
        foreach (var candidate in span)
        {
            if (candidate.State == one.State) return true;
        }
        return false;
    }

    private static void AppendName(StringBuilder text, ModelRoute route)
    {
        text.Append(route.Target.Name).Append('/');
        AppendEncoded(text, route.State.Model);
    }

    private static void AppendEncoded(StringBuilder text, string name)
    {
        if (name.Length > MaxName) name = name[..MaxName];
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is > ' ' and <= '~' && !Reserved.Contains((char)rune.Value))
            {
                text.Append((char)rune.Value);
                continue;
            }
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)]) text.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }
    }
}
