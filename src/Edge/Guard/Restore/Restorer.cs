using System.Buffers;

namespace Edge.Guard.Restore;

/// <summary>
/// Puts values back into text that comes bit by bit. Of a text no more is ever held back than what may be the beginning of a placeholder that was given away, and no longer than the next byte allows.
/// </summary>
/// <remarks>
/// Linear: at each place where a placeholder may begin, no more is read than the longest spelling of the longest placeholder.
/// What stands in a value's own text is not looked at again.
/// </remarks>
internal sealed class Restorer
{
    private enum Verdict : byte
    {
        None,
        Value,
        Hold,
    }

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
    /// <param name="isLast">Nothing of the text follows: nothing is held.</param>
    /// <param name="isExact">Other spellings than the vault's own stay as they are.</param>
    /// <param name="output">Takes the text.</param>
    /// <returns>False: it stays as it is, and nothing was written.</returns>
    public bool Next(ReadOnlySpan<byte> text, AnswerSlot? slot, int level, bool isLast, bool isExact, IBufferWriter<byte> output)
    {
        // Most of an event's strings: names and words of the protocol.
        if ((slot is null || (slot.HeldLength == 0 && !_vault.NeedsEscape)) && !text.ContainsAny(Spelling.AllOpeners))
        {
            if (slot is not null) slot.Tail = Shift(slot.Tail, text);
            return false;
        }
        if (slot is null) return Next(text, null, level, isLast, isExact, tail: 0, at: 0, copied: -1, output);
        var tail = slot.Tail;
        if (slot.HeldLength == 0 || (text.IsEmpty && !isLast)) return Next(text, slot, level, isLast, isExact, tail, at: 0, copied: -1, output);
        var before = Shift(tail, slot.Held);
        var at = Continue(text, slot, level, isLast, isExact, output);
        if (at >= 0) Next(text, slot, level, isLast, isExact, before, at, copied: at, output);
        return true;
    }

