using Edge.Guard.Injection;
using Edge.Simd.Text;

namespace Edge.Guard;

/// <summary>
/// The first look at a text for the injection detector and a content filter together: one search for the triggers of the one and the phrases of the other, which ends the matter for most texts.
/// Immutable: any number of threads may use it.
/// </summary>
internal sealed class TextProbe
{
    private readonly MultiLiteral _set;
    private readonly int _triggers;

    private TextProbe(byte[][] triggers, IReadOnlyList<byte[]> phrases)
    {
        _triggers = triggers.Length;
        _set = new MultiLiteral([.. triggers, .. phrases], ignoreCase: true, atWordStarts: true);
    }

    /// <summary>One for a filter's phrases, which must all count as whole words alone; null where there are too many, or none.</summary>
    public static TextProbe? Of(IReadOnlyList<byte[]> phrases)
    {
        var triggers = TriggerWindows.Plain;
        return phrases.Count > 0 && phrases.Count + triggers.Length <= MultiLiteral.MaxCount ? new TextProbe(triggers, phrases) : null;
    }

    /// <summary>Looks at one text.</summary>
    /// <param name="text">UTF-8 as a person reads it. Any bytes are safe.</param>
    /// <param name="trigger">The place of the first trigger; the text's length where there is none. What it says holds for text that needs no folding.</param>
    /// <param name="hasPhrase">Whether there may be a phrase of the filter.</param>
    public void Look(ReadOnlySpan<byte> text, out int trigger, out bool hasPhrase)
    {
        (trigger, hasPhrase) = (text.Length, false);
        foreach (var match in _set.FindAll(text))
        {
            if (match.Literal >= _triggers) hasPhrase = true;
            else if (trigger == text.Length) trigger = match.Position;
            if (hasPhrase && trigger < text.Length) return;
        }
    }
}
