using System.Buffers;
using System.Buffers.Binary;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Cache;

/// <summary>
/// Writes JSON in a form in which what means the same is the same: members by name, strings without escapes, numbers without their ways of being written, no white space. Every value begins with what it is
/// and how long it is, so that no two different texts have one form.
/// </summary>
/// <remarks>
/// Members are sorted and not added up: sums of hashes of members that an attacker may choose can be made to collide with far less work than the hash itself.
/// </remarks>
internal sealed class CanonicalJson : IComparer<int>
{
    // Beyond this a sort that compares all with all would be the attacker's.
    private const int FewMembers = 16;

    private ReadOnlyMemory<byte> _json;
    private JsonIndex _index = null!;
    private PooledBuffer _output = null!;
    private int _hole;

    /// <summary>Writes a value.</summary>
    /// <param name="json">The text.</param>
    /// <param name="index">Its index.</param>
    /// <param name="output">Takes the form.</param>
    /// <param name="leaves">Of the root's members, which are left out; null = none.</param>
    /// <param name="hole">The token of a value in whose place stands a mark that no value has; -1 = none.</param>
    public void Write(ReadOnlyMemory<byte> json, JsonIndex index, PooledBuffer output, Func<JsonText, bool>? leaves = null, int hole = -1)
    {
        (_json, _index, _output, _hole) = (json, index, output, hole);
        Write(0, leaves);
        (_json, _index, _output) = (default, null!, null!);
    }

    /// <summary>By name; members of one name in the order in which they stand.</summary>
    int IComparer<int>.Compare(int x, int y)
    {
        var order = NameOf(x, out var escapedX).SequenceCompareTo(NameOf(y, out var escapedY));
        if (escapedX || escapedY) order = CompareEscaped(x, y);
        return order != 0 ? order : x.CompareTo(y);
    }

    private ReadOnlySpan<byte> NameOf(int token, out bool isEscaped)
    {
        ref readonly var name = ref _index.Tokens[token];
        isEscaped = name.Escaped;
        return _json.Span.Slice(name.Start, name.Length);
    }

    private int CompareEscaped(int x, int y)
    {
        var one = Text(x);
        var other = Text(y);
        var room = ArrayPool<byte>.Shared.Rent(one.Bytes.Length + other.Bytes.Length);
        var length = one.Unescape(room);
        var order = room.AsSpan(0, length).SequenceCompareTo(room.AsSpan(length, other.Unescape(room.AsSpan(length))));
        ArrayPool<byte>.Shared.Return(room);
        return order;
    }

    private JsonText Text(int token)
    {
        ref readonly var text = ref _index.Tokens[token];
        return new(_json.Span.Slice(text.Start, text.Length), text.Escaped);
    }

    private void Write(int at, Func<JsonText, bool>? leaves)
    {
        if (at == _hole)
        {
            Byte((byte)'?');
            return;
        }
        ref readonly var token = ref _index.Tokens[at];
        switch (token.Kind)
        {
            case JsonKind.Object:
                WriteObject(at, token.Next, leaves);
                break;
            case JsonKind.Array:
                WriteArray(at, token.Next);
                break;
            case JsonKind.String:
                WriteString(at);
                break;
            case JsonKind.Number:
                WriteNumber(_json.Span.Slice(token.Start, token.Length));
                break;
            default:
                Byte((byte)token.Kind);
                break;
        }
    }

    private void WriteObject(int at, int end, Func<JsonText, bool>? leaves)
    {
        var count = 0;
        for (var name = at + 1; name < end; name = _index.Tokens[name + 1].Next)
        {
            if (leaves is null || !leaves(Text(name))) count++;
        }
        Head((byte)'{', count);
        int[]? rented = null;
        var names = count <= FewMembers ? stackalloc int[FewMembers] : rented = ArrayPool<int>.Shared.Rent(count);
        names = names[..count];
        var next = 0;
        for (var name = at + 1; name < end; name = _index.Tokens[name + 1].Next)
        {
            if (leaves is null || !leaves(Text(name))) names[next++] = name;
        }
        Sort(names);
        foreach (var name in names)
        {
            WriteString(name);
            Write(name + 1, null);
        }
        if (rented is not null) ArrayPool<int>.Shared.Return(rented);
    }

