using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Edge.Simd.Json;

namespace Edge.Providers.Json;

/// <summary>
/// A value of an indexed JSON text: a view, nothing is copied. Reading a value as another kind than it is returns false or an empty result, never throws.
/// </summary>
public readonly ref struct JsonValue
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly ReadOnlySpan<JsonToken> _tokens;

    /// <param name="json">The text that was indexed.</param>
    /// <param name="tokens">Its index.</param>
    /// <param name="index">The value's token.</param>
    public JsonValue(ReadOnlySpan<byte> json, ReadOnlySpan<JsonToken> tokens, int index = 0)
    {
        _json = json;
        _tokens = tokens;
        Index = index;
    }

    /// <summary>The value's place among the tokens.</summary>
    public int Index { get; }

    public JsonToken Token => _tokens.IsEmpty ? default : _tokens[Index];

    /// <summary>None for a default value (an absent member).</summary>
    public JsonKind Kind => _tokens.IsEmpty ? JsonKind.None : _tokens[Index].Kind;

    /// <summary>Absent or null.</summary>
    public bool IsNullOrAbsent => Kind is JsonKind.None or JsonKind.Null;

    /// <summary>The value's own bytes, quotes and brackets included.</summary>
    public ReadOnlySpan<byte> Raw => _tokens.IsEmpty ? default : _json[Token.Begin..Token.End];

    /// <summary>The bytes between a string's quotes, escapes left as they are; empty for any other kind.</summary>
    public ReadOnlySpan<byte> RawText => Kind == JsonKind.String ? _json.Slice(Token.Start, Token.Length) : default;

    /// <summary>A string as it stands in the text. Empty and unescaped for any other kind.</summary>
    public JsonText Text => new(RawText, Kind == JsonKind.String && Token.Escaped);

    /// <summary>It is a string that says <paramref name="text"/>, escapes resolved.</summary>
    public bool IsString(ReadOnlySpan<byte> text) => Kind == JsonKind.String && Text.Is(text);

    /// <summary>A string's text; null for any other kind. Allocates.</summary>
    public string? GetString() => Kind == JsonKind.String ? Text.ToString() : null;

    public bool TryGetBoolean(out bool value)
    {
        value = Kind == JsonKind.True;
        return Kind is JsonKind.True or JsonKind.False;
    }

    /// <summary>A number without fraction or exponent that fits; <c>1.0</c> and <c>1e3</c> are not such.</summary>
    public bool TryGetInt64(out long value)
    {
        value = 0;
        return Kind == JsonKind.Number && Utf8Parser.TryParse(Raw, out value, out var used) && used == Raw.Length;
    }

    public bool TryGetDouble(out double value)
    {
        value = 0;
        return Kind == JsonKind.Number && double.TryParse(Raw, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    /// <summary>The first member of that name; a default value (Kind None) where there is none or this is no object.</summary>
    public JsonValue this[ReadOnlySpan<byte> name]
    {
        get
        {
            foreach (var member in Members)
            {
                if (member.Name.Is(name)) return member.Value;
            }
            return default;
        }
    }

    /// <summary>The members of an object, in order; none for any other kind.</summary>
    public MemberEnumerator Members => new(this);

    /// <summary>The elements of an array, in order; none for any other kind.</summary>
    public ElementEnumerator Elements => new(this);

    public override string ToString() => Encoding.UTF8.GetString(Raw);

    /// <summary>One member of an object.</summary>
    public readonly ref struct Member
    {
        internal Member(JsonValue name, JsonValue value)
        {
            Name = name.Text;
            Value = value;
            NameToken = name.Token;
        }

        public JsonText Name { get; }

        public JsonToken NameToken { get; }

        public JsonValue Value { get; }
    }

    public ref struct MemberEnumerator
    {
        private readonly JsonValue _object;
        private readonly int _end;
        private int _next;
        private int _at;

        internal MemberEnumerator(JsonValue value)
        {
            _object = value;
            _next = value.Index + 1;
            _end = value.Kind == JsonKind.Object ? value.Token.Next : 0;
        }

        public readonly MemberEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next >= _end) return false;
            _at = _next;
            _next = _object._tokens[_at + 1].Next;
            return true;
        }

        public readonly Member Current => new(new(_object._json, _object._tokens, _at), new(_object._json, _object._tokens, _at + 1));
    }

    public ref struct ElementEnumerator
    {
        private readonly JsonValue _array;
        private readonly int _end;
        private int _next;
        private int _at;

        internal ElementEnumerator(JsonValue value)
        {
            _array = value;
            _next = value.Index + 1;
            _end = value.Kind == JsonKind.Array ? value.Token.Next : 0;
        }

        public readonly ElementEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next >= _end) return false;
            _at = _next;
            _next = _array._tokens[_at].Next;
            return true;
        }

        public readonly JsonValue Current => new(_array._json, _array._tokens, _at);
    }
}
