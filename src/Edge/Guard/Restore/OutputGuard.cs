using System.Buffers;
using System.Text;
using Edge.Guard.Content;
using Edge.Guard.Pii;
using Edge.Guard.Policy;
using Edge.Pipeline;

namespace Edge.Guard.Restore;

/// <summary>
/// Looks for what a model produced by itself, before the client's own values are put back: a value that the client sent is no finding. Keeps for one answer what was found.
/// </summary>
internal sealed class OutputGuard : IDisposable
{
    // Of which TokenDetector's tokens are made.
    private static readonly SearchValues<byte> _run = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/=%"u8);

    /// <summary>For <see cref="Blocked"/> where an expression of the configuration ran out of time.</summary>
    public const string CustomTimeout = "custom_detector_timeout";

    private readonly GuardText _text = new();
    private readonly PooledBuffer _value = new(), _replacement = new();
    private readonly bool[] _allowed = new bool[byte.MaxValue + 1];
    private readonly int[] _found = new int[byte.MaxValue + 1];
    private Vault _vault = null!;
    private ContentHits _hits;

    public OutputPolicy Policy { get; private set; } = null!;

    /// <summary>How often each entity was found, by <see cref="PiiEntity"/>.</summary>
    public ReadOnlySpan<int> Found => _found;

    /// <summary>The categories of content that were found, a bit each by their index in the filter's list.</summary>
    public ulong FoundContent => _hits.Categories;

    /// <summary>The name of the entity or category for which the answer must end; null = none.</summary>
    public string? Blocked { get; private set; }

    /// <summary>What is looked at was seen before, bit by bit: it is acted upon, and not counted once more.</summary>
    public bool IsRepeat { get; set; }

    /// <summary>What is looked at is a link: see <see cref="LinkEntities"/>.</summary>
    public bool IsLink { get; set; }

    public bool Detects { get; private set; }

    public bool Holds { get; private set; }

    public void Begin(OutputPolicy policy, Vault vault)
    {
        if (!ReferenceEquals(Policy, policy))
        {
            for (var entity = 0; entity < _allowed.Length; entity++) _allowed[entity] = policy.Actions[entity] == GuardAction.Allow;
        }
        Policy = policy;
        _vault = vault;
        (Detects, Holds) = (policy.Detects, policy.Holds);
        Array.Clear(_found);
        _hits = default;
        Blocked = null;
        IsRepeat = IsLink = false;
    }

    public void Clear()
    {
        _text.Trim();
        _value.Clear();
        _replacement.Clear();
    }

    public void Dispose() => Clear();

    /// <summary>The next bit of a text, for the categories of content. Of a phrase the beginning may be gone when its end is seen: then the answer ends.</summary>
    /// <param name="window">Of the text; null = the text is whole.</param>
    /// <param name="raw">As it stands in a JSON string.</param>
    /// <param name="depth">How many JSON strings these are: 1 or 2.</param>
    /// <param name="isLast">Nothing follows.</param>
    public void Read(ContentWindow? window, ReadOnlySpan<byte> raw, int depth, bool isLast)
    {
        if (Policy.Content is not { } filter) return;
        var plain = _text.Load(raw, depth);
        var isNew = window?.Feed(plain, ref _hits) ?? filter.Find(plain, ref _hits);
        if (isLast && window is not null) isNew |= window.Complete(ref _hits);
        if (!isNew) return;
        for (var i = 0; i < Policy.ContentActions.Length && Blocked is null; i++)
        {
            if (_hits.Has(i) && Policy.ContentActions[i] == VerdictAction.Block) Blocked = filter.Categories[i];
        }
    }

    /// <summary>Finds in a text; positions are those of the raw text.</summary>
    /// <param name="raw">As it stands in its JSON strings.</param>
    /// <param name="depth">1 or 2.</param>
    /// <param name="findings">Takes what the policy acts upon, in order.</param>
    /// <param name="openRun">Where the characters of keys and tokens begin, without a break, with which the text ends.</param>
    public void Find(ReadOnlySpan<byte> raw, int depth, ref FindingList findings, out int openRun)
    {
        var text = _text.Load(raw, depth);
        (openRun, _) = _text.ToRaw(text.LastIndexOfAnyExcept(_run) + 1, 0);
        // What could not be searched to its end may hold anything.
        if (!PiiDetector.Find(text, Policy.Custom, ref findings) && Policy.CustomActs) Blocked ??= CustomTimeout;
        // What is allowed must not push out, as the longer of two, what is not.
        findings.Drop(_allowed);
        if (IsLink) findings.Drop(LinkEntities.Others);
        if (findings.Count == 0) return;
        findings.Resolve(Policy.MinConfidence);
        Span<Finding> room = stackalloc Finding[8];
        var kept = new FindingList(room);
        foreach (ref readonly var finding in findings.Items)
        {
            var (start, length) = _text.ToRaw(finding.Start, finding.Length);
            kept.Add(finding with { Start = start, Length = length });
        }
        findings.Clear();
        foreach (ref readonly var finding in kept.Items) findings.Add(finding);
        kept.Dispose();
    }

    /// <summary>Decides about a finding.</summary>
    /// <param name="raw">The text of it.</param>
    /// <param name="depth">JSON strings around it.</param>
    /// <param name="entity">What it is.</param>
    /// <param name="replacement">What stands in its place; nothing in it needs an escape.</param>
    /// <returns>True = it is replaced.</returns>
    public bool Act(ReadOnlySpan<byte> raw, int depth, PiiEntity entity, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        var value = Plain(raw, depth);
        if (_vault.Knows(value)) return false;
        if (!IsRepeat) _found[(int)entity]++;
        var action = Policy.Actions[(int)entity];
        if (action == GuardAction.Flag) return false;
        if (action == GuardAction.Block)
        {
            Blocked ??= Policy.NameOf(entity);
            return false;
        }
        _replacement.Clear();
        if (action == GuardAction.Mask)
        {
            Masking.Mask(value, entity == PiiEntity.EmailAddress, _replacement);
        }
        else
        {
            _replacement.Append("<"u8);
            _replacement.Append(Encoding.ASCII.GetBytes(Policy.NameOf(entity)));
            _replacement.Append(">"u8);
        }
        replacement = _replacement.Span;
        return true;
    }

    private ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> raw, int depth)
    {
        for (; depth > 0 && raw.Contains((byte)'\\'); depth--)
        {
            var text = JsonEscapes.Resolve(raw, _replacement);
            if (text == raw) break;
            _value.Clear();
            _value.Append(text);
            raw = _value.Span;
        }
        return raw;
    }
}