    /// <summary>Whether a whole text, or all the texts of a JSON, hold nothing that could be a placeholder: then they need not be read.</summary>
    public bool IsClean(ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var at = json.IndexOfAny(Spelling.AllOpeners);
            if (at < 0) return true;
            var next = at + 1 < json.Length ? json[at + 1] : (byte)0;
            var passes = json[at] switch
            {
                (byte)'\\' => next != '\\' && !(next == 'u' && (json[(at + 2)..].StartsWith("003"u8) || json[(at + 2)..].StartsWith("002"u8))),
                (byte)'&' => (next | 0x20) != 'l',
                (byte)'%' => next != '3',
                (byte)'<' => char.IsAsciiLetterOrDigit((char)next) ? !BeginsName(next) : next is not ((byte)'\\' or (byte)'_' or (byte)'%'),
                (byte)'[' or (byte)'{' => true,
                var letter => !_vault.MayBegin(letter) || !BeginsWord(json[at..]),
            };
            if (!passes) return false;
            json = json[Math.Min(json.Length, at + (json[at] == '\\' ? 2 : 1))..];
        }
    }

    // What stood before a text, and then the text.
    private static ulong Shift(ulong tail, ReadOnlySpan<byte> text)
    {
        foreach (var b in text[Math.Max(0, text.Length - sizeof(ulong))..]) tail = (tail << 8) | b;
        return tail;
    }

    private bool Next(ReadOnlySpan<byte> text, AnswerSlot? slot, int level, bool isLast, bool isExact, ulong tail, int at, int copied, IBufferWriter<byte> output)
    {
        Span<byte> name = stackalloc byte[Spelling.MaxName];
        while (at < text.Length)
        {
            var opener = text[at..].IndexOfAny(Spelling.AllOpeners);
            if (opener < 0) break;
            at += opener;
            var spelling = new Spelling(text[at..], level > 0, name);
            switch (Judge(ref spelling, text, at, tail, isLast, isExact, canHold: slot is not null && !isLast))
            {
                case Verdict.Value:
                    Write(text[Math.Max(copied, 0)..(at + spelling.Kept)], spelling, slot, level, output);
                    at = copied = at + spelling.Length;
                    break;
                case Verdict.Hold:
                    Pass(text[Math.Max(copied, 0)..at], slot, output);
                    slot!.Tail = Shift(tail, text[..at]);
                    slot.Hold(text[at..]);
                    return true;
                default:
                    at += spelling.Skip;
                    break;
            }
        }
        if (slot is not null) slot.Tail = Shift(tail, text);
        if (copied < 0)
        {
            if (_vault.NeedsEscape) slot?.Track(text);
            return false;
        }
        if (copied < text.Length) Pass(text[copied..], slot, output);
        return true;
    }

    // What was held and the next text as one. Returns where in the text to go on, all before it being written; -1 = all is held or written.
    private int Continue(ReadOnlySpan<byte> text, AnswerSlot slot, int level, bool isLast, bool isExact, IBufferWriter<byte> output)
    {
        var held = slot.HeldLength;
        var tail = slot.Tail;
        var taken = Math.Min(text.Length, _vault.LongestSpelling);
        if (_joined.Length < held + taken) _joined = new byte[Math.Max(256, (held + taken) * 2)];
        var joined = _joined.AsSpan(0, held + taken);
        slot.Held.CopyTo(joined);
        text[..taken].CopyTo(joined[held..]);
        slot.Release();
        isLast &= taken == text.Length;
        Span<byte> name = stackalloc byte[Spelling.MaxName];
        var (at, copied) = (0, 0);
        while (at < held)
        {
            var opener = joined[at..held].IndexOfAny(Spelling.AllOpeners);
            if (opener < 0) break;
            at += opener;
            var spelling = new Spelling(joined[at..], level > 0, name);
            switch (Judge(ref spelling, joined, at, tail, isLast, isExact, canHold: taken == text.Length && !isLast))
            {
                case Verdict.Value:
                    Write(joined[copied..(at + spelling.Kept)], spelling, slot, level, output);
                    at = copied = at + spelling.Length;
                    break;
                case Verdict.Hold:
                    Pass(joined[copied..at], slot, output);
                    slot.Tail = Shift(tail, joined[..at]);
                    slot.Hold(joined[at..]);
                    return -1;
                default:
                    at += spelling.Skip;
                    break;
            }
        }
        at = Math.Max(at, held);
        Pass(joined[copied..at], slot, output);
        return at - held;
    }

    private Verdict Judge(scoped ref Spelling spelling, ReadOnlySpan<byte> text, int at, ulong tail, bool isLast, bool isExact, bool canHold)
    {
        Likeness likeness;
        if (text[at] is (byte)'<' or (byte)'&' or (byte)'%' or (byte)'\\')
        {
            likeness = spelling.Read();
            if (isExact && !spelling.IsExact) return Verdict.None;
        }
        else
        {
            likeness = Likeness.None;
            var isBracket = text[at] is (byte)'[' or (byte)'{';
            var isPossible = !isExact && (isBracket && at + 1 == text.Length ? canHold : _vault.MayBegin(text[isBracket ? at + 1 : at]));
            if (isPossible && WordEdge.IsBefore(text, at, tail)) likeness = spelling.ReadLoose(isLast);
            else spelling.Pass();
        }
        if (likeness == Likeness.None) return Verdict.None;
        if (likeness == Likeness.Whole) return _vault.TryGet(spelling.Name, out _, out _, spelling.IsLoose) ? Verdict.Value : Verdict.None;
        return canHold && IsPossible(likeness, spelling) ? Verdict.Hold : Verdict.None;
    }

    // The text before a value, and the value.
    private void Write(ReadOnlySpan<byte> before, scoped in Spelling spelling, AnswerSlot? slot, int level, IBufferWriter<byte> output)
    {
        Pass(before, slot, output);
        _vault.TryGet(spelling.Name, out var value, out var name);
        Restored++;
        _counts[name]++;
        if (slot is not null) slot.IsChanged = true;
        ValueWriter.Write(output, value, spelling.Style, Level(spelling, slot, level));
        // Whatever the value is: where it stands, no JSON begins.
        if (_vault.NeedsEscape) slot?.Track("x"u8);
    }

    private void Pass(ReadOnlySpan<byte> text, AnswerSlot? slot, IBufferWriter<byte> output)
    {
        output.Write(text);
        if (_vault.NeedsEscape) slot?.Track(text);
    }

    private bool IsPossible(Likeness likeness, scoped in Spelling spelling)
    {
        switch (likeness)
        {
            case Likeness.Begun:
                return _vault.IsPrefix(spelling.Name);
            case Likeness.Closing:
                return _vault.TryGet(spelling.Name, out _, out _, spelling.IsLoose);
            default:
                if (_vault.TryGet(spelling.Name, out _, out _)) return true;
                Span<byte> longer = stackalloc byte[Spelling.MaxName + 1];
                spelling.Name.CopyTo(longer);
                longer[spelling.NameLength] = (byte)'_';
                return _vault.IsPrefix(longer[..(spelling.NameLength + 1)]);
        }
    }

    // Brackets that are escaped show that their text is JSON, whatever it began with.
    private int Level(scoped in Spelling spelling, AnswerSlot? slot, int level)
    {
        if (level == 0 || !_vault.NeedsEscape) return level;
        return Math.Max(Math.Max(level, spelling.Level), slot?.JsonStrings ?? 0);
    }

    // Markup and code are full of brackets; few of them stand before the first letter of a name.
    private bool BeginsName(byte letter)
    {
        if (letter is >= (byte)'a' and <= (byte)'z') letter -= 0x20;
        return _vault.IsPrefix([letter]);
    }

    private bool BeginsWord(ReadOnlySpan<byte> json)
    {
        var length = 1;
        while (length < Math.Min(json.Length, Spelling.MaxName) && (char.IsAsciiLetterUpper((char)json[length]) || char.IsAsciiDigit((char)json[length]) || json[length] == '_')) length++;
        return length < json.Length && json[length] == '\\' ? _vault.IsPrefix(json[..length]) || _vault.TryGet(json[..length], out _, out _) : _vault.TryGet(json[..length], out _, out _);
    }
}
