namespace Edge.Cache.Semantic.Gate;

/// <summary>Why two prompts may not share an answer, or a prompt is not looked up at all. The names are labels of metrics: they are added to, never renamed.</summary>
internal enum GateReason
{
    /// <summary>Nothing speaks against it.</summary>
    None,

    /// <summary>The prompt is empty, or holds nothing to compare by.</summary>
    Empty,

    /// <summary>The prompt is longer than the model sees: its end would be invisible.</summary>
    TooLong,

    /// <summary>Too much of the prompt is not in the model's vocabulary.</summary>
    UnknownPieces,

    /// <summary>The prompt is in another language than English, for which the rules below say nothing.</summary>
    Language,

    /// <summary>The prompt holds program code, JSON or markup, where one sign changes the meaning.</summary>
    Code,

    /// <summary>Numbers differ.</summary>
    Numbers,

    /// <summary>The same numbers of other units.</summary>
    Units,

    /// <summary>Currencies differ.</summary>
    Currencies,

    /// <summary>Days, months, times or what is relative to now differ.</summary>
    Dates,

    /// <summary>Proper names differ.</summary>
    Names,

    /// <summary>What stands in quotation marks differs.</summary>
    Quotes,

    /// <summary>One of them negates what the other does not.</summary>
    Negation,

    /// <summary>A word meets its opposite.</summary>
    Opposites,

    /// <summary>Comparisons differ: more and less, best and worst.</summary>
    Comparison,

    /// <summary>They ask for different things: how, how many, when, whether.</summary>
    Question,

    /// <summary>A word of the one has no counterpart in the other.</summary>
    Wording,

    /// <summary>The same words in other roles: from here to there, from there to here.</summary>
    Roles,

    /// <summary>The verifier over both vectors finds them different.</summary>
    Verifier,
}

/// <summary>The gate's answer.</summary>
/// <param name="Reason"><see cref="GateReason.None"/> where both prompts may share an answer.</param>
internal readonly record struct GateVerdict(GateReason Reason)
{
    public bool Passes => Reason == GateReason.None;
}
