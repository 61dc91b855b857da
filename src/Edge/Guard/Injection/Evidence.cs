using System.Runtime.CompilerServices;

namespace Edge.Guard.Injection;

/// <summary>What the windows of one chunk hold: the window with the highest score counts.</summary>
internal ref struct Evidence : IWindowVisitor
{
    private const float Doubt = 3f;

    // The kinds of order that nobody gives to a person: in data they tell that a model is meant.
    private const uint ForModels = (1u << (int)InjectionRule.InstructionOverride) | (1u << (int)InjectionRule.SystemPromptExtraction) | (1u << (int)InjectionRule.JailbreakPersona)
        | (1u << (int)InjectionRule.ToolHijack) | (1u << (int)InjectionRule.OutputHijack) | (1u << (int)InjectionRule.FakeTurn);

    private readonly InjectionClassifier? _classifier;
    private readonly TextRole _role;
    private ReadOnlySpan<ushort> _map;
    private Folded _undone;

    public Evidence(InjectionClassifier? classifier, TextRole role)
    {
        _classifier = classifier;
        _role = role;
    }

    /// <summary>0..1.</summary>
    public float Score { get; private set; }

    /// <summary>The rules of the window with that score.</summary>
    public uint Rules { get; private set; }

    /// <summary>The evidence's place in the chunk.</summary>
    public int Start { get; private set; }

    public int End { get; private set; }

    private readonly bool IsData => _role is TextRole.ToolResult or TextRole.Document;

    /// <summary>Begins a chunk.</summary>
    /// <param name="map">For each byte of the folded chunk its place in the chunk; empty where the chunk was not folded.</param>
    /// <param name="undone">What folding undid.</param>
    public void Begin(ReadOnlySpan<ushort> map, Folded undone)
    {
        _map = map;
        _undone = undone;
    }

    [SkipLocalsInit]
    public void Visit(scoped ReadOnlySpan<byte> window, scoped ReadOnlySpan<Token> tokens, int start)
    {
        Span<byte> weights = stackalloc byte[32];
        weights.Clear();
        int first = tokens.Length, last = -1;
        for (var at = 0; at < tokens.Length; at++)
        {
            if (!tokens[at].Is(RuleSet.Begins)) continue;
            foreach (var rule in RuleSet.All)
            {
                if (!tokens[at].Is(rule.Steps[0].Any) || (rule.DataOnly && !IsData)) continue;
                if (rule.Weight <= weights[(int)rule.Kind] || !rule.Matches(tokens, at, out var end)) continue;
                weights[(int)rule.Kind] = (byte)rule.Weight;
                first = Math.Min(first, at);
                last = Math.Max(last, end);
            }
        }
        var clean = 1f;
        var rules = 0u;
        for (var i = 0; i < InjectionRules.All.Length; i++)
        {
            if (weights[i] == 0) continue;
            rules |= 1u << i;
            clean *= 1 - (weights[i] / 100f);
        }
        // A disguise alone is style; with evidence beneath it, it is a reason.
        if (rules != 0 && _undone is not (Folded.None or Folded.Tags))
        {
            rules |= 1u << (int)InjectionRule.ObfuscatedText;
            clean *= 0.5f;
        }
        var close = _classifier?.Score(tokens) ?? 0;
        // Where no rule finds anything the classifier has seen words alone, and must be surer.
        if (rules == 0) close /= close + ((1 - close) * Doubt);
        if (close >= InjectionDetector.DefaultThreshold) rules |= 1u << (int)InjectionRule.Classifier;
        var score = Weigh(1 - (clean * (1 - close)), rules);
        if (score <= Score || rules == 0) return;
        Score = score;
        Rules = rules;
        if (last < 0) (first, last) = (0, tokens.Length - 1);
        var from = start + tokens[first].Start;
        var to = start + tokens[last].Start + tokens[last].Length;
        (Start, End) = _map.IsEmpty ? (from, to) : (_map[from], to < _map.Length ? _map[to] : _map[^1] + 1);
    }

    /// <summary>Text in tag characters is there to be unseen, whatever it says.</summary>
    public void AddInvisible(int length)
    {
        Rules |= 1u << (int)InjectionRule.InvisibleText;
        var score = 1 - ((1 - Score) * 0.2f);
        if (Score == 0) End = length;
        Score = score;
    }

    /// <summary>Takes over what was found in decoded text.</summary>
    /// <param name="decoded">What was found there.</param>
    /// <param name="start">The encoded run's place in the chunk.</param>
    /// <param name="end">Where it ends.</param>
    public void AddDecoded(in Evidence decoded, int start, int end)
    {
        // Whoever writes an order in base64 knows why.
        var score = 1 - ((1 - decoded.Score) * 0.4f);
        if (decoded.Score < 0.25f || score <= Score) return;
        Score = score;
        Rules = decoded.Rules | (1u << (int)InjectionRule.EncodedPayload);
        (Start, End) = (start, end);
    }

    /// <summary>Empty evidence for text that was decoded out of this one's.</summary>
    public readonly Evidence ForDecoded() => new(_classifier, _role);

    // In odds: an order to a model is about twice as suspicious in data as in the user's own turn, while pages and mails are full of orders to people; a system prompt consists of instructions.
    private readonly float Weigh(float score, uint rules)
    {
        var factor = _role switch
        {
            TextRole.System => 0.15f,
            TextRole.Assistant => 0.5f,
            TextRole.ToolResult or TextRole.Document when (rules & ForModels) != 0 => 2f,
            TextRole.ToolResult or TextRole.Document => 0.5f,
            _ => 1f,
        };
        return score <= 0 ? 0 : score * factor / ((score * factor) + 1 - score);
    }
}
