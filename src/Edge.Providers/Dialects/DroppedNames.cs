namespace Edge.Providers.Dialects;

/// <summary>The names of the client's fields that did not go along, or not as they were: each once, visible ASCII, few enough for a header.</summary>
internal static class DroppedNames
{
    // What a client may name is bounded by its body alone: without a limit the search for repetitions would be quadratic in it, and the header too long.
    private const int MaxNames = 64;
    private const int MaxLength = 64;

    /// <summary>Adds a name of our own; null takes none.</summary>
    public static void Drop(this List<string>? names, string name)
    {
        if (names is not null && names.Count < MaxNames && !names.Contains(name)) names.Add(name);
    }

    /// <summary>A name of the client's choosing: what a header cannot hold is written as in a URL, a member whose name is empty as <c>""</c>.</summary>
    public static string Visible(string name)
    {
        if (name.Length == 0) return "\"\"";
        if (name.Length > MaxLength) name = name[..MaxLength];
        return name.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || name.Contains(',', StringComparison.Ordinal) ? Uri.EscapeDataString(name) : name;
    }
}
