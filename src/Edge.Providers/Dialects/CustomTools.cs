using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects;

/// <summary>
/// Custom tools take free text instead of JSON arguments (https://platform.openai.com/docs/guides/function-calling#custom-tools). No other provider has them, so one goes out as a function
/// with one string argument, <c>{"input":"..."}</c>, and what the model writes there comes back as the call's free text. A grammar for the text cannot go along.
/// </summary>
internal static class CustomTools
{
    /// <summary>The parameters of the function that stands for a custom tool.</summary>
    public static ReadOnlySpan<byte> Schema =>
        """{"type":"object","properties":{"input":{"type":"string","description":"The tool's whole input as plain text."}},"required":["input"],"additionalProperties":false}"""u8;

    public static ReadOnlySpan<byte> Before => "{\"input\":\""u8;

    public static ReadOnlySpan<byte> Behind => "\"}"u8;

    /// <summary>The request declared the tool as custom.</summary>
    /// <param name="echo">As <see cref="Responses.ResponsesEcho"/> and <see cref="OpenAi.OpenAiChatEcho"/> write it.</param>
    /// <param name="name">The tool.</param>
    /// <param name="scratch">Overwritten.</param>
    public static bool IsDeclared(ReadOnlySpan<byte> echo, JsonText name, ByteBuffer scratch)
    {
        // Rare: most requests are done here.
        if (echo.IndexOf("\"custom\""u8) < 0) return false;
        scratch.Clear();
        scratch.Append("{"u8);
        scratch.Append(echo.TrimEnd((byte)','));
        scratch.Append("}"u8);
        try
        {
            var reader = new Utf8JsonReader(scratch.Span, new JsonReaderOptions { MaxDepth = 512 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isTools = reader.Is("tools"u8);
                reader.Read();
                if (!isTools || reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    if (IsCustom(ref reader, name)) return true;
                }
            }
        }
        catch (JsonException)
        {
            // No echo of ours.
        }
        return false;
    }

    /// <summary>The whole arguments of the function -> the free text, both escaped. Arguments that are not as the schema says stay as they are.</summary>
    public static void Unwrap(ByteBuffer arguments, ByteBuffer scratch)
    {
        scratch.Clear();
        scratch.Advance(new JsonText(arguments.Span, isEscaped: true).Unescape(scratch.GetSpan(arguments.Length)));
        try
        {
            var reader = new Utf8JsonReader(scratch.Span, new JsonReaderOptions { MaxDepth = 512 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isInput = reader.Is("input"u8);
                reader.Read();
                if (isInput && reader.TokenType == JsonTokenType.String)
                {
                    arguments.Clear();
                    arguments.Append(reader.ValueSpan);
                    return;
                }
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Cut off by a limit, or never JSON.
        }
    }

    private static bool IsCustom(scoped ref Utf8JsonReader reader, JsonText name)
    {
        var (isCustom, isNamed) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isName) = (reader.Is("type"u8), reader.Is("name"u8));
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                isCustom |= isType && reader.Is("custom"u8);
                isNamed |= isName && reader.GetString() == name.ToString();
            }
            else reader.Skip();
        }
        return isCustom && isNamed;
    }
}
