using Edge.Routing;
using Edge.Routing.Health;

namespace Edge.Pipeline;

/// <summary>The calls of providers that one request made. The usual request makes one, and carries no array.</summary>
/// <param name="Target">Whom the call asked that the client was answered from; where none was, the last one. Null = none was made.</param>
/// <param name="Result">What came of it, in the words of <see cref="AttemptResult"/>; null = none was made.</param>
/// <param name="Others">Those that failed before it, and losers of hedges, in order; null = there were none.</param>
public readonly record struct CompletedAttempts(TargetState? Target, string? Result, CompletedAttempt[]? Others)
{
    public static CompletedAttempts Of(RequestContext context)
    {
        if (context.Attempts.Made == 0)
        {
            // Not every endpoint chooses among targets; but it called one.
            return context.FirstSentAt > 0 && context.Route is { } route ? new(route.State, AttemptResult.Of(context), null) : default;
        }
        var notes = context.Attempts.Notes;
        var last = Math.Min(context.Attempts.Current, notes.Length - 1);
        return new(notes[last].Route.State, notes[last].Result ?? AttemptResult.Of(context), notes.Length > 1 ? OthersOf(notes, last) : null);
    }

    private static CompletedAttempt[] OthersOf(ReadOnlySpan<AttemptNote> notes, int last)
    {
        var others = new List<CompletedAttempt>(notes.Length - 1);
        for (var i = 0; i < notes.Length; i++)
        {
            if (i != last && notes[i].Result is { } result) others.Add(new(notes[i].Route.State, result, notes[i].Status, notes[i].Milliseconds));
        }
        return [.. others];
    }

}

/// <summary>A call that the client was not answered from.</summary>
/// <param name="Target">Whom it asked.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Status">HTTP status; 0 = none came.</param>
/// <param name="Milliseconds">From the request sent to its end.</param>
public readonly record struct CompletedAttempt(TargetState Target, string Result, int Status, double Milliseconds);
