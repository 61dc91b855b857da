using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>What a JSON schema lacks for an API that enforces it.</summary>
[Flags]
internal enum SchemaNeeds : byte
{
    None = 0,

    /// <summary>An object must say that it has no other members than those it lists.</summary>
    Closing = 1,

    /// <summary>A bound that cannot be enforced must be said in the description.</summary>
    Moving = 2,

    /// <summary>Recursion, maps, and whatever else no rewriting makes enforceable.</summary>
    Impossible = 4,
}

/// <summary>What must be known of a JSON schema before it is sent. https://docs.claude.com/en/docs/build-with-claude/structured-outputs#json-schema-limitations</summary>
internal static class JsonSchemas
{
    private static readonly JsonReaderOptions _options = new() { MaxDepth = 512 };

    /// <summary>What is missing for Claude to enforce it.</summary>
    /// <param name="schema">A valid JSON object.</param>
    public static SchemaNeeds NeedsOf(ReadOnlySpan<byte> schema)
    {
        var reader = new Utf8JsonReader(schema, _options);
        reader.Read();
        var needs = Walk(ref reader, isSchema: true, out var refers);
        // More references than anyone writes by hand, and few enough to follow.
        var budget = 512;
        return (needs & SchemaNeeds.Impossible) == 0 && refers && !IsFinite(schema, schema, ref budget, depth: 0) ? needs | SchemaNeeds.Impossible : needs;
    }

    /// <summary>The schema as Claude takes it: objects closed, bounds that it does not enforce told in the description.</summary>
    /// <param name="schema">One whose needs are not impossible.</param>
    /// <param name="output">Takes it.</param>
    public static void Adapt(ReadOnlySpan<byte> schema, ByteBuffer output)
    {
        var json = new JsonOut(output, schema.Length + 64);
        var reader = new Utf8JsonReader(schema, _options);
        reader.Read();
        Write(ref json, schema, ref reader, isSchema: true);
        json.Flush();
    }

    /// <summary>A tool's schema as Claude takes it. One that cannot be enforced is refused with the mark; without it, it tells the model what is wanted.</summary>
    /// <param name="schema">A valid JSON object.</param>
    /// <param name="isEnforced">The schema is to be enforced; false afterwards where it cannot be.</param>
    /// <param name="isMoved">Bounds stand in descriptions now.</param>
    public static ReadOnlySpan<byte> OfTool(ReadOnlySpan<byte> schema, scoped ref bool isEnforced, out bool isMoved)
    {
        var needs = isEnforced ? NeedsOf(schema) : SchemaNeeds.None;
        isEnforced &= (needs & SchemaNeeds.Impossible) == 0;
        isMoved = (needs & SchemaNeeds.Moving) != 0;
        if (!isEnforced || needs == SchemaNeeds.None) return schema;
        var adapted = new ByteBuffer();
        Adapt(schema, adapted);
        return adapted.Span;
    }

