using System.Globalization;
using System.Text;

namespace Edge.Configuration;

/// <summary>How a piece of the file is shown in an error: one line, of bounded length.</summary>
internal static class Shown
{
    private const int MaxLength = 60;

    public static string Text(string text) => Bounded(text, MaxLength);

    /// <summary>A key's path, which may hold keys that the file chose.</summary>
    public static string Path(string path) => Bounded(path, 200);

    /// <summary>
    /// A text that may be a url, without what people put into one that is secret: user and password, query, fragment. Where there is an '@' only the scheme is
    /// left: a password with a '/' or '?' in it cannot be told from a path.
    /// </summary>
    public static string Url(string text)
    {
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        var host = colon < 0 ? 0 : colon + 3;
        if (text.IndexOf('@', host) >= 0) return Text(text[..host]) + "***";
        // A '#' or '?' of a reference to a variable does not occur: names hold neither.
        var end = text.AsSpan(host).IndexOfAny('?', '#');
        return end < 0 ? Text(text) : Text(text[..(host + end + 1)]) + "***";
    }

    private static string Bounded(string text, int maxLength)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= maxLength) return shown.Append("...").ToString();
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
