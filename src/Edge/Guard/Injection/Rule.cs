namespace Edge.Guard.Injection;

/// <summary>One step of a rule: a token of one of the classes, at most so many tokens after the one before; with a negative distance none of them may be there.</summary>
internal readonly record struct Step(WordClass Any, int Within);

/// <summary>A sequence of classes that is evidence of an attack.</summary>
/// <param name="Kind">What it is evidence of.</param>
/// <param name="Weight">1..99: how sure, in percent, where nothing else is known.</param>
/// <param name="DataOnly">Only in tool results and documents, which have no business to address the model.</param>
/// <param name="Steps">The sequence; the first step's distance has no meaning.</param>
internal sealed record Rule(InjectionRule Kind, int Weight, bool DataOnly, Step[] Steps)
{
    /// <summary>Whether the sequence begins at a token; each step takes the first token that fits, so the work is bounded by the sum of the distances.</summary>
    /// <param name="tokens">The window.</param>
    /// <param name="at">A token of the first step.</param>
    /// <param name="end">The last token of it.</param>
    public bool Matches(ReadOnlySpan<Token> tokens, int at, out int end)
    {
        end = at;
        for (var i = 1; i < Steps.Length; i++)
        {
            var step = Steps[i];
            var limit = Math.Min(tokens.Length - 1, end + Math.Abs(step.Within));
            var next = end + 1;
            while (next <= limit && !tokens[next].Is(step.Any)) next++;
            if (step.Within < 0)
            {
                if (next <= limit) return false;
                continue;
            }
            if (next > limit) return false;
            end = next;
        }
        return true;
    }
}
