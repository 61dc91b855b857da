using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects;

/// <summary>Questions that every encoder of requests asks of a <see cref="ChatRequest"/>.</summary>
internal static class RequestParts
{
    /// <summary>Both say the same, however each is escaped.</summary>
    public static bool Same(JsonText a, JsonText b)
    {
        if (!a.IsEscaped) return b.Is(a.Bytes);
        if (!b.IsEscaped) return a.Is(b.Bytes);
        return a.Bytes.SequenceEqual(b.Bytes) || a.ToString() == b.ToString();
    }

    /// <summary>The raw JSON is an object that is not empty.</summary>
    public static bool HasMembers(ChatRequest request, BodyRange json) => json.IsPresent && request.Raw(json)[1..].TrimStart(" \t\r\n"u8) is not [(byte)'}', ..];

    /// <summary>Something in the request is marked for the provider's cache.</summary>
    public static bool HasCacheMarks(ChatRequest request)
    {
        if (request.CacheControl.IsPresent) return true;
        foreach (ref readonly var tool in request.Tools)
        {
            if (tool.CacheControl.IsPresent) return true;
        }
        foreach (ref readonly var message in request.Messages)
        {
            if (message.CacheControl.IsPresent) return true;
            foreach (ref readonly var part in request.PartsOf(message))
            {
                if (part.CacheControl.IsPresent) return true;
            }
        }
        return false;
    }

    /// <summary>The tool is one of those to which this turn is limited, or the one that must be called.</summary>
    public static bool IsOffered(ChatRequest request, in ChatTool tool)
    {
        var name = request.Text(tool.Name);
        if (request.ToolChoice.Mode == ToolChoiceMode.Named) return Same(request.Text(request.ToolChoice.Name), name);
        if (!request.ToolChoice.IsLimited) return true;
        foreach (var allowed in request.AllowedTools)
        {
            if (Same(request.Text(allowed), name)) return true;
        }
        return false;
    }

    /// <summary>The text is a URL with http or https.</summary>
    public static bool IsWebUrl(JsonText url)
    {
        // An escaped slash is the one escape to expect here; the colon decides.
        var scheme = url.Bytes[..Math.Max(url.Bytes.IndexOf((byte)':'), 0)];
        return Ascii.EqualsIgnoreCase(scheme, "https"u8) || Ascii.EqualsIgnoreCase(scheme, "http"u8);
    }

    /// <summary>The id of a call: the client's, or one made of the number where its dialect has none. Call and result come through here, so both sides are equal.</summary>
    public static void CallId(ref JsonOut json, ChatRequest request, BodyRange id, int number)
    {
        if (id.IsPresent)
        {
            json.String(request.Text(id));
            return;
        }
        json.Raw("\"function_call_"u8);
        json.Number(number);
        json.Raw("\""u8);
    }

    /// <summary>A tool call's arguments as a JSON object; blank ones are an empty object. False where they are none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="part">A tool call.</param>
    /// <param name="scratch">Takes the unescaped text, where that is needed.</param>
    /// <param name="arguments">The object.</param>
    public static bool TryArguments(ChatRequest request, in ChatPart part, ByteBuffer scratch, out ReadOnlySpan<byte> arguments)
    {
        arguments = "{}"u8;
        if (part.ArgumentsAreJson)
        {
            arguments = request.Raw(part.Text);
            return true;
        }
        var text = request.Text(part.Text);
        if (Anthropic.AnthropicText.IsBlank(text)) return true;
        arguments = Unescaped(text, scratch);
        return IsObject(arguments);
    }

    /// <summary>The text itself, escapes resolved; in the scratch buffer where there are any.</summary>
    public static ReadOnlySpan<byte> Unescaped(JsonText text, ByteBuffer scratch)
    {
        if (!text.IsEscaped) return text.Bytes;
        scratch.Clear();
        scratch.Advance(text.Unescape(scratch.GetSpan(text.Bytes.Length)));
        return scratch.Span;
    }

    /// <summary>The text of a file that is text: as it stands there, or out of base64. False where the file is none of <c>text/*</c> in UTF-8.</summary>
    /// <param name="request">The request.</param>
    /// <param name="part">A file.</param>
    /// <param name="scratch">Holds the text, where it was encoded.</param>
    /// <param name="text">The text.</param>
    public static bool TryFileText(ChatRequest request, in ChatPart part, ByteBuffer scratch, out JsonText text)
    {
        text = request.Text(part.Text);
        if (part.Source == ChatSource.Text) return true;
        if (!request.TryMedia(part, out var mediaType, out var base64) || !mediaType.Bytes.StartsWith("text"u8)) return false;
        var encoded = Unescaped(base64, scratch);
        var decoded = ArrayPool<byte>.Shared.Rent(System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
        var valid = System.Buffers.Text.Base64.DecodeFromUtf8(encoded, decoded, out _, out var length) == OperationStatus.Done
            && Utf8.IsValid(decoded.AsSpan(0, length));
        scratch.Clear();
        if (valid) scratch.Append(decoded.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(decoded);
        text = JsonText.Plain(scratch.Span);
        return valid;
    }

    /// <summary>The schema of a tool's arguments, or that of no arguments.</summary>
    public static ReadOnlySpan<byte> Schema(ChatRequest request, BodyRange parameters) =>
        parameters.IsPresent ? request.Raw(parameters) : "{\"type\":\"object\",\"properties\":{}}"u8;

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 512 });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
