using Edge.Guard.Injection;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard;

internal sealed partial class RequestScan
{
    /// <summary>What a string is, as far as its surroundings tell.</summary>
    private enum Place : byte
    {
        /// <summary>The members of the body itself.</summary>
        Root,

        /// <summary>Text.</summary>
        Text,

        /// <summary>A link that somebody must be able to follow.</summary>
        Url,

        /// <summary>Reasoning that the provider has signed.</summary>
        Signed,

        /// <summary>Base64 or encrypted: no text.</summary>
        Opaque,
    }

    // By tokens and not by JsonValue: a view of five words for each name and each value cost as much as all the rest of the walk.
    private void Walk(ReadOnlySpan<byte> body, ReadOnlySpan<JsonToken> tokens, int index, TextRole? role, Place place)
    {
        ref readonly var token = ref tokens[index];
        switch (token.Kind)
        {
            case JsonKind.String:
                Scan(body, token, role, place);
                break;
            case JsonKind.Array:
                for (int at = index + 1, end = token.Next; at < end; at = tokens[at].Next)
                {
                    // A prompt as tokens: what it says cannot be seen.
                    if (tokens[at].Kind == JsonKind.Number && place == Place.Root) Found.IsUnscanned = true;
                    else Walk(body, tokens, at, role, place == Place.Root ? Place.Text : place);
                }
                break;
            case JsonKind.Object:
                WalkObject(body, tokens, index, role, place);
                break;
        }
    }

    private void WalkObject(ReadOnlySpan<byte> body, ReadOnlySpan<JsonToken> tokens, int index, TextRole? role, Place place)
    {
        var isRoot = place == Place.Root && index == 0;
        var kind = Kind.None;
        var speaks = false;
        var end = tokens[index].Next;
        if (!isRoot)
        {
            for (var at = index + 1; at < end; at = tokens[at + 1].Next)
            {
                ref readonly var name = ref tokens[at];
                if (name.Length != 4) continue;
                var text = body.Slice(name.Start, 4);
                if (text.SequenceEqual("type"u8)) kind = KindOf(body, tokens[at + 1]);
                else if (text.SequenceEqual("role"u8)) (role, speaks) = (RoleOf(new JsonValue(body, tokens, at + 1), role), true);
            }
        }
        var inner = place == Place.Root ? Place.Text : place;
        switch (kind)
        {
            case Kind.ToolResult when role is not null:
                role = TextRole.ToolResult;
                break;
            case Kind.Document when role is not null:
                role = TextRole.Document;
                break;
            // What nobody has signed can change like any other text.
            case Kind.Thinking when role == TextRole.Assistant && new JsonValue(body, tokens, index)["signature"u8] is { Kind: JsonKind.String, RawText.Length: > 0 }:
                inner = Place.Signed;
                break;
            case Kind.Base64:
                inner = Place.Opaque;
                Found.IsUnscanned = true;
                break;
            case Kind.Media:
                Found.IsUnscanned = true;
                break;
        }
        // Instructions and tools first, wherever they stand: they are the same in every turn, and so are then the numbers of what is in them.
        if (isRoot)
        {
            for (var at = index + 1; at < end; at = tokens[at + 1].Next)
            {
                if (NameOf(body, tokens[at]) == MemberName.System) Member(body, tokens, at + 1, MemberName.System, role, inner, isRoot: true);
            }
        }
        for (var at = index + 1; at < end; at = tokens[at + 1].Next)
        {
            if (tokens[at + 1].Kind is not (JsonKind.String or JsonKind.Array or JsonKind.Object)) continue;
            var name = NameOf(body, tokens[at]);
            if (isRoot && name == MemberName.System) continue;
            // Of whoever speaks, and of what a body makes, the name is a text; of a tool it is none.
            if (name == MemberName.Name && (speaks || isRoot)) name = MemberName.Other;
            var where = inner == Place.Signed && !new JsonValue(body, tokens, at).Text.Is("thinking"u8) ? Place.Text : inner;
            if (kind == Kind.Text && name == MemberName.Data) name = MemberName.Other;
            Member(body, tokens, at + 1, name, role, where, isRoot);
        }
    }

    private static MemberName NameOf(ReadOnlySpan<byte> body, in JsonToken name) => MemberNames.Find(body.Slice(name.Start, name.Length), name.Escaped);