    /// <summary>The schema's root says a type.</summary>
    /// <param name="schema">A valid JSON object.</param>
    public static bool HasType(ReadOnlySpan<byte> schema)
    {
        var reader = new Utf8JsonReader(schema, _options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("type"u8)) return true;
            reader.Skip();
        }
        return false;
    }

    // Inside "properties" and the like the members are names of fields and not keywords: a field may well be called "type".
    private static SchemaNeeds Walk(scoped ref Utf8JsonReader reader, bool isSchema, out bool refers)
    {
        refers = false;
        var needs = SchemaNeeds.None;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                needs |= Walk(ref reader, isSchema, out var inner);
                refers |= inner;
            }
            return needs;
        }
        if (reader.TokenType != JsonTokenType.StartObject) return needs;
        var (isObject, isShut, hasProperties) = (false, false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (schemas, inner) = (true, false);
            if (!isSchema)
            {
                reader.Read();
                needs |= Walk(ref reader, isSchema: true, out inner);
            }
            else if (reader.Is("type"u8))
            {
                reader.Read();
                isObject |= reader.TokenType == JsonTokenType.String ? reader.Is("object"u8) : Holds(ref reader);
            }
            else if (reader.Is("additionalProperties"u8))
            {
                reader.Read();
                isShut = reader.TokenType == JsonTokenType.False;
                if (!isShut) needs |= SchemaNeeds.Impossible;
                reader.Skip();
            }
            else if (reader.Is("$ref"u8))
            {
                reader.Read();
                refers = true;
                if (reader.TokenType != JsonTokenType.String) needs |= SchemaNeeds.Impossible;
                reader.Skip();
            }
            else if (reader.Is("enum"u8)) needs |= Enum(ref reader);
            else if (reader.Is("const"u8) || reader.Is("default"u8) || reader.Is("examples"u8)) reader.Skip();
            else if (IsBeyond(ref reader))
            {
                needs |= SchemaNeeds.Impossible;
                reader.Skip();
            }
            else if (IsBound(ref reader))
            {
                needs |= SchemaNeeds.Moving;
                reader.Skip();
            }
            else
            {
                var isProperties = reader.Is("properties"u8);
                (isObject, hasProperties) = (isObject | isProperties, hasProperties | isProperties);
                schemas = !HoldsFields(ref reader);
                reader.Read();
                needs |= Walk(ref reader, schemas, out inner);
            }
            refers |= inner;
        }
        // Shut, an object that lists nothing could only be empty: that is not what was meant.
        if (isObject && !isShut) needs |= hasProperties ? SchemaNeeds.Closing : SchemaNeeds.Impossible;
        return needs;
    }

    private static bool HoldsFields(scoped ref Utf8JsonReader reader) => reader.Is("properties"u8) || reader.Is("$defs"u8) || reader.Is("definitions"u8);

    private static bool IsBeyond(scoped ref Utf8JsonReader reader) =>
        reader.Is("oneOf"u8) || reader.Is("not"u8) || reader.Is("if"u8) || reader.Is("then"u8) || reader.Is("else"u8) || reader.Is("patternProperties"u8) || reader.Is("propertyNames"u8)
        || reader.Is("prefixItems"u8) || reader.Is("contains"u8) || reader.Is("dependentRequired"u8) || reader.Is("dependentSchemas"u8) || reader.Is("unevaluatedProperties"u8)
        || reader.Is("unevaluatedItems"u8) || reader.Is("$dynamicRef"u8);

    // Stands on the name and stays there: of two keywords the value decides.
    private static bool IsBound(scoped ref Utf8JsonReader reader)
    {
        if (reader.Is("minItems"u8))
        {
            var value = reader;
            return value.Read() && (value.TokenType != JsonTokenType.Number || !value.TryGetInt64(out var least) || least is < 0 or > 1);
        }
        if (reader.Is("format"u8))
        {
            var value = reader;
            return value.Read() && !(value.TokenType == JsonTokenType.String && IsFormat(ref value));
        }
        return reader.Is("minimum"u8) || reader.Is("maximum"u8) || reader.Is("exclusiveMinimum"u8) || reader.Is("exclusiveMaximum"u8) || reader.Is("multipleOf"u8) || reader.Is("minLength"u8)
            || reader.Is("maxLength"u8) || reader.Is("pattern"u8) || reader.Is("maxItems"u8) || reader.Is("uniqueItems"u8) || reader.Is("minProperties"u8) || reader.Is("maxProperties"u8);
    }

    private static bool IsFormat(scoped ref Utf8JsonReader value) =>
        value.Is("date-time"u8) || value.Is("time"u8) || value.Is("date"u8) || value.Is("duration"u8) || value.Is("email"u8) || value.Is("hostname"u8) || value.Is("uri"u8) || value.Is("ipv4"u8)
        || value.Is("ipv6"u8) || value.Is("uuid"u8);

    // Its values are plain ones.
    private static SchemaNeeds Enum(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return SchemaNeeds.Impossible;
        }
        var needs = SchemaNeeds.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) needs = SchemaNeeds.Impossible;
            reader.Skip();
        }
        return needs;
    }

    // Following every reference comes to an end.
    private static bool IsFinite(ReadOnlySpan<byte> schema, ReadOnlySpan<byte> root, ref int budget, int depth)
    {
        const int Deepest = 32;
        if (depth > Deepest) return false;
        var reader = new Utf8JsonReader(schema, _options);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !reader.Is("$ref"u8)) continue;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) continue;
            if (--budget < 0 || !TryResolve(reader.ValueSpan, root, out var target) || !IsFinite(target, root, ref budget, depth + 1)) return false;
        }
        return true;
    }

    // #/$defs/NAME or #/definitions/NAME; what points elsewhere, or is written with escapes, is not found.
    private static bool TryResolve(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> root, out ReadOnlySpan<byte> target)
    {
        target = default;
        var list = reference.StartsWith("#/$defs/"u8) ? "$defs"u8 : reference.StartsWith("#/definitions/"u8) ? "definitions"u8 : default;
        if (list.IsEmpty) return false;
        var name = reference[(list.Length + 3)..];
        var reader = new Utf8JsonReader(root, _options);
        reader.Read();
        return TryMember(root, ref reader, list, out var definitions) && TryMember(definitions, name, out target);
    }

    private static bool TryMember(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(json, _options);
        reader.Read();
        return TryMember(json, ref reader, name, out value);
    }

    private static bool TryMember(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueSpan.SequenceEqual(name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!found) continue;
            value = json[start..(int)reader.BytesConsumed];
            return true;
        }
        return false;
    }

    private static void Write(scoped ref JsonOut json, ReadOnlySpan<byte> text, scoped ref Utf8JsonReader reader, bool isSchema)
    {
        var any = false;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            json.Raw("["u8);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (any) json.Raw(","u8);
                any = true;
                Write(ref json, text, ref reader, isSchema);
            }
            json.Raw("]"u8);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Copy(ref json, text, ref reader);
            return;
        }
        json.Raw("{"u8);
        var (closes, isShut) = (false, false);
        ReadOnlySpan<byte> description = default;
        var bounds = new ByteBuffer();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            if (isSchema && reader.Is("description"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) description = reader.ValueSpan;
                reader.Skip();
                continue;
            }
            if (isSchema && IsBound(ref reader))
            {
                bounds.Append(bounds.Length == 0 ? "{"u8 : ", "u8);
                bounds.Append(name);
                bounds.Append(": "u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                bounds.Append(text[start..(int)reader.BytesConsumed]);
                continue;
            }
            var (isData, holdsFields) = (isSchema && (reader.Is("enum"u8) || reader.Is("const"u8) || reader.Is("default"u8) || reader.Is("examples"u8)), isSchema && HoldsFields(ref reader));
            var isType = isSchema && reader.Is("type"u8);
            closes |= isSchema && reader.Is("properties"u8);
            isShut |= isSchema && reader.Is("additionalProperties"u8);
            json.Raw(any ? ",\""u8 : "\""u8);
            any = true;
            json.Raw(name);
            json.Raw("\":"u8);
            reader.Read();
            if (isType)
            {
                var value = reader;
                closes |= value.TokenType == JsonTokenType.String ? value.Is("object"u8) : Holds(ref value);
            }
            if (isData || isType) Copy(ref json, text, ref reader);
            else Write(ref json, text, ref reader, !holdsFields);
        }
        if (!description.IsEmpty || bounds.Length > 0)
        {
            json.Raw(any ? ",\"description\":\""u8 : "\"description\":\""u8);
            any = true;
            json.Raw(description);
            if (bounds.Length > 0)
            {
                if (!description.IsEmpty) json.Raw("\\n\\n"u8);
                bounds.Append("}"u8);
                json.Text(JsonText.Plain(bounds.Span));
            }
            json.Raw("\""u8);
        }
        if (closes && !isShut) json.Raw(any ? ",\"additionalProperties\":false"u8 : "\"additionalProperties\":false"u8);
        json.Raw("}"u8);
    }

    private static void Copy(scoped ref JsonOut json, ReadOnlySpan<byte> text, scoped ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        json.Raw(text[start..(int)reader.BytesConsumed]);
    }

    // "type": ["object", "null"]
    private static bool Holds(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }
        var found = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            found |= reader.TokenType == JsonTokenType.String && reader.Is("object"u8);
            reader.Skip();
        }
        return found;
    }
}
