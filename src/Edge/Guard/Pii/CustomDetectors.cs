using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Edge.Simd.Text;

namespace Edge.Guard.Pii;

/// <summary>The detectors of a configuration: all literals in one pass, then each expression. Immutable, serves any number of threads.</summary>
/// <remarks>
/// Expressions are matched without backtracking, so that no text makes one exponential; together they have <see cref="MaxMilliseconds"/> for a text. A text is turned into UTF-16 for
/// them, which costs nothing where there are literals only.
/// </remarks>
internal sealed class CustomDetectors
{
    /// <summary>Entities from here on are named by a set; see <see cref="NameOf"/>.</summary>
    public const PiiEntity First = (PiiEntity)128;

    /// <summary>The most entities of their own that a set may have.</summary>
    public const int MaxEntities = 128;

    /// <summary>The longest expression, characters.</summary>
    public const int MaxRegexLength = 1_000;

    /// <summary>How long the expressions of a set may work on one text.</summary>
    public const int MaxMilliseconds = 250;

    private readonly record struct Rule(PiiEntity Entity, Regex? Regex, byte[][] Context, IdCheck? Check, byte Confidence);

    private readonly string[] _names;
    private readonly Rule[] _rules;
    private readonly Rule[] _expressions;
    private readonly MultiLiteral? _literals;

    // The rule of each literal.
    private readonly int[] _ruleOf;

    private CustomDetectors(string[] names, Rule[] rules, List<byte[]> literals, List<int> ruleOf)
    {
        _names = names;
        _rules = rules;
        _expressions = [.. rules.Where(static rule => rule.Regex is not null)];
        _ruleOf = [.. ruleOf];
        if (literals.Count > 0) _literals = new MultiLiteral(literals, ignoreCase: true);
    }

    /// <summary>How many entities of its own the set has.</summary>
    public int Count => _names.Length;

    /// <summary>The names of the set's own entities; the first one's entity is <see cref="First"/>, and so on.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The entities that expressions look for.</summary>
    public IEnumerable<PiiEntity> Expressed => _expressions.Select(static rule => rule.Entity);

    /// <summary>The name of an entity, a built-in one too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">This set does not define it.</exception>
    public string NameOf(PiiEntity entity)
    {
        if (entity < First) return entity.Name();
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(entity - First, _names.Length, nameof(entity));
        return _names[entity - First];
    }

