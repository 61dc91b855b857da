using System.Buffers;
using Edge.Guard.Content;
using Edge.Guard.Pii;

namespace Edge.Guard.Restore;

/// <summary>
/// What the output guard sees of one text that comes bit by bit: the end of what was decided, for its context words, and what is not decided yet.
/// </summary>
/// <remarks>
/// What must not reach the client before it is decided waits here: <see cref="Ahead"/> bytes, for no identifier with a check is longer and no context word stands further behind it, and up to
/// <see cref="Step"/> more, so that not every token is looked at for itself. A longer thing that has begun within (a key block, a link, a run of token characters, which may yet be seen to be a key) waits for its end, up
/// to <see cref="MaxHeld"/>; what is longer still is replaced as far as it has come.
/// </remarks>
internal sealed class GuardWindow
{
    /// <summary>Bytes that must follow before a text is decided.</summary>
    public const int Ahead = 128;

    /// <summary>Bytes that come together before the text is looked at again.</summary>
    public const int Step = 32;

    /// <summary>The same where nothing waits for it.</summary>
    public const int LooseStep = 384;

    /// <summary>Bytes of one finding that may wait at most.</summary>
    public const int MaxHeld = 8 * 1024;

    private const int Context = 96;

    // Of a connection's next answers most need no more.
    private const int Kept = 2048;

    private byte[] _bytes = [];
    private int _length, _decided, _asked, _tracked;
    private bool _inString, _isEscape;
    private ContentFilter? _filter;

    /// <summary>Bytes that are not decided.</summary>
    public int Pending => _length - _decided;

    /// <summary>Of the content filter, while there is one.</summary>
    public ContentWindow? Content { get; private set; }

    public void Begin(OutputGuard guard)
    {
        _length = _decided = _asked = _tracked = 0;
        _inString = _isEscape = false;
        if (guard.Policy.Content is not { } filter) Content = null;
        else if (Content is null || !ReferenceEquals(_filter, filter)) Content = new ContentWindow(_filter = filter);
        else Content.Reset();
    }

    /// <summary>Nothing of the text stays in memory.</summary>
    public void Clear()
    {
        _bytes.AsSpan(0, _length).Clear();
        _length = _decided = _asked = _tracked = 0;
        if (_bytes.Length > Kept) _bytes = [];
        Content?.Reset();
    }

    /// <summary>Takes the next bit and decides as much as can be.</summary>
    /// <param name="guard">Says what is found.</param>
    /// <param name="text">As it stands in its JSON strings.</param>
    /// <param name="depth">How many these are.</param>
    /// <param name="isLast">Nothing follows: all is decided.</param>
    /// <param name="output">Takes what is decided; null = nothing waits here, it is only looked at.</param>
    public void Next(OutputGuard guard, ReadOnlySpan<byte> text, int depth, bool isLast, IBufferWriter<byte>? output)
    {
        Append(text);
        // What waits long is looked at more seldom, or its bytes would be gone over as often as it has tokens.
        if (Pending == 0 || (!isLast && _length - _asked < Ahead + Math.Max(output is null ? LooseStep : Step, Pending / 8))) return;
        var limit = isLast ? _length : Align(_length - Ahead);
        _asked = limit;
        var written = _decided;
        Span<Finding> room = stackalloc Finding[8];
        var findings = new FindingList(room);
        guard.Find(_bytes.AsSpan(0, _length), depth, ref findings, out var openRun);
        // A web token is known by its second dot, and some keys by their length.
        if (!isLast && openRun >= _decided && _length - openRun < MaxHeld) limit = Math.Min(limit, openRun);
        var cut = limit;
        foreach (ref readonly var finding in findings.Items)
        {
            var (start, end) = (Math.Max(finding.Start, written), finding.End);
            if (end <= written) continue;
            if (start >= limit) break;
            if (end > limit && _length - start < MaxHeld)
            {
                // It may go on, or be none when its end is known.
                cut = start;
                break;
            }
            var (at, wasRepeat) = (start, guard.IsRepeat);
            while (NextPiece(ref at, end, depth, out var from, out var to, out var isBare) && guard.Blocked is null)
            {
                if (guard.Act(_bytes.AsSpan(from, to - from), depth, finding.Entity, out var replacement))
                {
                    output?.Write(_bytes.AsSpan(written, from - written));
                    // A number outside of strings becomes one.
                    if (isBare) output?.Write("\\\""u8);
                    output?.Write(replacement);
                    if (isBare) output?.Write("\\\""u8);
                    written = to;
                }
                // However many values it stands in, it is one.
                guard.IsRepeat = true;
            }
            guard.IsRepeat = wasRepeat;
            if (guard.Blocked is not null) break;
            cut = Math.Max(cut, end);
        }
        findings.Dispose();
        if (guard.Blocked is not null) return;
        cut = Math.Max(cut, written);
        output?.Write(_bytes.AsSpan(written, cut - written));
        if (depth == 2) Track(cut);
        _decided = cut;
        Slide();
    }

