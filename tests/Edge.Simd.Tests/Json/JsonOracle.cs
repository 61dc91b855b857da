using System.Text.Json;
using System.Text.Unicode;
using Edge.Simd.Json;

namespace Edge.Simd.Tests.Json;

/// <summary>What System.Text.Json's strict reader says of a text, and whether an index of it says the same.</summary>
public static class JsonOracle
{
    /// <summary>The reader checks the grammar but not the UTF-8 inside strings, so that is asked apart.</summary>
    public static bool Accepts(ReadOnlySpan<byte> json, int maxDepth)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
            while (reader.Read()) { }
            return Utf8.IsValid(json);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Null where the index of a valid text agrees with the reader in every token, else the first difference.</summary>
    public static string? FirstDifference(ReadOnlySpan<byte> json, ReadOnlySpan<JsonToken> tokens)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1000 });
        var open = new Stack<int>();
        var count = 0;
        while (reader.Read())
        {
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                var container = tokens[open.Pop()];
                if (container.End != start + 1) return $"container at {container.Start} ends at {container.End}, not {start + 1}";
                if (container.Next != count) return $"container at {container.Start} is followed by token {container.Next}, not {count}";
                continue;
            }
            if (count == tokens.Length) return $"{count} tokens are too few";
            var token = tokens[count];
            var kind = reader.TokenType switch
            {
                JsonTokenType.StartObject => JsonKind.Object,
                JsonTokenType.StartArray => JsonKind.Array,
                JsonTokenType.PropertyName or JsonTokenType.String => JsonKind.String,
                JsonTokenType.Number => JsonKind.Number,
                JsonTokenType.True => JsonKind.True,
                JsonTokenType.False => JsonKind.False,
                _ => JsonKind.Null,
            };
            if (token.Kind != kind) return $"token {count} is {token.Kind}, not {kind}";
            if (token.Begin != start) return $"token {count} begins at {token.Begin}, not {start}";
            if (token.IsName != (reader.TokenType == JsonTokenType.PropertyName)) return $"token {count}: IsName is {token.IsName}";
            if (kind is JsonKind.Object or JsonKind.Array)
            {
                if (token.Start != start) return $"token {count} starts at {token.Start}, not {start}";
                open.Push(count++);
                continue;
            }
            var quote = kind == JsonKind.String ? 1 : 0;
            if (token.Start != start + quote) return $"token {count} starts at {token.Start}, not {start + quote}";
            if (token.Length != reader.ValueSpan.Length) return $"token {count} has {token.Length} bytes, not {reader.ValueSpan.Length}";
            if (token.End != token.Start + token.Length + quote) return $"token {count} ends at {token.End}";
            if (token.Escaped != reader.ValueIsEscaped) return $"token {count}: Escaped is {token.Escaped}";
            if (token.Next != ++count) return $"token {count - 1} is followed by {token.Next}";
        }
        return count == tokens.Length ? null : $"{tokens.Length} tokens instead of {count}";
    }
}
