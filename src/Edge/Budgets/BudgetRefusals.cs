using System.Globalization;
using System.Text;
using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Routing;

namespace Edge.Budgets;

/// <summary>What a client is told whose request no budget has room for. Cold.</summary>
internal static class BudgetRefusals
{
    /// <summary>In the place of a line: the limit of a single request.</summary>
    public const int OwnLimit = int.MaxValue;

    // Others' reservations are freed as they are answered, most of them within seconds.
    private const int SoonSeconds = 5;

    /// <summary>Always false.</summary>
    public static bool Refuse(RequestContext context, BudgetReservation reservation, in BudgetVerdict verdict, in WorstCase worst, BudgetDay today, DateTimeOffset now, BudgetCounts counts)
    {
        counts.Refuse();
        var need = $"this request may cost up to {Dollars(worst.Cost)} ({Count(worst.Input)} input and {Count(worst.Output)} output tokens at most{At(worst.Dearest)})";
        var hint = context.Operation == Endpoints.Operation.Embeddings ? "Send less at once." : "Lower its max_tokens, shorten it, or choose a cheaper model.";
        if (verdict.Refused == OwnLimit)
        {
            return Fail(context, Field(context), $"A single request may cost {Dollars(reservation.Most!.Value)}, and {need}. {hint}");
        }
        var line = reservation.Lines[verdict.Refused];
        var period = line.Counter.Period;
        var resets = today.EndOf(period);
        var headers = context.Response.Headers;
        headers["x-edge-budget-resets"] = resets.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
        var left = BudgetCounter.Left(line.Limit, verdict.Spent, verdict.Reserved);
        // It would fit if those under way turn out as cheap as most do.
        var mayFit = worst.Cost <= BudgetCounter.Left(line.Limit, verdict.Spent, 0);
        context.RetryAfter = mayFit ? SoonSeconds : (int)Math.Clamp(Math.Ceiling((resets - now).TotalSeconds), 1, int.MaxValue);
        if (line.Counter.Account.Path == BudgetAccount.Everybody)
        {
            // What all tenants together have spent is none of theirs to know.
            return Fail(context, null, $"The gateway's budget of the day has no room for it: {need}. It resets at {headers["x-edge-budget-resets"]}. {hint}");
        }
        headers["x-edge-budget-left"] = MoneyText.Format(left);
        headers["x-edge-budget-limit"] = MoneyText.Format(line.Limit);
        var name = $"The {(period == BudgetPeriod.Day ? "daily" : "monthly")} budget of '{line.Counter.Account.Path}' has {Dollars(left)} left of {Dollars(line.Limit)}";
        var reserved = verdict.Reserved > 0 ? $" ({Dollars(verdict.Reserved)} more is held for requests under way, and what they do not use comes back)" : "";
        return Fail(context, null, $"{name}{reserved}; {need}. It resets at {headers["x-edge-budget-resets"]}. {hint}");
    }

    /// <summary>Always false.</summary>
    public static bool Unpriced(RequestContext context, ModelRoute route, BudgetCounts counts)
    {
        counts.RefuseUnpriced();
        return Fail(context, "model", $"A budget applies, and model '{Encoding.UTF8.GetString(route.Model.Span)}' of provider '{route.Target.Name}' has no price. Its operator can set one (prices), or let such models pass (budgets.unpriced).");
    }

    /// <summary>Always false.</summary>
    public static bool Unmetered(RequestContext context, BudgetCounts counts)
    {
        counts.RefuseUnpriced();
        return Fail(context, null, "A budget applies, and what this endpoint costs is not known before it is called. The gateway's operator can let such requests pass (budgets.unpriced).");
    }

    /// <summary>Always false.</summary>
    public static bool Away(RequestContext context, BudgetCounts counts)
    {
        counts.RefuseAway();
        return context.Fail(ErrorCode.BudgetUnavailable);
    }

    /// <summary>The rule is for the model that the client asks for.</summary>
    public static bool Applies(RequestContext context, BudgetDowngradeConfig rule)
    {
        if (rule.Models.Count == 0) return true;
        var model = context.Fields.Model;
        var name = new Providers.Json.JsonText(context.Body.Span.Slice(model.Start, model.Length), model.Escaped).ToString();
        foreach (var pattern in rule.Models)
        {
            if (Wildcard.Fits(pattern, name)) return true;
        }
        return false;
    }

    private static bool Fail(RequestContext context, string? field, string message)
    {
        context.ErrorStatus = context.State.Config.Budgets.Status;
        return context.Fail(ErrorCode.BudgetExceeded, field, message);
    }

    private static string? Field(RequestContext context) => (context.Fields.Extended & ChatField.Budget) != 0 ? "budget.maxCostPerRequest" : null;

    private static string At(ModelRoute? route) => route is null ? "" : $" at {route.Target.Name}/{Encoding.UTF8.GetString(route.Model.Span)}";

    private static string Dollars(long nanos) => "$" + MoneyText.Format(nanos);

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