    /// <summary>The entity of a name, a built-in one's too; case-insensitive.</summary>
    public bool TryParse(string name, out PiiEntity entity)
    {
        var own = Array.FindIndex(_names, other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase));
        entity = First + (byte)Math.Max(own, 0);
        return own >= 0 || PiiEntityNames.TryParse(name, out entity);
    }

    /// <summary>Makes a set.</summary>
    /// <param name="specs">As configured. Several may have one name.</param>
    /// <param name="set">The set; null where there is an error.</param>
    /// <param name="error">What is wrong, with the detector's name, the value and what is allowed; empty where nothing is.</param>
    public static bool TryCreate(IReadOnlyList<CustomDetectorSpec> specs, [NotNullWhen(true)] out CustomDetectors? set, out string error)
    {
        set = null;
        var names = new List<string>();
        var rules = new List<Rule>();
        var literals = new List<byte[]>();
        var ruleOf = new List<int>();
        foreach (var spec in specs)
        {
            error = Check(spec, out var regex, out var check);
            if (error.Length > 0) return false;
            if (!PiiEntityNames.TryParse(spec.Name, out var entity))
            {
                var own = names.FindIndex(name => string.Equals(name, spec.Name, StringComparison.OrdinalIgnoreCase));
                if (own < 0)
                {
                    own = names.Count;
                    names.Add(spec.Name.ToUpperInvariant());
                }
                if (own >= MaxEntities)
                {
                    error = $"'{spec.Name}' is entity {own + 1} of the configuration; {MaxEntities} are allowed.";
                    return false;
                }
                entity = First + (byte)own;
            }
            foreach (var literal in spec.Literals)
            {
                literals.Add(Encoding.UTF8.GetBytes(literal));
                ruleOf.Add(rules.Count);
            }
            if (literals.Count > MultiLiteral.MaxCount)
            {
                error = $"'{spec.Name}': the literals of all detectors are {literals.Count} so far; {MultiLiteral.MaxCount} are allowed.";
                return false;
            }
            rules.Add(new Rule(entity, regex, [.. spec.Context.Select(static word => Encoding.UTF8.GetBytes(word.ToLowerInvariant()))], check, (byte)spec.Confidence));
        }
        error = "";
        set = new CustomDetectors([.. names], [.. rules], literals, ruleOf);
        return true;
    }

    /// <summary>Adds what is found to the list.</summary>
    /// <returns>False where the time was over before the text was.</returns>
    public bool Find(ReadOnlySpan<byte> text, ref FindingList findings)
    {
        var scan = new PiiScan(text, findings);
        try
        {
            if (_literals is not null) FindLiterals(ref scan);
            return _expressions.Length == 0 || FindExpressions(ref scan);
        }
        finally
        {
            // Whatever happens: the list's memory may have been given back for a longer one.
            findings = scan.Findings;
        }
    }

    private void FindLiterals(ref PiiScan scan)
    {
        var end = 0;
        foreach (var match in _literals!.FindAll(scan.Text))
        {
            // At one position the longest comes first, and what begins in a literal that was taken is a part of it.
            if (match.Position < end) continue;
            var stop = match.Position + match.Length;
            if (!IsWhole(ref scan, match.Position, stop) || !Add(ref scan, _rules[_ruleOf[match.Literal]], match.Position, stop)) continue;
            end = stop;
        }
    }

    private bool FindExpressions(ref PiiScan scan)
    {
        var chars = new Utf16View(scan.Text);
        try
        {
            var start = Stopwatch.GetTimestamp();
            foreach (ref readonly var rule in _expressions.AsSpan())
            {
                foreach (var match in rule.Regex!.EnumerateMatches(chars.Chars))
                {
                    // "\b" and the like match nothing.
                    if (match.Length > 0) Add(ref scan, rule, chars.ToByte(match.Index), chars.ToEnd(match.Index + match.Length));
                    // The limit of the expression itself is for one match, and there may be many.
                    if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > MaxMilliseconds) return false;
                }
            }
            return true;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
        finally
        {
            chars.Dispose();
        }
    }

    private static bool Add(ref PiiScan scan, in Rule rule, int start, int end)
    {
        if (!CustomValidators.Passes(rule.Check, scan.Text[start..end])) return false;
        var confidence = rule.Context.Length == 0 || scan.HasContext(start, end, rule.Context) ? rule.Confidence : Math.Min(rule.Confidence, Confidence.Possible);
        scan.Add(start, end, rule.Entity, confidence);
        return true;
    }

    // "ACME" is not in "ACMETON"; a literal that begins or ends with a mark has its border there.
    private static bool IsWhole(ref PiiScan scan, int start, int end) =>
        !(IsWord(scan[start]) && IsWord(scan[start - 1])) && !(IsWord(scan[end - 1]) && IsWord(scan[end]));

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';

    private static string Check(CustomDetectorSpec spec, out Regex? regex, out IdCheck? check)
    {
        (regex, check) = (null, null);
        var name = $"'{spec.Name}'";
        if (spec.Name.Length is 0 or > 64 || !spec.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') || char.IsAsciiDigit(spec.Name[0]))
        {
            return $"{name} is no name of an entity: a letter, then letters, digits and underscores, 64 at most.";
        }
        if (spec.Literals.Count == 0 && string.IsNullOrEmpty(spec.Regex)) return $"{name} has neither literals nor a regex; it needs one of them.";
        if (spec.Confidence is < 1 or > 100) return $"{name}: confidence {spec.Confidence}; 1 to 100 are allowed.";
        if (!CustomValidators.TryFind(spec.Validator, out check)) return $"{name}: the validator is unknown; there are {string.Join(", ", CustomValidators.Names)}.";
        foreach (var literal in spec.Literals)
        {
            if (Encoding.UTF8.GetByteCount(literal) is 0 or > MultiLiteral.MaxLength) return $"{name}: a literal has {Encoding.UTF8.GetByteCount(literal)} bytes; 1 to {MultiLiteral.MaxLength} are allowed.";
        }
        if (spec.Context.Any(string.IsNullOrWhiteSpace)) return $"{name}: an empty context word would stand near everything.";
        return string.IsNullOrEmpty(spec.Regex) ? "" : Compile(name, spec.Regex, out regex);
    }

    private static string Compile(string name, string pattern, out Regex? regex)
    {
        regex = null;
        if (pattern.Length > MaxRegexLength) return $"{name}: the regex has {pattern.Length} characters; {MaxRegexLength} are allowed.";
        try
        {
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(MaxMilliseconds));
            if (!regex.IsMatch("")) return "";
            regex = null;
            return $"{name}: the regex matches the empty text, and so everywhere.";
        }
        catch (NotSupportedException)
        {
            return $"{name}: the regex is not supported. Look-around, back-references, atomic groups and very large repetitions are not, for they have no bound in time or size.";
        }
        catch (RegexParseException e)
        {
            // Not the pattern, which may come out of a variable, and the exception's message quotes it.
            return $"{name}: the regex cannot be read: {e.Error} at character {e.Offset}.";
        }
    }
}
