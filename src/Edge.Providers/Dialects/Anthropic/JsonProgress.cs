using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>Follows a JSON text that comes in fragments, to know when its root object or array is closed. It checks nothing else.</summary>
internal struct JsonProgress
{
    private int _depth;
    private bool _inString;
    private bool _isEscape;

    /// <summary>The root value is closed.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>More of the text.</summary>
    public void Feed(JsonText fragment)
    {
        var bytes = fragment.Bytes;
        var at = 0;
        while (at < bytes.Length && !IsComplete)
        {
            if (_inString && !_isEscape)
            {
                // A file's content may be one string of a megabyte.
                var plain = bytes[at..].IndexOfAny((byte)'\\', (byte)'"');
                if (plain < 0) return;
                at += plain;
            }
            Step(Next(bytes, fragment.IsEscaped, ref at));
        }
    }

    // The next character of the text, as far as it can matter: what is no structure is a letter.
    private static byte Next(ReadOnlySpan<byte> bytes, bool isEscaped, ref int at)
    {
        var b = bytes[at++];
        if (!isEscaped || b != '\\' || at >= bytes.Length) return b;
        b = bytes[at++];
        if (b != 'u') return b is (byte)'"' or (byte)'\\' ? b : (byte)' ';
        var digits = bytes.Slice(at, Math.Min(4, bytes.Length - at));
        at += digits.Length;
        var known = ushort.TryParse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var unit);
        return known && unit < 0x80 ? (byte)unit : (byte)'x';
    }

    private void Step(byte b)
    {
        if (_isEscape) _isEscape = false;
        else if (_inString)
        {
            if (b == '\\') _isEscape = true;
            else if (b == '"') _inString = false;
        }
        else if (b == '"') _inString = true;
        else if (b is (byte)'{' or (byte)'[') _depth++;
        else if (b is (byte)'}' or (byte)']') IsComplete = --_depth <= 0;
    }
}
