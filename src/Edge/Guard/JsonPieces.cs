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
                // No further than the range: what follows may be the rest of a megabyte, and there may be a range every few bytes.
                from = Math.Max(_at, _start);
                SkipString();
                (to, isString) = (Math.Min(_at, _end), true);
                if (_at < _json.Length && _json[_at] == '"')
                {
                    _at++;
                    _inString = false;
                }
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

    // To the closing quote, or to the first place at or behind the range's end that is not within an escape.
    private void SkipString()
    {
        while (_at < _json.Length && _at < _end && _json[_at] != '"') _at += _json[_at] == '\\' ? 2 : 1;
        _at = Math.Min(_at, _json.Length);
    }

    private static bool IsScalar(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'+' or (byte)'.';
}
