using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using Edge.Simd.Text;

namespace Edge.Simd.Json;

/// <summary>
/// The index of one JSON text (RFC 8259, UTF-8, strict): where each value stands, how long it is and where the next one begins, made in one pass.
/// It is not a DOM: nothing is copied or unescaped, the text's own bytes stay the truth. Reusable; its memory is pooled.
/// </summary>
public sealed class JsonIndex : IDisposable
{
    private JsonToken[] _tokens = [];
    private int _count;

    /// <summary>The tokens in document order; the first is the root value. Empty after a failed Build.</summary>
    public ReadOnlySpan<JsonToken> Tokens => _tokens.AsSpan(0, _count);

    /// <summary>Indexes <paramref name="json"/>.</summary>
    /// <param name="json">The whole text; at most 2^31-1 bytes.</param>
    /// <param name="maxDepth">Objects and arrays inside each other at most; the root container counts as 1. 1..512.</param>
    /// <param name="maxTokens">Values and member names at most: each costs 16 bytes here, however short it is in the text.</param>
    /// <param name="error">What was wrong first, and where.</param>
    /// <returns>False where the text is not valid; then there are no tokens.</returns>
    public bool TryBuild(ReadOnlySpan<byte> json, int maxDepth, int maxTokens, out JsonIndexError error)
    {
        _count = 0;
        error = Build(json, maxDepth, maxTokens);
        if (error.Kind == JsonErrorKind.None && !Utf8Validation.IsValid(json)) error = new(JsonErrorKind.InvalidUtf8, FirstInvalidUtf8(json));
        if (error.Kind == JsonErrorKind.None) return true;
        _count = 0;
        return false;
    }

    /// <summary>Forgets the text; keeps a small token array for the next one and returns a large one to the pool.</summary>
    public void Clear()
    {
        _count = 0;
        if (_tokens.Length > KeepTokens) Release();
    }

    public void Dispose()
    {
        _count = 0;
        Release();
    }

    private const int KeepTokens = 1024;

    private void Release()
    {
        if (_tokens.Length == 0) return;
        ArrayPool<JsonToken>.Shared.Return(_tokens);
        _tokens = [];
    }

    // A container's Next holds its parent's index while it is open, so that the nesting needs no stack beside the tokens.
    private JsonIndexError Build(ReadOnlySpan<byte> json, int maxDepth, int maxTokens)
    {
        var at = SkipSpace(json, 0);
        if (at == json.Length) return new(JsonErrorKind.Empty, at);
        var open = -1;
        var depth = 0;
        while (true)
        {
            // Value: at stands on its first byte.
            if (_count >= maxTokens) return new(JsonErrorKind.TooManyValues, at);
            var b = json[at];
            switch (b)
            {
                case (byte)'{':
                case (byte)'[':
                    if (++depth > maxDepth) return new(JsonErrorKind.TooDeep, at);
                    Add(at, 0, b == '{' ? JsonKind.Object : JsonKind.Array).Next = open;
                    open = _count - 1;
                    at = SkipSpace(json, at + 1);
                    if (at == json.Length) return new(JsonErrorKind.Truncated, at);
                    if (json[at] == (b == '{' ? '}' : ']')) break;
                    if (b == '[') continue;
                    var nameError = Name(json, ref at, maxTokens);
                    if (nameError.Kind != JsonErrorKind.None) return nameError;
                    continue;
                case (byte)'"':
                    var stringError = String(json, ref at, isName: false);
                    if (stringError.Kind != JsonErrorKind.None) return stringError;
                    break;
                case (byte)'t':
                    if (!Literal(json, ref at, "true"u8, JsonKind.True)) return BadLiteral(json, at, "true"u8);
                    break;
                case (byte)'f':
                    if (!Literal(json, ref at, "false"u8, JsonKind.False)) return BadLiteral(json, at, "false"u8);
                    break;
                case (byte)'n':
                    if (!Literal(json, ref at, "null"u8, JsonKind.Null)) return BadLiteral(json, at, "null"u8);
                    break;
                case (byte)'-':
                case >= (byte)'0' and <= (byte)'9':
                    var numberError = Number(json, ref at);
                    if (numberError.Kind != JsonErrorKind.None) return numberError;
                    break;
                default:
                    return new(JsonErrorKind.UnexpectedByte, at);
            }

            // Behind a value (or on the closing bracket of an empty container): close what closes, then a comma or the end.
            while (true)
            {
                if (open < 0)
                {
                    at = SkipSpace(json, at);
                    return at == json.Length ? default : new(JsonErrorKind.TrailingData, at);
                }
                at = SkipSpace(json, at);
                if (at == json.Length) return new(JsonErrorKind.Truncated, at);
                ref var parent = ref _tokens[open];
                b = json[at];
                var isObject = parent.Kind == JsonKind.Object;
                if (b == (isObject ? '}' : ']'))
                {
                    at++;
                    depth--;
                    open = parent.Next;
                    parent.Length = at - parent.Start;
                    parent.Next = _count;
                    continue;
                }
                if (b != ',') return new(JsonErrorKind.UnexpectedByte, at);
                at = SkipSpace(json, at + 1);
                if (at == json.Length) return new(JsonErrorKind.Truncated, at);
                if (isObject)
                {
                    var nameError = Name(json, ref at, maxTokens);
                    if (nameError.Kind != JsonErrorKind.None) return nameError;
                }
                break;
            }
        }
    }

