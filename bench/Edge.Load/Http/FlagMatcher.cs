namespace Edge.Load.Http;

/// <summary>
/// Looks for <c>"name" : true</c> in JSON that arrives in pieces of any size, without parsing it. Inside a JSON string every quote is escaped, so
/// the quoted name cannot be met there with its closing quote bare: only a real name (or a string value, which no colon follows) matches.
/// </summary>
internal struct FlagMatcher(byte[] quotedName)
{
    private const int SeekColon = -1;
    private const int SeekValue = -2;

    // >= 0: that many bytes of the quoted name have matched at the end of what was seen.
    private int _state;
    private int _valueMatched;

    /// <summary>The flag was there and true.</summary>
    public bool Found { get; private set; }

    public void Reset() => (_state, _valueMatched, Found) = (0, 0, false);

    public void Feed(ReadOnlySpan<byte> json)
    {
        while (!json.IsEmpty && !Found)
        {
            if (_state == 0)
            {
                // The name's own first byte is a quote, the commonest byte of JSON: search for the whole name, then for one cut by the end.
                var at = json.IndexOf(quotedName);
                if (at < 0)
                {
                    _state = TailMatch(json);
                    return;
                }
                json = json[(at + quotedName.Length)..];
                _state = SeekColon;
                continue;
            }
            Step(json[0]);
            json = json[1..];
        }
    }

    private void Step(byte b)
    {
        var white = b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
        if (_state == SeekColon)
        {
            if (!white)
                (_state, _valueMatched) = (b == ':' ? SeekValue : b == '"' ? 1 : 0, 0);
        }
        else if (_state == SeekValue)
        {
            if (white && _valueMatched == 0)
                return;
            if (b != "true"u8[_valueMatched])
                _state = b == '"' ? 1 : 0;
            else if (++_valueMatched == 4)
                Found = true;
        }
        else if (b == quotedName[_state])
        {
            if (++_state == quotedName.Length)
                _state = SeekColon;
        }
        else
            // The only proper prefix of the name that is also a suffix of what matched is its opening quote.
            _state = b == '"' ? 1 : 0;
    }

    private readonly int TailMatch(ReadOnlySpan<byte> json)
    {
        for (var length = Math.Min(quotedName.Length - 1, json.Length); length > 0; length--)
            if (json[^length..].SequenceEqual(quotedName.AsSpan(0, length)))
                return length;
        return 0;
    }
}
