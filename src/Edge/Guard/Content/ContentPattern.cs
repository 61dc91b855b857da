using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Edge.Guard.Content;

/// <summary>A regular expression of a category. The engine does not backtrack: its work is linear in the text, whatever the pattern.</summary>
internal sealed class ContentPattern
{
    /// <summary>The most characters of a pattern.</summary>
    public const int MaxLength = 1_000;

    /// <summary>A match of so many characters is taken though more of the stream may make it longer: "x.*" would else never be decided.</summary>
    public const int LongMatch = 128;

    private readonly Regex _regex;
    private readonly byte _category;

    private ContentPattern(Regex regex, byte category)
    {
        _regex = regex;
        _category = category;
    }

    /// <param name="pattern">The expression.</param>
    /// <param name="category">Its category's index.</param>
    /// <param name="result">The compiled pattern.</param>
    /// <param name="error">What is wrong with it, as the end of a sentence that begins with "A pattern of ...". It does not quote the pattern, which may come out of a variable.</param>
    public static bool TryCreate(string pattern, byte category, [NotNullWhen(true)] out ContentPattern? result, [NotNullWhen(false)] out string? error)
    {
        result = null;
        if (pattern.Length is 0 or > MaxLength)
        {
            error = $"has {pattern.Length} characters; 1 to {MaxLength} are allowed.";
            return false;
        }
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
            if (regex.IsMatch(""))
            {
                error = "matches the empty text, so it would match everything.";
                return false;
            }
            result = new ContentPattern(regex, category);
            error = null;
            return true;
        }
        catch (RegexParseException e)
        {
            error = $"is no regular expression: {e.Error} at character {e.Offset}.";
        }
        catch (NotSupportedException)
        {
            error = "cannot be run without backtracking (no look-around, back-references, atomic groups or very large repetitions).";
        }
        return false;
    }

    /// <summary>Looks for all patterns whose categories were not found yet.</summary>
    /// <param name="patterns">The patterns.</param>
    /// <param name="text">The text, or what is held of a stream.</param>
    /// <param name="from">Matches that end at or before it were looked at already.</param>
    /// <param name="isEnd">Whether the text ends here: else a match that reaches the end may be no match with what follows.</param>
    /// <param name="origin">Where the text begins in its stream.</param>
    /// <param name="hits">What was found.</param>
    public static void Find(ContentPattern[] patterns, ReadOnlySpan<byte> text, int from, bool isEnd, long origin, ref ContentHits hits)
    {
        var rented = ArrayPool<char>.Shared.Rent(text.Length);
        var chars = rented.AsSpan(0, Encoding.UTF8.GetChars(text, rented));
        foreach (var pattern in patterns)
        {
            if (hits.Has(pattern._category)) continue;
            foreach (var match in pattern._regex.EnumerateMatches(chars))
            {
                var end = match.Index + match.Length;
                if (!isEnd && end == chars.Length && match.Length < LongMatch) continue;
                // Bytes that are no UTF-8 became U+FFFD: then the place is approximate.
                var start = Math.Min(text.Length, Encoding.UTF8.GetByteCount(chars[..match.Index]));
                var length = Math.Min(text.Length - start, Encoding.UTF8.GetByteCount(chars.Slice(match.Index, match.Length)));
                if (start + length <= from || length == 0) continue;
                hits.Add(new ContentHit(origin + start, length, pattern._category));
                break;
            }
        }
        ArrayPool<char>.Shared.Return(rented);
    }
}
