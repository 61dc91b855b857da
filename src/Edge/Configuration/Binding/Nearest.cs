namespace Edge.Configuration;

/// <summary>What somebody may have meant.</summary>
internal static class Nearest
{
    // Longer words are no typing errors, and the comparison is quadratic.
    private const int MaxLength = 64;

    /// <summary>The candidate with the fewest edits, if they are few for its length; else null.</summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > MaxLength) return null;
        string? best = null;
        var bestDistance = int.MaxValue;
        var folded = Fold(word);
        foreach (var candidate in candidates)
        {
            var distance = Distance(folded, Fold(candidate));
            if (BeginsLike(word, candidate)) distance = Math.Min(distance, 1);
            if (distance > Math.Max(1, Math.Min(word.Length, candidate.Length) / 3) || distance >= bestDistance) continue;
            best = candidate;
            bestDistance = distance;
        }
        return best;
    }

    /// <summary>Optimal string alignment: a letter more, less, another, or two swapped each count one.</summary>
    internal static int Distance(string a, string b)
    {
        var beforeLast = new int[b.Length + 1];
        var last = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var row = new int[b.Length + 1];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var edit = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + edit);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last) = (last, row);
        }
        return last[b.Length];
    }

    // "warning" for "warn".
    private static bool BeginsLike(string word, string candidate) =>
        Math.Min(word.Length, candidate.Length) >= 4
        && (candidate.StartsWith(word, StringComparison.Ordinal) || word.StartsWith(candidate, StringComparison.Ordinal));

    // "max-body-size" and "MaxBodySize" are the same word to whoever types them.
    private static string Fold(string word) =>
        word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
