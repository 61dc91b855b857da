using System.Buffers;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// The members of a Responses answer that repeat the request's, as raw JSON with a comma behind each, for <see cref="ChatOutput.Echo"/>. Taken while the request's memory is there; the
/// answer comes when it is gone. https://platform.openai.com/docs/api-reference/responses/object
/// </summary>
public static class ResponsesEcho
{
    /// <summary>
    /// Writes the members, those that the request leaves out with the values that OpenAI fills in. <c>store</c> is false always: nothing is kept. <c>service_tier</c> is not among
    /// them: an answer says which tier served it.
    /// </summary>
    /// <param name="root">The request's root value; valid according to <see cref="ResponsesRequestDecoder"/>.</param>
    /// <param name="output">Takes the members.</param>
    public static void Write(JsonValue root, IBufferWriter<byte> output)
    {
        var json = new JsonOut(output, 1024);
        Member(ref json, root, "instructions"u8, "null"u8);
        Member(ref json, root, "max_output_tokens"u8, "null"u8);
        Member(ref json, root, "max_tool_calls"u8, "null"u8);
        Member(ref json, root, "parallel_tool_calls"u8, "true"u8);
        json.Raw("\"previous_response_id\":null,"u8);
        Member(ref json, root, "prompt_cache_key"u8, "null"u8);
        Reasoning(ref json, root["reasoning"u8]);
        Member(ref json, root, "safety_identifier"u8, "null"u8);
        json.Raw("\"store\":false,"u8);
        Member(ref json, root, "temperature"u8, "1.0"u8);
        Text(ref json, root["text"u8]);
        Member(ref json, root, "tool_choice"u8, "\"auto\""u8);
        Member(ref json, root, "tools"u8, "[]"u8);
        Member(ref json, root, "top_logprobs"u8, "0"u8);
        Member(ref json, root, "top_p"u8, "1.0"u8);
        Member(ref json, root, "truncation"u8, "\"disabled\""u8);
        Member(ref json, root, "user"u8, "null"u8);
        Member(ref json, root, "metadata"u8, "{}"u8);
        json.Flush();
    }

    private static void Member(ref JsonOut json, JsonValue root, ReadOnlySpan<byte> name, ReadOnlySpan<byte> otherwise)
    {
        json.Raw("\""u8);
        json.Raw(name);
        json.Raw("\":"u8);
        Value(ref json, root[name], otherwise);
        json.Raw(","u8);
    }

    private static void Reasoning(ref JsonOut json, JsonValue reasoning)
    {
        json.Raw("\"reasoning\":{\"effort\":"u8);
        Value(ref json, reasoning["effort"u8], "null"u8);
        json.Raw(",\"summary\":"u8);
        Value(ref json, reasoning["summary"u8], "null"u8);
        json.Raw("},"u8);
    }

    private static void Text(ref JsonOut json, JsonValue text)
    {
        json.Raw("\"text\":{\"format\":"u8);
        Value(ref json, text["format"u8], "{\"type\":\"text\"}"u8);
        json.Raw(",\"verbosity\":"u8);
        Value(ref json, text["verbosity"u8], "\"medium\""u8);
        json.Raw("},"u8);
    }

    // A client may have formatted its body; a line feed outside a JSON string is white space, and within an event it would end the data line.
    private static void Value(ref JsonOut json, JsonValue value, ReadOnlySpan<byte> otherwise)
    {
        if (value.IsNullOrAbsent)
        {
            json.Raw(otherwise);
            return;
        }
        var raw = value.Raw;
        while (!raw.IsEmpty)
        {
            var end = raw.IndexOfAny((byte)'\n', (byte)'\r');
            if (end < 0) end = raw.Length;
            json.Raw(raw[..end]);
            raw = end < raw.Length ? raw[(end + 1)..] : default;
        }
    }
}
