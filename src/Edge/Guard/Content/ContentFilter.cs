using System.Diagnostics.CodeAnalysis;
using System.Text;
using Edge.Simd.Text;

namespace Edge.Guard.Content;

/// <summary>
/// Finds the content categories of a policy in a text. All literals of all categories are searched for in one pass; patterns are run by an engine whose work is linear in the text.
/// Immutable: any number of threads may use it. Without patterns nothing is allocated; with patterns, nothing but rented memory once the engine has seen such text.
/// </summary>
internal sealed class ContentFilter
{
    /// <summary>The most categories: a set of them is one word.</summary>
    public const int MaxCategories = 64;

    /// <summary>The most literals of all categories together.</summary>
    public const int MaxLiterals = MultiLiteral.MaxCount;

    /// <summary>The most patterns of all categories together: each is a pass over the text.</summary>
    public const int MaxPatterns = 256;

    /// <summary>Bytes before a phrase in which its lead-in stands.</summary>
    internal const int LeadReach = 40;

    private static readonly MultiLiteral _leads = new([.. BuiltInContent.Leads.Select(Encoding.UTF8.GetBytes)], ignoreCase: true);

    private readonly record struct LiteralInfo(byte Category, bool WholeWord, bool IsLed = false);

    private readonly MultiLiteral? _literals;
    private readonly LiteralInfo[] _infos;
    private readonly Lazy<TextProbe?> _probe;

    // Words that excuse are common ones, and few texts have anything to excuse.
    private readonly MultiLiteral? _unless;
    private readonly byte[] _unlessCategories;
    private readonly ContentPattern[] _patterns;

    private ContentFilter(string[] categories, (List<byte[]> Literals, List<LiteralInfo> Infos) phrases, (List<byte[]> Literals, List<LiteralInfo> Infos) unless, ContentPattern[] patterns)
    {
        Categories = categories;
        _literals = phrases.Literals.Count == 0 ? null : new MultiLiteral(phrases.Literals, ignoreCase: true, atWordStarts: phrases.Infos.TrueForAll(info => info.WholeWord));
        _probe = new Lazy<TextProbe?>(() => phrases.Infos.TrueForAll(info => info.WholeWord) ? TextProbe.Of(phrases.Literals) : null);
        _infos = [.. phrases.Infos];
        _unless = unless.Literals.Count == 0 ? null : new MultiLiteral(unless.Literals, ignoreCase: true);
        _unlessCategories = [.. unless.Infos.Select(info => info.Category)];
        _patterns = patterns;
    }

    /// <summary>The names of the categories; a hit's category is an index into them.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>Bytes of the longest literal.</summary>
    internal int LongestLiteral => Math.Max(_literals?.LongestLength ?? 0, _unless?.LongestLength ?? 0);

    /// <summary>What looks for the literals and the triggers of injections together; null where it cannot. Made when it is first asked for, which takes as long as the filter itself.</summary>
    internal TextProbe? Probe => _probe.Value;

    /// <summary>Makes it.</summary>
    internal void Prepare() => _ = _probe.Value;

    internal bool HasPatterns => _patterns.Length > 0;

    /// <summary>Compiles the categories.</summary>
    /// <param name="specs">At most <see cref="MaxCategories"/>.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="error">What is wrong and where, fit for an error of the configuration; null where the filter was made.</param>
    public static bool TryCreate(IReadOnlyList<ContentCategorySpec> specs, [NotNullWhen(true)] out ContentFilter? filter, [NotNullWhen(false)] out string? error)
    {
        filter = null;
        error = null;
        if (specs.Count > MaxCategories)
        {
            error = $"{specs.Count} content categories; at most {MaxCategories} are allowed.";
            return false;
        }
        var literals = new List<byte[]>();
        var infos = new List<LiteralInfo>();
        var unless = new List<byte[]>();
        var unlessInfos = new List<LiteralInfo>();
        var patterns = new List<ContentPattern>();
        for (var i = 0; i < specs.Count && error is null; i++)
        {
            var spec = specs[i];
            if (spec.Literals.Count + spec.Led.Count + spec.Patterns.Count == 0) error = $"Content category '{spec.Name}' has neither literals nor patterns.";
            AddLiterals(spec.Literals, spec, new LiteralInfo((byte)i, spec.WholeWord), literals, infos, ref error);
            AddLiterals(spec.Unless, spec, new LiteralInfo((byte)i, true), unless, unlessInfos, ref error);
            AddLiterals(spec.Led, spec, new LiteralInfo((byte)i, true, IsLed: true), literals, infos, ref error);
            foreach (var pattern in spec.Patterns)
            {
                if (!ContentPattern.TryCreate(pattern, (byte)i, out var compiled, out var reason)) error ??= $"A pattern of content category '{spec.Name}' {reason}";
                else patterns.Add(compiled);
            }
        }
        if (literals.Count + unless.Count > MaxLiterals) error ??= $"{literals.Count + unless.Count} literals in all content categories; at most {MaxLiterals} are allowed.";
        if (patterns.Count > MaxPatterns) error ??= $"{patterns.Count} patterns in all content categories; at most {MaxPatterns} are allowed.";
        if (error is not null) return false;
        filter = new ContentFilter([.. specs.Select(s => s.Name)], (literals, infos), (unless, unlessInfos), [.. patterns]);
        return true;
    }

