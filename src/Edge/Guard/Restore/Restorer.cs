using System.Buffers;

namespace Edge.Guard.Restore;

/// <summary>
/// Puts values back into text that comes bit by bit. Of a text no more is ever held back than what may be the beginning of a placeholder that was given away, and no longer than the next byte allows.
/// </summary>
/// <remarks>
/// Linear: at each place where a bracket may open, no more is read than the longest spelling of the longest placeholder.
/// What stands in a value's own text is not looked at again.
/// </remarks>
internal sealed class Restorer
{
    /// <summary>Every spelling of an opening bracket begins with one of these.</summary>
    public static readonly SearchValues<byte> Openers = SearchValues.Create("<&%\\"u8);

    private Vault _vault = null!;
    private byte[] _joined = [];
    private int[] _counts = [];

    /// <summary>Values that were put back.</summary>
    public long Restored { get; private set; }

    /// <summary>The same by the vault's names.</summary>
    public ReadOnlySpan<int> Counts => _counts.AsSpan(0, Math.Min(_counts.Length, _vault?.NameCount ?? 0));

    public void Begin(Vault vault)
    {
        _vault = vault;
        Restored = 0;
        if (_counts.Length < vault.NameCount) _counts = new int[vault.NameCount];
        Array.Clear(_counts);
    }

    public void Clear() => _joined.AsSpan().Clear();

    /// <summary>Restores the next bit of a text.</summary>
    /// <param name="text">As it stands in its JSON string.</param>
    /// <param name="slot">What was held back of the text, and takes what is held back now; null = the text is whole.</param>
    /// <param name="level">JSON strings around it; 0 = plain text.</param>
    /// <param name="isLast">Nothing of the text follows.</param>
    /// <param name="isExact">Other spellings than the vault's own stay as they are.</param>
    /// <param name="output">Takes the text.</param>
    /// <returns>False: it stays as it is, and nothing was written.</returns>
    public bool Next(ReadOnlySpan<byte> text, AnswerSlot? slot, int level, bool isLast, bool isExact, IBufferWriter<byte> output)
    {
        var (at, copied) = (0, -1);
        if (slot is { HeldLength: > 0 } && !text.IsEmpty)
        {
            at = copied = Continue(text, slot, level, isLast, isExact, output);
            if (at < 0) return true;
        }
        Span<byte> name = stackalloc byte[Spelling.MaxName];
        while (true)
        {
            var opener = text[at..].IndexOfAny(Openers);
            if (opener < 0) break;
            at += opener;
            var spelling = new Spelling(text[at..], level > 0, name);
            var likeness = spelling.Read();
            if (likeness == Likeness.Whole && (spelling.IsExact || !isExact) && TryGet(spelling, out var value, slot))
            {
                output.Write(text[Math.Max(copied, 0)..(at + spelling.Kept)]);
                ValueWriter.Write(output, value, spelling.Style, Level(spelling, slot, level));
                at = copied = at + spelling.Length;
            }
            else if (likeness is not (Likeness.None or Likeness.Whole) && slot is not null && !isLast && (spelling.IsExact || !isExact) && IsPossible(likeness, spelling))
            {
                output.Write(text[Math.Max(copied, 0)..at]);
                slot.Hold(text[at..]);
                return true;
            }
            else
            {
                at += spelling.Skip;
            }
            if (at >= text.Length) break;
        }
        if (copied < 0) return false;
        if (copied < text.Length) output.Write(text[copied..]);
        return true;
    }

    /// <summary>The text is over: what was held is its own.</summary>
    public static void Flush(AnswerSlot slot, IBufferWriter<byte> output)
    {
        output.Write(slot.Held);
        slot.Release();
    }