    // Where a text may be cut: between characters, and never in an escape, for each event is JSON for itself.
    private int Align(int limit)
    {
        if (limit <= _decided) return _decided;
        var at = _decided;
        while (true)
        {
            var next = _bytes.AsSpan(at, limit - at).IndexOf((byte)'\\');
            if (next < 0) break;
            at += next;
            var length = at + 1 < _length && _bytes[at + 1] == 'u' ? 6 : 2;
            // Two halves of one character.
            if (length == 6 && at + 8 <= _length && (_bytes[at + 2] | 0x20) == 'd' && _bytes[at + 6] == '\\' && _bytes[at + 7] == 'u') length = 12;
            if (at + length > limit) return at;
            at += length;
        }
        while (limit > at && (_bytes[limit] & 0xC0) == 0x80) limit--;
        return limit;
    }

    // Of a place what can be replaced as one: in JSON the inside of a string, or a number outside of strings.
    private bool NextPiece(ref int at, int end, int depth, out int from, out int to, out bool isBare)
    {
        (from, to, isBare) = (at, end, false);
        if (depth == 1)
        {
            at = end;
            return from < to;
        }
        var first = at;
        while (at < end)
        {
            Track(at);
            (from, isBare) = (at, !_inString);
            if (isBare)
            {
                while (at < end && IsScalar(_bytes[at])) at++;
            }
            else
            {
                var isEscape = _isEscape;
                while (at < end)
                {
                    var next = at;
                    var b = Inner(ref next);
                    if (!isEscape && b == '"') break;
                    isEscape = !isEscape && b == '\\';
                    at = next;
                }
            }
            to = Math.Min(at, end);
            if (from < to && (isBare || from == first || !IsName(to))) return true;
            // What stands between two values.
            if (at < end) Inner(ref at);
        }
        return false;
    }

    // Of an object's member that begins within a place, the name must stay.
    private bool IsName(int at)
    {
        if (at >= _length || Inner(ref at) != '"') return false;
        while (at < _length && _bytes[at] == ' ') at++;
        return at < _length && _bytes[at] == ':';
    }

    private void Track(int to)
    {
        while (_tracked < to)
        {
            var b = Inner(ref _tracked);
            if (_isEscape) _isEscape = false;
            else if (b == '\\') _isEscape = _inString;
            else if (b == '"') _inString = !_inString;
        }
    }

    // A character of the inner text: the outer string writes its quotes and backslashes as two.
    private byte Inner(ref int at)
    {
        var b = _bytes[at++];
        if (b != '\\' || at == _length) return b;
        if (_bytes[at] != 'u') return _bytes[at] is (byte)'"' or (byte)'\\' ? _bytes[at++] : b;
        var escape = _bytes.AsSpan(at, Math.Min(5, _length - at));
        at += escape.Length;
        // \u0022 and \u005c
        if (escape.Length < 5 || escape[1] != '0' || escape[2] != '0') return 0;
        return escape[3] == '2' && escape[4] == '2' ? (byte)'"' : escape[3] == '5' && (escape[4] | 0x20) == 'c' ? (byte)'\\' : (byte)0;
    }

    private static bool IsScalar(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'+' or (byte)'.';

    private void Append(ReadOnlySpan<byte> text)
    {
        if (_bytes.Length - _length < text.Length)
        {
            var larger = new byte[Math.Max(512, (_length + text.Length) * 2)];
            _bytes.AsSpan(0, _length).CopyTo(larger);
            _bytes.AsSpan(0, _length).Clear();
            _bytes = larger;
        }
        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
    }

    private void Slide()
    {
        var drop = _decided - Context;
        if (drop <= 0) return;
        // Not from within an escape, whose rest would read as digits.
        var escape = _bytes.AsSpan(Math.Max(0, drop - 5), Math.Min(5, drop)).LastIndexOf((byte)'\\');
        if (escape >= 0) drop = Math.Min(_decided, drop + 6);
        _bytes.AsSpan(drop, _length - drop).CopyTo(_bytes);
        _bytes.AsSpan(_length - drop, drop).Clear();
        _length -= drop;
        _decided -= drop;
        _asked -= drop;
        _tracked -= drop;
    }
}