    private void Sort(Span<int> names)
    {
        if (names.Length > FewMembers)
        {
            names.Sort(this);
            return;
        }
        IComparer<int> order = this;
        for (var i = 1; i < names.Length; i++)
        {
            var name = names[i];
            var to = i;
            for (; to > 0 && order.Compare(names[to - 1], name) > 0; to--) names[to] = names[to - 1];
            names[to] = name;
        }
    }

    private void WriteArray(int at, int end)
    {
        var count = 0;
        for (var element = at + 1; element < end; element = _index.Tokens[element].Next) count++;
        Head((byte)'[', count);
        for (var element = at + 1; element < end; element = _index.Tokens[element].Next) Write(element, null);
    }

    private void WriteString(int at)
    {
        var text = Text(at);
        // Half a surrogate pair has no UTF-8: it would become what other broken text becomes, so it stays as it is written.
        if (!text.IsEscaped || MayBeBroken(text.Bytes))
        {
            Head(text.IsEscaped ? (byte)'\'' : (byte)'"', text.Bytes.Length);
            _output.Append(text.Bytes);
            return;
        }
        var room = _output.GetSpan(5 + text.Bytes.Length);
        var length = text.Unescape(room[5..]);
        room[0] = (byte)'"';
        BinaryPrimitives.WriteInt32LittleEndian(room[1..], length);
        _output.Advance(5 + length);
    }

    // Any escape of a surrogate: whole pairs are seldom written so (an emoji by an encoder that keeps to ASCII), and then only the same spelling hits.
    private static bool MayBeBroken(ReadOnlySpan<byte> escaped) => escaped.IndexOf("\\ud"u8) >= 0 || escaped.IndexOf("\\uD"u8) >= 0;

    // As digits without zeros at their ends, and the power of ten of the last: 1, 1.0, 10e-1 and 0.1E1 are one number.
    private void WriteNumber(ReadOnlySpan<byte> number)
    {
        var isNegative = number[0] == '-';
        if (isNegative) number = number[1..];
        var e = number.IndexOfAny((byte)'e', (byte)'E');
        long exponent = 0;
        if (e >= 0)
        {
            var digits = number[(e + 1)..];
            var isSmall = digits[0] == '-';
            if (digits[0] is (byte)'-' or (byte)'+') digits = digits[1..];
            digits = digits.TrimStart((byte)'0');
            // Nobody means it; but it must not be what another number is.
            if (digits.Length > 15)
            {
                Head((byte)'~', number.Length + 1);
                Byte(isNegative ? (byte)'-' : (byte)'+');
                _output.Append(number);
                return;
            }
            foreach (var digit in digits) exponent = (exponent * 10) + (digit - '0');
            if (isSmall) exponent = -exponent;
            number = number[..e];
        }
        var point = number.IndexOf((byte)'.');
        var whole = point < 0 ? number : number[..point];
        var fraction = point < 0 ? default : number[(point + 1)..].TrimEnd((byte)'0');
        exponent -= fraction.Length;
        whole = whole.TrimStart((byte)'0');
        if (whole.IsEmpty) fraction = fraction.TrimStart((byte)'0');
        if (fraction.IsEmpty)
        {
            var trimmed = whole.TrimEnd((byte)'0');
            exponent += whole.Length - trimmed.Length;
            whole = trimmed;
        }
        if (whole.IsEmpty && fraction.IsEmpty) (exponent, isNegative) = (0, false);
        Head((byte)'#', whole.Length + fraction.Length);
        _output.Append(whole);
        _output.Append(fraction);
        var tail = _output.GetSpan(9);
        BinaryPrimitives.WriteInt64LittleEndian(tail, exponent);
        tail[8] = isNegative ? (byte)1 : (byte)0;
        _output.Advance(9);
    }

    private void Head(byte kind, int count)
    {
        var head = _output.GetSpan(5);
        head[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], count);
        _output.Advance(5);
    }

    private void Byte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }
}
