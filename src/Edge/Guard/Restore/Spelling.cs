using System.Buffers;

namespace Edge.Guard.Restore;

/// <summary>How far a text looks like a placeholder.</summary>
internal enum Likeness : byte
{
    /// <summary>It is none, whatever follows.</summary>
    None,

    /// <summary>The text ends inside what may be one: more of the name must follow.</summary>
    Begun,

    /// <summary>The text ends in a backslash, behind which more of the name or the closing bracket may follow.</summary>
    Escaping,

    /// <summary>The text ends inside the closing bracket: the name is whole.</summary>
    Closing,

    /// <summary>A whole one.</summary>
    Whole,
}

/// <summary>How a model or a provider wrote the brackets; the value is written likewise.</summary>
internal enum SpellingStyle : byte
{
    Plain,

    /// <summary><c>&amp;lt;EMAIL_1&amp;gt;</c></summary>
    Html,

    /// <summary><c>%3CEMAIL_1%3E</c></summary>
    Percent,
}

/// <summary>
/// Reads a placeholder in any spelling that models and providers give it. Over the characters that a JSON string says (its own escapes resolved):
/// <code>
/// placeholder = open name close          ; in any case
///             / "[" word "]" / "{" word "}" / word
/// open  = *2slash "&lt;" / 1*2slash "u003c" / "&amp;lt;" / "%3c"
/// name  = 1*( ALPHA / DIGIT / *2slash "_" / "%5f" / " " / "-" )
/// close = *2slash ">" / 1*2slash "u003e" / "&amp;gt;" / "%3e"
/// word  = 1*( %x41-5A / DIGIT / *2slash "_" )
/// slash = "\"
/// </code>
/// <c>\u003c</c> is seen twice: as the string's own escape it is <c>&lt;</c>; inside its text it shows that the text is JSON in its turn, with two backslashes once more. <c>\&lt;</c> and <c>\_</c> are
/// Markdown's. Without its own brackets (<see cref="ReadLoose"/>) a word may be a name in code or in a template, so it counts only where nothing around it speaks for that.
/// </summary>
internal ref struct Spelling
{
    /// <summary>Every spelling of its own opening bracket begins with one of these.</summary>
    public static readonly SearchValues<byte> Openers = SearchValues.Create("<&%\\"u8);

    /// <summary>Every spelling begins with one of these.</summary>
    public static readonly SearchValues<byte> AllOpeners = SearchValues.Create("<&%\\[{ABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    /// <summary>Characters of a name with its number at most.</summary>
    public const int MaxName = 80;

    /// <summary>What a bracket and an underscore take at most, two backslashes before each (<c>\\\\\u003c</c>, <c>\\\\_</c>). What must be seen behind a word is less.</summary>
    public const int MaxBracket = 10, MaxUnderscore = 5;

    /// <summary>The most of a closing bracket that may be one or not: <c>\\\\u003</c>.</summary>
    public const int MaxClosing = 8;

    private const int End = -2, Other = -1;

    private readonly ReadOnlySpan<byte> _text;
    private readonly Span<byte> _name;
    private readonly bool _isEscaped;
    private int _at;

    /// <param name="text">Begins where a placeholder may.</param>
    /// <param name="isEscaped">The inside of a JSON string; else plain text.</param>
    /// <param name="name">Takes the name: <see cref="MaxName"/> bytes.</param>
    public Spelling(ReadOnlySpan<byte> text, bool isEscaped, Span<byte> name)
    {
        _text = text;
        _isEscaped = isEscaped;
        _name = name;
    }

    /// <summary>The name with its number so far, in upper case: <c>EMAIL_1</c>.</summary>
    public int NameLength { get; private set; }

    public readonly ReadOnlySpan<byte> Name => _name[..NameLength];

    /// <summary>Bytes that it takes, <see cref="Kept"/> included.</summary>
    public readonly int Length => _at;

    /// <summary>Bytes at its beginning that are not its own but the text's: backslashes before a bracket that nobody escaped (<c>C:\&lt;EMAIL_1></c>).</summary>
    public int Kept { get; private set; }

    /// <summary>How often JSON has escaped it, as its brackets show: 0 = they do not tell.</summary>
    public int Level { get; private set; }

    public SpellingStyle Style { get; private set; }

    /// <summary>Without the brackets of its own: see <see cref="ReadLoose"/>.</summary>
    public bool IsLoose { get; private set; }

    /// <summary>So far it is written as the vault writes it; <c>\u003c</c> as the string's own escape is no other spelling.</summary>
    public bool IsExact { get; private set; }

    /// <summary>Bytes to go on behind where it is none.</summary>
    public int Skip { get; private set; }

    /// <summary>Reads as far as it is one.</summary>
    public Likeness Read()
    {
        Skip = 1;
        IsExact = true;
        var opened = Open(out var slashes, out var slashBytes);
        if (opened != Likeness.Whole) return opened;
        while (true)
        {
            var c = Next(out var length);
            if (c == End) return Likeness.Begun;
            if (char.IsAsciiLetterOrDigit((char)c) && length == 1)
            {
                var isLower = c is >= 'a' and <= 'z';
                IsExact &= !isLower;
                if (!Add(isLower ? (byte)(c - 0x20) : (byte)c)) return Likeness.None;
                _at++;
                continue;
            }
            if (c is '_' or ' ' or '-')
            {
                IsExact &= c == '_';
                if (!Add((byte)'_')) return Likeness.None;
                _at += length;
                continue;
            }
            if (c == '%')
            {
                // An underscore within a name, or the end of it.
                IsExact = false;
                var underscore = Word("5f"u8, length);
                if (underscore == Likeness.Whole)
                {
                    if (!Add((byte)'_')) return Likeness.None;
                    continue;
                }
                var closed = Word("3e"u8, length);
                if (underscore != Likeness.None && closed != Likeness.None && closed != Likeness.Whole) return Likeness.Escaping;
                return underscore != Likeness.None ? Likeness.Begun : closed;
            }
            if (c == '\\')
            {
                IsExact = false;
                var more = Escape(length, slashes, slashBytes);
                if (more == Likeness.Begun) continue;
                return more;
            }
            return Close(c, length, slashes, slashBytes, escapes: 0);
        }
    }

    /// <summary>It is none, and what stands here is one character.</summary>
    public void Pass() => Skip = 1;

    /// <summary>Reads one without brackets of its own, or in others, which go with it but where Markdown makes a link of them. What stands before it is the caller's to judge.</summary>
    /// <param name="isLast">Nothing follows the text.</param>
    public Likeness ReadLoose(bool isLast)
    {
        Skip = 1;
        IsLoose = true;
        var bracket = _text[0] is (byte)'[' or (byte)'{' ? _text[0] : (byte)0;
        if (bracket != 0) _at = 1;
        while (true)
        {
            var c = Next(out var length);
            if (c == End) return isLast && bracket == 0 ? Likeness.Whole : isLast ? Likeness.None : Likeness.Begun;
            if (length == 1 && (char.IsAsciiLetterUpper((char)c) || char.IsAsciiDigit((char)c)))
            {
                if (!Add((byte)c)) return Likeness.None;
                _at++;
                continue;
            }
            if (c is '\\' or '_')
            {
                var (start, slashes) = (_at, 0);
                for (; c == '\\' && slashes < 3; slashes++)
                {
                    _at += length;
                    c = Next(out length);
                }
                if (c == '_' && slashes < 3)
                {
                    if (!Add((byte)'_')) return Likeness.None;
                    _at += length;
                    continue;
                }
                _at = start;
                if (c == End && !isLast) return Likeness.Escaping;
                c = '\\';
            }
            return bracket == 0 ? EndWord(c, isLast) : EndBracket(c, bracket, isLast);
        }
    }

    private Likeness EndBracket(int c, byte bracket, bool isLast)
    {
        if (c != bracket + 2) return Likeness.None;
        _at++;
        if (bracket == '{') return Likeness.Whole;
        var next = Next(out _);
        if (next == End && !isLast) return Likeness.Closing;
        if (next is not ('(' or '[')) return Likeness.Whole;
        // A link's text.
        Kept = 1;
        _at--;
        return Likeness.Whole;
    }

    // What stands behind a word must not make it the name of something: NAME =, "NAME":, NAME(, NAME[, NAME.x, NAME-x.
    private Likeness EndWord(int c, bool isLast)
    {
        if (c is '(' or '[' or '=' || char.IsAsciiLetterLower((char)Math.Max(c, 0))) return Likeness.None;
        var end = _at;
        var isQuoted = false;
        var first = c;
        for (var looked = 0; looked < 6; looked++)
        {
            c = Next(out var length);
            if (c == End) break;
            if (c == '=' || (c == ':' && isQuoted) || (looked == 1 && first is '.' or '-' && char.IsAsciiLetterOrDigit((char)Math.Max(c, 0)))) return Likeness.None;
            if (c is '"' or '\'' or '`' && !isQuoted) isQuoted = true;
            else if (c != '\\' && c != ' ' && !(looked == 0 && c is '.' or '-')) break;
            _at += length;
        }
        _at = end;
        return c == End && !isLast ? Likeness.Closing : Likeness.Whole;
    }

    private bool Add(byte b)
    {
        if (NameLength == MaxName) return false;
        _name[NameLength++] = b;
        return true;
    }

    private Likeness Open(out int slashes, out int slashBytes)
    {
        slashes = 0;
        var c = Next(out var length);
        while (c == '\\' && slashes < 4)
        {
            if (slashes++ == 0) Skip = length;
            _at += length;
            c = Next(out length);
        }
        slashBytes = _at;
        // A backslash before the bracket is the text's, unless the closing one has one, too.
        IsExact = c == '<' || (c == End && slashes == 0);
        if (slashes > 3) return Likeness.None;
        switch (c)
        {
            case End:
                return Likeness.Begun;
            case '<':
                if (slashes > 2) return Likeness.None;
                _at += length;
                Kept = slashBytes;
                // An escape of the string's own: it is one unit, and where it is none, half of it is nothing.
                if (slashes == 0) Skip = length;
                return Likeness.Whole;
            case 'u' when slashes > 0:
                // Three are one that the text escaped and the one of the escape.
                if (slashes == 3) Skip *= 2;
                var word = Word("003c"u8, 1);
                if (slashes == 3 && word == Likeness.Whole) return Likeness.None;
                Level = slashes + 1;
                return word == Likeness.Closing ? Likeness.Begun : word;
            case '&' when slashes == 0:
                Style = SpellingStyle.Html;
                Skip = length;
                return Word("lt;"u8, length) is var html && html == Likeness.Closing ? Likeness.Begun : html;
            case '%' when slashes == 0:
                Style = SpellingStyle.Percent;
                return Word("3c"u8, length) is var percent && percent == Likeness.Closing ? Likeness.Begun : percent;
            default:
                if (slashes == 0) Skip = Math.Max(length, 1);
                return Likeness.None;
        }
    }

    // Behind a backslash inside a name. Begun: the name goes on.
    private Likeness Escape(int length, int slashes, int slashBytes)
    {
        var escapes = 0;
        var c = (int)'\\';
        while (c == '\\')
        {
            if (++escapes > 2) return Likeness.None;
            _at += length;
            c = Next(out length);
        }
        if (c == End) return Likeness.Escaping;
        if (c == '_')
        {
            _at += length;
            return Add((byte)'_') ? Likeness.Begun : Likeness.None;
        }
        return c == 'u' ? Word("003e"u8, 1) : c == '>' ? Close(c, length, slashes, slashBytes, escapes) : Likeness.None;
    }

    private Likeness Close(int c, int length, int slashes, int slashBytes, int escapes)
    {
        if (c == '&')
        {
            IsExact = false;
            return Word("gt;"u8, length);
        }
        if (c != '>') return Likeness.None;
        _at += length;
        // Markdown escapes both brackets. A backslash before the first alone is a path's.
        if (escapes > 0 && slashes > 0) Kept = slashes > escapes ? slashBytes - (escapes * (slashBytes / slashes)) : 0;
        return Likeness.Whole;
    }

    // The rest of a bracket, behind its first character of that length. Only where it is whole is it taken.
    private Likeness Word(ReadOnlySpan<byte> rest, int length)
    {
        var at = _at + length;
        foreach (var b in rest)
        {
            if (at == _text.Length) return Likeness.Closing;
            if ((_text[at] | 0x20) != (b | 0x20)) return Likeness.None;
            at++;
        }
        _at = at;
        return Likeness.Whole;
    }

    // The next character of the text, and its bytes.
    private readonly int Next(out int length)
    {
        length = 0;
        if (_at >= _text.Length) return End;
        int b = _text[_at];
        length = 1;
        if (b != '\\' || !_isEscaped) return b;
        if (_at + 1 >= _text.Length) return End;
        length = 2;
        if (_text[_at + 1] != 'u') return _text[_at + 1] is (byte)'\\' or (byte)'"' ? _text[_at + 1] : Other;
        if (_at + 6 > _text.Length) return End;
        length = 6;
        // No other character of a placeholder is ever written so: servers that guard against HTML do it with these.
        var hex = _text.Slice(_at + 2, 4);
        if (hex[0] != '0' || hex[1] != '0') return Other;
        return (hex[2], hex[3] | 0x20) switch
        {
            ((byte)'3', 'c') => '<',
            ((byte)'3', 'e') => '>',
            ((byte)'2', '6') => '&',
            ((byte)'2', '2') => '"',
            ((byte)'2', '7') => '\'',
            ((byte)'6', '0') => '`',
            _ => Other,
        };
    }
}