    private JsonIndexError Name(ReadOnlySpan<byte> json, ref int at, int maxTokens)
    {
        if (json[at] != '"') return new(JsonErrorKind.UnexpectedByte, at);
        if (_count >= maxTokens) return new(JsonErrorKind.TooManyValues, at);
        var error = String(json, ref at, isName: true);
        if (error.Kind != JsonErrorKind.None) return error;
        at = SkipSpace(json, at);
        if (at == json.Length) return new(JsonErrorKind.Truncated, at);
        if (json[at] != ':') return new(JsonErrorKind.UnexpectedByte, at);
        at = SkipSpace(json, at + 1);
        return at == json.Length ? new(JsonErrorKind.Truncated, at) : default;
    }

    private JsonIndexError String(ReadOnlySpan<byte> json, ref int at, bool isName)
    {
        var start = at + 1;
        var i = start;
        var escaped = false;
        while (true)
        {
            // One mask serves all quotes and escapes of its block: source code as a prompt has an escape every few bytes, and a search of its own for each is what costs.
            var block = i;
            var blockEnd = i + JsonStrings.BlockSize;
            var mask = json.Length - i >= JsonStrings.BlockSize ? JsonStrings.BlockMask(json[i..]) : 0;
            if (mask == 0)
            {
                var skip = JsonStrings.IndexOfSpecial(json[i..]);
                if (skip < 0) return new(JsonErrorKind.Truncated, json.Length);
                block = i + skip;
                blockEnd = block + 1;
                mask = 1;
            }
            do
            {
                i = block + BitOperations.TrailingZeroCount(mask);
                var b = json[i];
                if (b == '"')
                {
                    Add(start, i - start, JsonKind.String, escaped, isName);
                    at = i + 1;
                    return default;
                }
                if (b != '\\') return new(JsonErrorKind.ControlCharacter, i);
                escaped = true;
                var length = EscapeLength(json, i);
                if (length <= 0) return BadEscape(json, i, -length);
                i += length;
                // A shift by the block's size or more would wrap around, so an escape that leaves the block ends it.
                mask = i < blockEnd ? mask & (uint.MaxValue << (i - block)) : 0;
            }
            while (mask != 0);
            i = Math.Max(i, blockEnd);
        }
    }

    // escape = "\" ( %x22 / "\" / "/" / "b" / "f" / "n" / "r" / "t" / "u" 4HEXDIG ). Bytes of the valid one at that place, else minus the place inside it that is wrong.
    private static int EscapeLength(ReadOnlySpan<byte> json, int at)
    {
        if (at + 1 >= json.Length) return -1;
        var kind = json[at + 1];
        if (kind is (byte)'"' or (byte)'n' or (byte)'\\' or (byte)'t' or (byte)'/' or (byte)'r' or (byte)'b' or (byte)'f') return 2;
        if (kind != 'u') return 0;
        for (var d = 2; d < 6; d++)
        {
            if (at + d >= json.Length || !char.IsAsciiHexDigit((char)json[at + d])) return -d;
        }
        return 6;
    }

