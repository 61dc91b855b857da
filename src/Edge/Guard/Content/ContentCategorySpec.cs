namespace Edge.Guard.Content;

/// <summary>A category of content as a policy declares it.</summary>
/// <param name="Name">Its name in verdicts, errors and metrics.</param>
/// <param name="Literals">Words and phrases, at most 256 bytes of UTF-8 each; ASCII letters match in either case.</param>
/// <param name="Patterns">Regular expressions of the non-backtracking kind: no look-around, no back-references. Letters match in either case.</param>
/// <param name="WholeWord">Whether a literal must stand alone: no letter, digit or underscore beside it.</param>
internal sealed record ContentCategorySpec(string Name, IReadOnlyList<string> Literals, IReadOnlyList<string> Patterns, bool WholeWord = true)
{
    /// <summary>Words beside which the category's literals mean something else (games, fiction): in a text that has one of them the literals are no hits. They count as whole words.</summary>
    public IReadOnlyList<string> Unless { get; init; } = [];

    /// <summary>Literals of the built-in categories that count only where the text leads up to them: <see cref="BuiltInContent.Leads"/>.</summary>
    public IReadOnlyList<string> Led { get; init; } = [];
}

/// <summary>A place in a text that a category covers.</summary>
/// <param name="Start">First byte; in a <see cref="ContentWindow"/> counted from the beginning of the stream.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Category">Index of the category in the filter's list.</param>
internal readonly record struct ContentHit(long Start, int Length, int Category);
