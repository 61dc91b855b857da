using Edge.Routing.Health;

namespace Edge.Pipeline;

/// <summary>The calls of providers that one request made. The usual request makes one, and carries no array.</summary>
/// <param name="Target">Whom the last one asked; null = none was made.</param>
/// <param name="Result">What came of it, in the words of <see cref="AttemptResult"/>.</param>
/// <param name="Earlier">Those before it, in order; null = there were none.</param>
public readonly record struct CompletedAttempts(TargetState? Target, string? Result, CompletedAttempt[]? Earlier)
{
    public static CompletedAttempts Of(RequestContext context)
    {
        var attempts = context.Attempts;
        if (attempts.Made == 0)
        {
            // Not every endpoint chooses among targets; but it called one.
            return context.FirstSentAt > 0 && context.Route is { } route ? new(route.State, AttemptResult.Of(context), null) : default;
        }
        var notes = attempts.Notes;
        ref readonly var last = ref notes[^1];
        CompletedAttempt[]? earlier = null;
        if (notes.Length > 1)
        {
            earlier = new CompletedAttempt[notes.Length - 1];
            for (var i = 0; i < earlier.Length; i++) earlier[i] = new(notes[i].Route.State, notes[i].Result ?? AttemptResult.Unknown, notes[i].Status, notes[i].Milliseconds);
        }
        return new(last.Route.State, last.Result ?? AttemptResult.Of(context), earlier);
    }
}

/// <summary>A call that was followed by another.</summary>
/// <param name="Target">Whom it asked.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Status">HTTP status; 0 = none came.</param>
/// <param name="Milliseconds">From the request sent to its end.</param>
public readonly record struct CompletedAttempt(TargetState Target, string Result, int Status, double Milliseconds);