    /// <summary>Whether an event holds nothing that could be a placeholder or the beginning of one: then it need not be read.</summary>
    /// <param name="json">The event.</param>
    public bool IsClean(ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var at = json.IndexOfAny(Openers);
            if (at < 0) return true;
            var next = at + 1 < json.Length ? json[at + 1] : (byte)'"';
            // The quote that ends the string, a chunk's end; else what may follow there.
            var passes = json[at] switch
            {
                (byte)'\\' => next != '\\' && !(next == 'u' && (json[(at + 2)..].StartsWith("003"u8) || json[(at + 2)..].StartsWith("002"u8))),
                (byte)'&' => next is not ((byte)'"' or (byte)'l' or (byte)'L'),
                (byte)'%' => next is not ((byte)'"' or (byte)'3'),
                _ => char.IsAsciiLetterOrDigit((char)next) ? !BeginsName(next) : next is not ((byte)'"' or (byte)'\\' or (byte)'_' or (byte)'%'),
            };
            if (!passes) return false;
            json = json[Math.Min(json.Length, at + (json[at] == '\\' ? 2 : 1))..];
        }
    }

    // Markup and code are full of brackets; few of them stand before the first letter of a name.
    private bool BeginsName(byte letter)
    {
        if (letter is >= (byte)'a' and <= (byte)'z') letter -= 0x20;
        return _vault.IsPrefix([letter]);
    }

    // What was held and the next text as one. Returns where in the text to go on, all before it being written; -1 = all is held or written.
    private int Continue(ReadOnlySpan<byte> text, AnswerSlot slot, int level, bool isLast, bool isExact, IBufferWriter<byte> output)
    {
        var held = slot.HeldLength;
        var taken = Math.Min(text.Length, _vault.LongestSpelling);
        if (_joined.Length < held + taken) _joined = new byte[Math.Max(256, (held + taken) * 2)];
        var joined = _joined.AsSpan(0, held + taken);
        slot.Held.CopyTo(joined);
        text[..taken].CopyTo(joined[held..]);
        slot.Release();
        Span<byte> name = stackalloc byte[Spelling.MaxName];
        var (at, copied) = (0, 0);
        while (at < held)
        {
            var opener = joined[at..held].IndexOfAny(Openers);
            if (opener < 0) break;
            at += opener;
            var spelling = new Spelling(joined[at..], level > 0, name);
            var likeness = spelling.Read();
            if (likeness == Likeness.Whole && (spelling.IsExact || !isExact) && TryGet(spelling, out var value, slot))
            {
                output.Write(joined[copied..(at + spelling.Kept)]);
                ValueWriter.Write(output, value, spelling.Style, Level(spelling, slot, level));
                at = copied = at + spelling.Length;
            }
            else if (likeness is not (Likeness.None or Likeness.Whole) && taken == text.Length && !isLast && (spelling.IsExact || !isExact) && IsPossible(likeness, spelling))
            {
                output.Write(joined[copied..at]);
                slot.Hold(joined[at..]);
                return -1;
            }
            else
            {
                at += spelling.Skip;
            }
        }
        at = Math.Max(at, held);
        output.Write(joined[copied..at]);
        return at - held;
    }

    private bool TryGet(scoped in Spelling spelling, out ReadOnlySpan<byte> value, AnswerSlot? slot)
    {
        if (!_vault.TryGet(spelling.Name, out value, out var name)) return false;
        Restored++;
        _counts[name]++;
        if (slot is not null) slot.IsChanged = true;
        return true;
    }

    private bool IsPossible(Likeness likeness, scoped in Spelling spelling)
    {
        switch (likeness)
        {
            case Likeness.Begun:
                return _vault.IsPrefix(spelling.Name);
            case Likeness.Closing:
                return _vault.TryGet(spelling.Name, out _, out _);
            default:
                if (_vault.TryGet(spelling.Name, out _, out _)) return true;
                Span<byte> longer = stackalloc byte[Spelling.MaxName + 1];
                spelling.Name.CopyTo(longer);
                longer[spelling.NameLength] = (byte)'_';
                return _vault.IsPrefix(longer[..(spelling.NameLength + 1)]);
        }
    }

    private int Level(scoped in Spelling spelling, AnswerSlot? slot, int level)
    {
        if (level == 0) return 0;
        if (spelling.Level > level) return spelling.Level;
        return level == 1 && _vault.NeedsEscape && slot is { SaysJson: true } ? 2 : level;
    }
}
