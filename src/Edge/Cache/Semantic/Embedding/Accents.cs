namespace Edge.Cache.Semantic.Embedding;

/// <summary>Letters without their accents: what decomposition and dropping the marks would do, for the Latin letters in common use. The framework's own decomposition does nothing in an invariant build.</summary>
internal static class Accents
{
    private const string Marked = "àáâãäåāăąçćčďèéêëēęěğìíîïīñńňòóôõöőōŕřśşšťùúûüūůűýÿźżž";
    private const string Plain = "aaaaaaaaacccdeeeeeeegiiiiinnnooooooorrssstuuuuuuuyyzzz";

    public static char Strip(char c)
    {
        if (c < 0xC0) return c;
        var at = Marked.IndexOf(c, StringComparison.Ordinal);
        return at < 0 ? c : Plain[at];
    }
}
