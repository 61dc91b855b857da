namespace Edge.Guard;

/// <summary>
/// Cuts ranges of a JSON text into what can be replaced without breaking it: the inside of a string, or a whole number. The ranges must come in order. The text need not be
/// valid: a model may have written it.
/// </summary>
internal ref struct JsonPieces
{
    private readonly ReadOnlySpan<byte> _json;
    private int _at, _end;
    private int _start;
    private bool _inString;

    public JsonPieces(ReadOnlySpan<byte> json) => _json = json;

    public void Begin(int start, int end)
    {
        _start = start;
        _end = end;
    }

    /// <summary>The next piece of the range.</summary>
    /// <param name="from">Its first byte.</param>
    /// <param name="to">The byte behind it.</param>
    /// <param name="isString">It is the inside of a string; else a number or a word.</param>
    public bool Next(out int from, out int to, out bool isString)
    {
        while (_at < _json.Length && _at < _end)
        {
            if (_inString)
            {
                var close = ClosingQuote(_at);
                (from, to, isString) = (Math.Max(_at, _start), Math.Min(close, _end), true);
                if (close >= _end)
                {
                    _at = Math.Max(_at, _end);
                    if (from < to) return true;
                    break;
                }
                _at = close + 1;
                _inString = false;
                if (from < to) return true;
            }
            else if (_json[_at] == '"')
            {
                _inString = true;
                _at++;
            }
            else if (IsScalar(_json[_at]))
            {
                from = _at;
                while (_at < _json.Length && IsScalar(_json[_at])) _at++;
                (to, isString) = (_at, false);
                if (to > _start) return true;
            }
            else
            {
                _at++;
            }
        }
        (from, to, isString) = (0, 0, false);
        return false;
    }

    private readonly int ClosingQuote(int at)
    {
        while (at < _json.Length && _json[at] != '"') at += _json[at] == '\\' ? 2 : 1;
        return Math.Min(at, _json.Length);
    }

    private static bool IsScalar(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'+' or (byte)'.';
}
