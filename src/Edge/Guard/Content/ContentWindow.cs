namespace Edge.Guard.Content;

/// <summary>
/// A filter over a stream: fed with pieces of text cut anywhere, it finds what the filter would find in the whole text. It holds a bounded tail: literals are always found, matches of patterns
/// up to <see cref="Reach"/> bytes. One instance serves one stream at a time.
/// </summary>
internal sealed class ContentWindow
{
    /// <summary>Bytes that are kept of what went before: no literal is longer, and longer matches of patterns may be missed where they are cut.</summary>
    public const int Reach = 512;

    // A character has up to four bytes: so many must follow a word before it is known to end.
    private const int Lookahead = 4;

    // A pattern is a pass over the tail: not for each token of an answer.
    private const int PatternStep = 64;

    private const int Room = 2048;

    private readonly ContentFilter _filter;
    private readonly byte[] _buffer = new byte[Room];
    private int _length, _seen, _patternsSeen;
    private long _origin;
    private ulong _unless;

    public ContentWindow(ContentFilter filter) => _filter = filter;

    /// <summary>Begins another stream.</summary>
    public void Reset()
    {
        _length = _seen = _patternsSeen = 0;
        _origin = 0;
        _unless = 0;
    }

    /// <summary>Looks at the next piece.</summary>
    /// <param name="piece">Text as a person reads it, cut anywhere, also within a character.</param>
    /// <param name="hits">What was found so far in this stream.</param>
    /// <returns>Whether there is something new in it. A word at the very end of what was fed is decided when the next four bytes are known, or at the end.</returns>
    public bool Feed(ReadOnlySpan<byte> piece, ref ContentHits hits)
    {
        var before = hits.Categories;
        while (piece.Length > 0)
        {
            if (_length == Room) Slide();
            var count = Math.Min(piece.Length, Room - _length);
            piece[..count].CopyTo(_buffer.AsSpan(_length));
            _length += count;
            piece = piece[count..];
            Look(isEnd: false, ref hits);
        }
        return hits.Categories != before;
    }

    /// <summary>Decides what the end of the stream decides.</summary>
    /// <returns>Whether there was something new in it.</returns>
    public bool Complete(ref ContentHits hits)
    {
        var before = hits.Categories;
        Look(isEnd: true, ref hits);
        return hits.Categories != before;
    }

    private void Look(bool isEnd, ref ContentHits hits)
    {
        var to = isEnd ? _length : Math.Max(_seen, _length - Lookahead);
        if (to > _seen)
        {
            // What begins before the tail that a literal needs has been looked at.
            var start = Math.Max(0, _seen - _filter.LongestLiteral - ContentFilter.LeadReach - Lookahead);
            _filter.FindLiterals(_buffer.AsSpan(start, _length - start), _seen - start, to - start, _origin + start, isStream: true, ref _unless, ref hits);
            _seen = to;
        }
        if (_filter.HasPatterns && (isEnd || _length - _patternsSeen >= PatternStep))
        {
            var text = _buffer.AsSpan(0, isEnd ? _length : WholeCharacters());
            _filter.FindPatterns(text, Math.Max(0, _patternsSeen - Lookahead), isEnd, _origin, ref hits);
            _patternsSeen = _length;
        }
    }

    private int WholeCharacters()
    {
        var length = _length;
        for (var back = 1; back <= 3 && back <= length; back++)
        {
            var b = _buffer[length - back];
            if (b < 0x80) return length;
            if (b >= 0xc0) return (b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2) > back ? length - back : length;
        }
        return length;
    }

    private void Slide()
    {
        var drop = _length - Reach;
        _buffer.AsSpan(drop, Reach).CopyTo(_buffer);
        _length = Reach;
        _seen -= drop;
        _patternsSeen -= drop;
        _origin += drop;
    }
}
