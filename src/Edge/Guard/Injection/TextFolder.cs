using System.Buffers;
using System.Text;

namespace Edge.Guard.Injection;

/// <summary>What was undone while a text was folded.</summary>
[Flags]
internal enum Folded : byte
{
    None = 0,

    /// <summary>Letters of other scripts that look Latin, in Latin words; mathematical, full-width or enclosed letters; letters divided by invisible characters.</summary>
    LookAlikes = 1,

    /// <summary>Unicode tag characters.</summary>
    Tags = 2,

    /// <summary>Letters that stood alone.</summary>
    Spaced = 4,

    /// <summary>Digits for letters.</summary>
    Leet = 8,
}

/// <summary>
/// Folds a text into the form that the lexicon is written in: lower case, Latin letters without diacritics, look-alikes and invisible characters undone. No output is longer than its input.
/// </summary>
internal ref struct TextFolder
{
    // So many letters must have been written oddly before it counts as a disguise: a single one is a logo or a typo.
    private const int Odd = 4;

    private readonly Span<byte> _output;
    private readonly Span<ushort> _map;
    private int _length, _odd, _tags;
    private int _wordStart;
    private bool _wordHasLatin, _wordHasLookAlike;

    /// <param name="output">Room for the folded text: as long as the text.</param>
    /// <param name="map">For each folded byte the place in the text that it came from: as long as the text, which has at most 65,535 bytes.</param>
    public TextFolder(Span<byte> output, Span<ushort> map)
    {
        _output = output;
        _map = map;
    }

    /// <summary>What was undone.</summary>
    public Folded Undone { get; private set; }

    /// <summary>Folds the text.</summary>
    /// <returns>The folded text's length.</returns>
    public int Fold(ReadOnlySpan<byte> text, TextShapes shapes)
    {
        for (var at = 0; at < text.Length;)
        {
            var b = text[at];
            if (b < 0x80)
            {
                if (char.IsAsciiLetter((char)b)) _wordHasLatin = true;
                else if (!char.IsAsciiDigit((char)b)) EndWord();
                Put((byte)(char.IsAsciiLetterUpper((char)b) ? b | 0x20 : b), at);
                at++;
                continue;
            }
            var isValid = Rune.DecodeFromUtf8(text[at..], out var rune, out var consumed) == OperationStatus.Done;
            if (isValid) Put(rune.Value, text.Slice(at, consumed), at);
            else for (var i = 0; i < consumed; i++) Put(text[at + i], at);
            at += consumed;
        }
        EndWord();
        if (_odd >= Odd) Undone |= Folded.LookAlikes;
        if (_tags >= Odd) Undone |= Folded.Tags;
        if ((shapes & TextShapes.Leet) != 0) UndoLeet();
        if ((shapes & TextShapes.Spaced) != 0) JoinSpaced();
        return _length;
    }

    private void Put(byte b, int from)
    {
        _map[_length] = (ushort)from;
        _output[_length++] = b;
    }

    private void Put(int rune, ReadOnlySpan<byte> utf8, int from)
    {
        var folded = Confusables.Fold(rune, out var kind);
        switch (kind)
        {
            case Confusables.Kind.Invisible:
                // Between letters it divides a word; elsewhere it shapes text (emoji, bidirectional marks).
                if (_length > 0 && char.IsAsciiLetter((char)_output[_length - 1])) _odd++;
                return;
            case Confusables.Kind.Tag:
                _tags++;
                break;
            case Confusables.Kind.OddLetter:
                _odd++;
                _wordHasLatin = true;
                break;
            case Confusables.Kind.Mark:
                EndWord();
                break;
            case Confusables.Kind.LookAlike:
                _wordHasLookAlike = true;
                break;
        }
        if (folded < 0x80)
        {
            Put((byte)folded, from);
            return;
        }
        // A lower-case letter of two bytes for an upper-case letter of two bytes.
        Span<byte> lower = stackalloc byte[4];
        var length = folded == rune ? Copy(utf8, lower) : new Rune(folded).EncodeToUtf8(lower);
        for (var i = 0; i < length; i++) Put(lower[i], from);

        static int Copy(ReadOnlySpan<byte> source, Span<byte> target)
        {
            source.CopyTo(target);
            return source.Length;
        }
    }

    // Look-alikes are Latin only in a word that has Latin letters: a Russian word is Russian.
    private void EndWord()
    {
        if (_wordHasLatin && _wordHasLookAlike)
        {
            var to = _wordStart;
            for (var at = _wordStart; at < _length;)
            {
                var from = _map[at];
                if (_output[at] < 0x80 || Rune.DecodeFromUtf8(_output[at.._length], out var rune, out var consumed) != OperationStatus.Done || Confusables.LookAlike(rune.Value) is not (not 0 and var latin))
                {
                    _output[to] = _output[at];
                    _map[to++] = from;
                    at++;
                    continue;
                }
                _output[to] = latin;
                _map[to++] = from;
                _odd++;
                at += consumed;
            }
            _length = to;
        }
        _wordStart = _length;
        _wordHasLatin = _wordHasLookAlike = false;
    }

    private void UndoLeet()
    {
        var undone = 0;
        for (var at = 0; at < _length;)
        {
            if (!char.IsAsciiLetterOrDigit((char)_output[at]))
            {
                at++;
                continue;
            }
            var end = at;
            int letters = 0, digits = 0;
            for (; end < _length && (char.IsAsciiLetterOrDigit((char)_output[end]) || _output[end] is (byte)'@' or (byte)'$'); end++)
            {
                if (char.IsAsciiLetter((char)_output[end])) letters++;
                else digits++;
            }
            // A word with a digit or three in place of letters; a longer mix is a key or a hash.
            if (digits > 0 && letters >= 2 && end - at <= 16)
            {
                for (var i = at; i < end; i++) undone += Unleet(ref _output[i]) ? 1 : 0;
            }
            at = end;
        }
        if (undone >= Odd) Undone |= Folded.Leet;
    }

    private static bool Unleet(ref byte b)
    {
        var letter = b switch
        {
            (byte)'0' => (byte)'o',
            (byte)'1' => (byte)'i',
            (byte)'3' => (byte)'e',
            (byte)'4' or (byte)'@' => (byte)'a',
            (byte)'5' or (byte)'$' => (byte)'s',
            (byte)'7' => (byte)'t',
            _ => (byte)0,
        };
        if (letter == 0) return false;
        b = letter;
        return true;
    }

    // "i g n o r e  a l l" becomes "ignore all"; where words are divided by no more than the letters are, the stems of the lexicon still find the first of them.
    private void JoinSpaced()
    {
        int to = 0, joined = 0;
        for (var at = 0; at < _length;)
        {
            var end = SpacedRun(at, out var letters);
            if (letters >= Odd)
            {
                for (; at < end; at += 2) Move(at, ref to);
                joined += letters;
                continue;
            }
            Move(at++, ref to);
        }
        _length = to;
        if (joined >= 2 * Odd) Undone |= Folded.Spaced;
    }

    private readonly void Move(int at, ref int to)
    {
        _output[to] = _output[at];
        _map[to++] = _map[at];
    }

    private readonly int SpacedRun(int at, out int letters)
    {
        letters = 0;
        if (at > 0 && char.IsAsciiLetterOrDigit((char)_output[at - 1])) return at;
        var divider = (byte)0;
        var end = at;
        for (; end < _length && char.IsAsciiLetter((char)_output[end]); end += 2)
        {
            letters++;
            if (end + 1 >= _length) return end + 1;
            var next = _output[end + 1];
            if (char.IsAsciiLetterOrDigit((char)next))
            {
                // The letter is the first of an ordinary word.
                letters--;
                return end;
            }
            if (next is not ((byte)' ' or (byte)'.' or (byte)'-' or (byte)'_' or (byte)'*' or (byte)'|' or (byte)'/')) return end + 1;
            if (divider == 0) divider = next;
            else if (next != divider) return end + 1;
        }
        return Math.Max(at, end - 1);
    }
}