    private static JsonIndexError BadEscape(ReadOnlySpan<byte> json, int at, int inside) =>
        at + inside >= json.Length ? new(JsonErrorKind.Truncated, json.Length) : new(JsonErrorKind.InvalidEscape, at + inside);

    // number = [ "-" ] ( "0" / 1-9 *DIGIT ) [ "." 1*DIGIT ] [ ("e"/"E") ["+"/"-"] 1*DIGIT ]
    private JsonIndexError Number(ReadOnlySpan<byte> json, ref int at)
    {
        var i = at;
        if (json[i] == '-') i++;
        if (i < json.Length && json[i] == '0') i++;
        else if (!Digits(json, ref i)) return NumberEnd(json, i);
        if (i < json.Length && char.IsAsciiDigit((char)json[i])) return new(JsonErrorKind.InvalidNumber, i);
        if (i < json.Length && json[i] == '.')
        {
            i++;
            if (!Digits(json, ref i)) return NumberEnd(json, i);
        }
        if (i < json.Length && (json[i] | 0x20) == 'e')
        {
            i++;
            if (i < json.Length && json[i] is (byte)'+' or (byte)'-') i++;
            if (!Digits(json, ref i)) return NumberEnd(json, i);
        }
        Add(at, i - at, JsonKind.Number);
        at = i;
        return default;
    }

    private static JsonIndexError NumberEnd(ReadOnlySpan<byte> json, int at) =>
        new(at == json.Length ? JsonErrorKind.Truncated : JsonErrorKind.InvalidNumber, at);

    private static bool Digits(ReadOnlySpan<byte> json, ref int at)
    {
        var start = at;
        while (at < json.Length && char.IsAsciiDigit((char)json[at])) at++;
        return at > start;
    }

    private bool Literal(ReadOnlySpan<byte> json, ref int at, ReadOnlySpan<byte> literal, JsonKind kind)
    {
        if (!json[at..].StartsWith(literal)) return false;
        Add(at, literal.Length, kind);
        at += literal.Length;
        return true;
    }

    private static JsonIndexError BadLiteral(ReadOnlySpan<byte> json, int at, ReadOnlySpan<byte> literal) =>
        literal.StartsWith(json[at..]) ? new(JsonErrorKind.Truncated, json.Length) : new(JsonErrorKind.InvalidLiteral, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SkipSpace(ReadOnlySpan<byte> json, int at)
    {
        // Compact JSON has no white space at all, so the first comparison nearly always decides.
        while ((uint)at < (uint)json.Length && json[at] <= ' ' && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') at++;
        return at;
    }

    // Field by field into the array: a token built apart and copied there would be read back before its stores have left the store buffer.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref JsonToken Add(int start, int length, JsonKind kind, bool escaped = false, bool isName = false)
    {
        var tokens = _tokens;
        var index = _count;
        if ((uint)index >= (uint)tokens.Length) tokens = Grow();
        ref var token = ref tokens[index];
        token.Start = start;
        token.Length = length;
        token.Next = index + 1;
        token.Kind = kind;
        token.Escaped = escaped;
        token.IsName = isName;
        _count = index + 1;
        return ref token;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private JsonToken[] Grow()
    {
        var larger = ArrayPool<JsonToken>.Shared.Rent(Math.Max(128, _tokens.Length * 2));
        _tokens.AsSpan(0, _count).CopyTo(larger);
        Release();
        return _tokens = larger;
    }

    private static int FirstInvalidUtf8(ReadOnlySpan<byte> json)
    {
        var at = 0;
        while (at < json.Length)
        {
            if (System.Text.Rune.DecodeFromUtf8(json[at..], out _, out var used) != OperationStatus.Done) return at;
            at += used;
        }
        return at;
    }
}