    private void Member(ReadOnlySpan<byte> body, ReadOnlySpan<JsonToken> tokens, int index, MemberName name, TextRole? role, Place place, bool isRoot)
    {
        ref readonly var value = ref tokens[index];
        switch (name)
        {
            case MemberName.NoText or MemberName.Name when value.Kind != JsonKind.Object:
                return;
            case MemberName.Data when place == Place.Opaque && value.Kind == JsonKind.String:
                return;
            case MemberName.Data when value.Kind == JsonKind.String && value.Length >= 64 && IsBase64(body.Slice(value.Start, value.Length)):
                Found.IsUnscanned = true;
                return;
            case MemberName.Url when value.Kind == JsonKind.String:
                if (body.Slice(value.Start, value.Length).StartsWith("data:"u8)) Found.IsUnscanned = true;
                else Scan(body, value, null, Place.Url);
                return;
            case MemberName.Arguments when value.Kind == JsonKind.String:
                ScanArguments(body, value, role);
                return;
            case MemberName.Free when value.Kind == JsonKind.Array:
            case MemberName.Arguments or MemberName.Free when value.Kind == JsonKind.Object:
            case MemberName.Input when value.Kind == JsonKind.Object && !isRoot:
                ScanObject(body, value, role);
                return;
            case MemberName.System:
                role = role is null ? null : TextRole.System;
                break;
            // Who the end user is, and what the application notes: no model reads it.
            case MemberName.Aside when isRoot:
                role = null;
                break;
            case MemberName.Notes when value.Kind == JsonKind.Object:
                ScanObject(body, value, null);
                return;
        }
        Walk(body, tokens, index, role, isRoot ? Place.Root : place);
    }

    // All of it: what only begins so is a text.
    private static bool IsBase64(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd((byte)'=');
        while (true)
        {
            var end = text.IndexOfAnyExcept(_base64);
            if (end < 0) return true;
            // Some libraries escape the slash, or break the lines.
            if (text[end] != '\\' || end + 1 == text.Length || text[end + 1] is not ((byte)'/' or (byte)'n' or (byte)'r')) return false;
            text = text[(end + 2)..];
        }
    }

    private static readonly System.Buffers.SearchValues<byte> _base64 = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    private static TextRole? RoleOf(JsonValue role, TextRole? otherwise)
    {
        if (otherwise is null || role.Kind != JsonKind.String) return otherwise;
        if (role.IsString("user"u8)) return TextRole.User;
        if (role.IsString("assistant"u8)) return TextRole.Assistant;
        if (role.IsString("system"u8) || role.IsString("developer"u8)) return TextRole.System;
        if (role.IsString("tool"u8) || role.IsString("function"u8)) return TextRole.ToolResult;
        return otherwise;
    }

    private enum Kind : byte
    {
        None,
        ToolResult,
        Document,
        Thinking,
        Base64,
        Media,
        Text,
    }

    // https://platform.openai.com/docs/api-reference/responses/create (input items), https://docs.claude.com/en/api/messages (content blocks).
    private static Kind KindOf(ReadOnlySpan<byte> body, in JsonToken type)
    {
        if (type.Kind != JsonKind.String) return Kind.None;
        var name = body.Slice(type.Start, type.Length);
        if (name.Length == 0 || name.Length > 40) return Kind.None;
        return name[0] switch
        {
            (byte)'a' when name.SequenceEqual("audio"u8) => Kind.Media,
            (byte)'b' when name.SequenceEqual("base64"u8) => Kind.Base64,
            (byte)'d' when name.SequenceEqual("document"u8) => Kind.Document,
            (byte)'f' when name.SequenceEqual("file"u8) => Kind.Media,
            (byte)'i' when name.SequenceEqual("image"u8) || name.SequenceEqual("image_url"u8) || name.SequenceEqual("input_image"u8) || name.SequenceEqual("input_audio"u8)
                || name.SequenceEqual("input_file"u8) => Kind.Media,
            (byte)'r' when name.SequenceEqual("redacted_thinking"u8) => Kind.Base64,
            (byte)'s' when name.SequenceEqual("search_result"u8) => Kind.Document,
            (byte)'t' when name.SequenceEqual("text"u8) => Kind.Text,
            (byte)'t' when name.SequenceEqual("thinking"u8) => Kind.Thinking,
            (byte)'v' when name.SequenceEqual("video_url"u8) => Kind.Media,
            // function_call_output, custom_tool_call_output, tool_result, web_search_tool_result, code_execution_tool_result, mcp_call ...
            _ when name.EndsWith("_output"u8) && !name.SequenceEqual("structured_output"u8) => Kind.ToolResult,
            _ when name.EndsWith("tool_result"u8) || name.SequenceEqual("mcp_call"u8) || name.SequenceEqual("web_search_result"u8) => Kind.ToolResult,
            _ => Kind.None,
        };
    }
}
