using System.Buffers.Binary;
using System.Text;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers.Json;
using Microsoft.Extensions.Primitives;

namespace Edge.Ledger;

/// <summary>
/// What the ledger wants to know of a request's head and body, taken while they are there: the body is given back long before the request ends. Pooled with its context; where there are no
/// tags nothing is parsed. Tags are bounded in number and size, and a value is text on one line.
/// </summary>
public sealed class RequestNotes : IDisposable
{
    public const string TagsHeader = "x-edge-tags";

    internal const int MaxName = 64;
    internal const int MaxValue = 256;
    internal const int MaxBytes = 8192;

    private readonly PooledBuffer _tags = new();
    private readonly PooledBuffer _model = new();
    private bool _hasHead;

    /// <summary>The model's name as the client wrote it, as the inside of a JSON string; empty = the request names none.</summary>
    public ReadOnlySpan<byte> Model => _model.Span;

    public int Count { get; private set; }

    /// <summary>Tags that were left out.</summary>
    public int Dropped { get; private set; }

    /// <summary>The tags one after another, each a length in two bytes and the name, a length in two bytes and the value.</summary>
    internal ReadOnlySpan<byte> Packed => _tags.Span;

    /// <summary>With the body as it may be shown: after the guard.</summary>
    public void TakeBody(RequestContext context, LedgerConfig config)
    {
        TakeModel(context);
        TakeHead(context, config);
        if (context.Body.Length == 0 || context.Index.Tokens.IsEmpty) return;
        var root = new JsonValue(context.Body.Span, context.Index.Tokens);
        if (root.Kind != Simd.Json.JsonKind.Object) return;
        for (var i = 0; i < config.TagsFrom.Count; i++)
        {
            switch (config.TagsFrom[i])
            {
                case TagSource.Metadata when root["metadata"u8] is { Kind: Simd.Json.JsonKind.Object } metadata:
                    foreach (var member in metadata.Members)
                    {
                        if (Count >= config.MaxTags)
                        {
                            // Not counted further: whoever sends a hundred thousand pays for none of them.
                            Dropped++;
                            break;
                        }
                        if (member.Value.Kind == Simd.Json.JsonKind.String) Add(member.Name, member.Value.Text, config.MaxTags);
                        else if (member.Value.Kind is Simd.Json.JsonKind.Number or Simd.Json.JsonKind.True or Simd.Json.JsonKind.False) Add(member.Name, JsonText.Plain(member.Value.Raw), config.MaxTags);
                        else Dropped++;
                    }
                    break;
                case TagSource.User when root["user"u8] is { Kind: Simd.Json.JsonKind.String } user:
                    Add(JsonText.Plain("user"u8), user.Text, config.MaxTags);
                    break;
            }
        }
    }

    /// <summary>Of a request whose body is not looked into, or was refused before it was.</summary>
    public void TakeHead(RequestContext context, LedgerConfig config)
    {
        if (_hasHead) return;
        _hasHead = true;
        for (var i = 0; i < config.TagsFrom.Count; i++)
        {
            if (config.TagsFrom[i] == TagSource.Header && context.Request.Headers.TryGetValue(TagsHeader, out var values)) Add(values, config.MaxTags);
        }
    }

    internal void TakeModel(RequestContext context)
    {
        if (_model.Length > 0) return;
        var token = context.Fields.Model;
        if (token.Length > 0 && token.Start + token.Length <= context.Body.Length) _model.Append(context.Body.Span.Slice(token.Start, token.Length));
    }

    public void Clear()
    {
        _tags.Clear();
        _model.Clear();
        _hasHead = false;
        Count = Dropped = 0;
    }

    public void Dispose() => Clear();

    /// <summary>Reads packed tags; a name that stands twice counts once, the first time.</summary>
    internal static List<KeyValuePair<string, string>> Unpack(ReadOnlySpan<byte> packed)
    {
        var tags = new List<KeyValuePair<string, string>>();
        while (TryNext(ref packed, out var name, out var value)) tags.Add(new(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value)));
        return tags;
    }

    private void Add(StringValues values, int most)
    {
        Span<byte> name = stackalloc byte[MaxName];
        Span<byte> text = stackalloc byte[MaxValue];
        for (var i = 0; i < values.Count; i++)
        {
            var rest = values[i].AsSpan();
            while (!rest.IsEmpty)
            {
                var comma = rest.IndexOf(',');
                var pair = (comma < 0 ? rest : rest[..comma]).Trim();
                rest = comma < 0 ? default : rest[(comma + 1)..];
                if (pair.IsEmpty) continue;
                var equals = pair.IndexOf('=');
                if (equals <= 0
                    || !Encoding.UTF8.TryGetBytes(pair[..equals].Trim(), name, out var nameBytes)
                    || !Encoding.UTF8.TryGetBytes(pair[(equals + 1)..].Trim(), text, out var valueBytes))
                {
                    Dropped++;
                    continue;
                }
                Add(name[..nameBytes], text[..valueBytes], most);
            }
        }
    }

    private void Add(JsonText name, JsonText value, int most)
    {
        Span<byte> plainName = stackalloc byte[MaxName * 6];
        Span<byte> plainValue = stackalloc byte[MaxValue * 6];
        // An escape is six bytes at most for one of the text's.
        if (name.Bytes.Length > plainName.Length || value.Bytes.Length > plainValue.Length)
        {
            Dropped++;
            return;
        }
        Add(plainName[..name.Unescape(plainName)], plainValue[..value.Unescape(plainValue)], most);
    }

    private void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int most)
    {
        if (IsKnown(name)) return;
        if (Count >= most || !IsName(name) || !IsValue(value) || _tags.Length + name.Length + value.Length + 4 > MaxBytes)
        {
            Dropped++;
            return;
        }
        Append(name);
        Append(value);
        Count++;
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        _tags.Append(length);
        _tags.Append(text);
    }

    private bool IsKnown(ReadOnlySpan<byte> name)
    {
        var packed = _tags.Span;
        while (TryNext(ref packed, out var known, out _))
        {
            if (known.SequenceEqual(name)) return true;
        }
        return false;
    }

    private static bool TryNext(ref ReadOnlySpan<byte> packed, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        return TryText(ref packed, out name) && TryText(ref packed, out value);
    }

    private static bool TryText(ref ReadOnlySpan<byte> packed, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (packed.Length < 2 || BinaryPrimitives.ReadUInt16LittleEndian(packed) is var length && packed.Length < 2 + length) return false;
        text = packed.Slice(2, length);
        packed = packed[(2 + length)..];
        return true;
    }

    // Names stand in queries (tag:project), in columns of reports and in lists that commas part.
    private static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxName) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'_' or (byte)'-' or (byte)'.')) return false;
        }
        return true;
    }

    private static bool IsValue(ReadOnlySpan<byte> value) =>
        value.Length is > 0 and <= MaxValue && value.IndexOfAnyInRange((byte)0, (byte)0x1f) < 0 && !value.Contains((byte)0x7f) && System.Text.Unicode.Utf8.IsValid(value);
}
