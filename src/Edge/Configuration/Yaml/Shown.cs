using System.Globalization;
using System.Text;

namespace Edge.Configuration;

/// <summary>How a piece of the file is shown in an error: one line, of bounded length.</summary>
internal static class Shown
{
    private const int MaxLength = 60;

    public static string Text(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= MaxLength) return shown.Append("...").ToString();
            // Format holds the marks that turn the direction of writing: an error could then read as something else.
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            }
            else
            {
                shown.Append(rune.ToString());
            }
        }
        return shown.ToString();
    }

    /// <summary><c>'a', 'b'</c>, or as many as fit a line.</summary>
    public static string List(IEnumerable<string> items)
    {
        const int MaxItems = 40;
        var all = items.ToList();
        var shown = string.Join(", ", all.Take(MaxItems).Select(Text));
        return all.Count > MaxItems ? $"{shown}, ... ({all.Count} in all)" : shown;
    }
}