    /// <summary>Looks at one text.</summary>
    /// <param name="text">UTF-8 as a person reads it. Any bytes are safe.</param>
    /// <param name="hits">What was found so far; what is found is added. A category that is in it already is not looked for again.</param>
    /// <param name="hasLiteral">False where it is known that none of the literals stands in the text (<see cref="TextProbe"/>).</param>
    /// <returns>Whether this text had a hit.</returns>
    public bool Find(ReadOnlySpan<byte> text, ref ContentHits hits, bool hasLiteral = true)
    {
        var unless = 0ul;
        var before = hits.Categories;
        if (hasLiteral) FindLiterals(text, 0, text.Length, 0, isStream: false, ref unless, ref hits);
        FindPatterns(text, 0, isEnd: true, 0, ref hits);
        return hits.Categories != before;
    }

    /// <summary>Looks for literals that end behind <paramref name="from"/> and at or before <paramref name="to"/>.</summary>
    /// <param name="text">The text, or what is held of a stream.</param>
    /// <param name="from">What ends before was looked at already.</param>
    /// <param name="to">Behind it the stream is not known well enough to tell where a word ends.</param>
    /// <param name="origin">Where the text begins in its stream.</param>
    /// <param name="isStream">Whether the words that excuse are looked for where there is nothing to excuse: it may follow.</param>
    /// <param name="unless">The categories for which a word was seen beside which they mean something else.</param>
    /// <param name="hits">What was found.</param>
    internal void FindLiterals(ReadOnlySpan<byte> text, int from, int to, long origin, bool isStream, ref ulong unless, ref ContentHits hits)
    {
        if (_literals is null) return;
        var found = FirstOfEach(_literals, text, from, to, origin, hits.Categories | unless);
        // A word that excuses may stand behind what it excuses.
        if (_unless is not null && (isStream || !found.IsEmpty)) unless |= Excused(_unless, text, from, to);
        if (found.IsEmpty) return;
        if ((found.Categories & unless) != 0) found = FirstOfEach(_literals, text, from, to, origin, hits.Categories | unless);
        // One category's first place is enough where several were found.
        for (var category = 0; category < Categories.Count; category++)
        {
            if (found.Has(category)) hits.Add(found.First.Category == category ? found.First : new ContentHit(origin + from, to - from, category));
        }
    }

    private ContentHits FirstOfEach(MultiLiteral literals, ReadOnlySpan<byte> text, int from, int to, long origin, ulong except)
    {
        var found = default(ContentHits);
        foreach (var match in literals.FindAll(text))
        {
            var end = match.Position + match.Length;
            var info = _infos[match.Literal];
            if (end <= from || end > to || found.Has(info.Category) || (except & (1ul << info.Category)) != 0) continue;
            if (info.WholeWord && !Words.StandsAlone(text, match.Position, end)) continue;
            if (info.IsLed && !IsLed(text[..match.Position])) continue;
            found.Add(new ContentHit(origin + match.Position, match.Length, info.Category));
        }
        return found;
    }

    private ulong Excused(MultiLiteral words, ReadOnlySpan<byte> text, int from, int to)
    {
        var categories = 0ul;
        foreach (var match in words.FindAll(text))
        {
            var end = match.Position + match.Length;
            if (end > from && end <= to && Words.StandsAlone(text, match.Position, end)) categories |= 1ul << _unlessCategories[match.Literal];
        }
        return categories;
    }

    internal void FindPatterns(ReadOnlySpan<byte> text, int from, bool isEnd, long origin, ref ContentHits hits)
    {
        if (_patterns.Length > 0) ContentPattern.Find(_patterns, text, from, isEnd, origin, ref hits);
    }

    // "How do I best", "what is the easiest way for me to": a few words at most.
    private static bool IsLed(ReadOnlySpan<byte> before)
    {
        Span<byte> folded = stackalloc byte[LeadReach];
        before = before[Math.Max(0, before.Length - LeadReach)..];
        AsciiFold.ToLower(before, folded);
        return _leads.Find(folded[..before.Length], 0, out _) >= 0;
    }

    private static void AddLiterals(IReadOnlyList<string> words, ContentCategorySpec spec, LiteralInfo info, List<byte[]> literals, List<LiteralInfo> infos, ref string? error)
    {
        foreach (var word in words)
        {
            var utf8 = Encoding.UTF8.GetBytes(word);
            if (utf8.Length > MultiLiteral.MaxLength || string.IsNullOrWhiteSpace(word))
            {
                error ??= $"A literal of content category '{spec.Name}' has {utf8.Length} bytes; 1 to {MultiLiteral.MaxLength} are allowed, not all of them spaces.";
                continue;
            }
            literals.Add(utf8);
            infos.Add(info);
        }
    }
}
