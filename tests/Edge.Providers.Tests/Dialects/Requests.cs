using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;

namespace Edge.Providers.Tests.Dialects;

/// <summary>Runs OpenAI requests through the decoder and on to the Messages API.</summary>
internal static class Requests
{
    public static RequestError? Decode(string json, out ChatRequest request)
    {
        var body = Encoding.UTF8.GetBytes(json);
        request = new ChatRequest();
        using var index = Wire.Index(body);
        return OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out var error) ? null : error;
    }

    public static ChatRequest Decoded(string json)
    {
        Assert.Null(Decode(json, out var request));
        return request;
    }

    public static (string Body, List<string> Dropped, RequestError? Error) ToAnthropic(string json, ChatEncodeOptions? options = null)
    {
        var error = Decode(json, out var request);
        if (error is not null) return ("", [], error);
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new AnthropicRequestEncoder().TryEncode(request, options ?? new(), output, dropped, out error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    /// <summary>A request with the given further members.</summary>
    public static string With(string members, string model = "claude-sonnet-4-5", string messages = """{"role":"user","content":"Hi"}""") =>
        $$"""{"model":"{{model}}","messages":[{{messages}}]{{(members.Length > 0 ? "," + members : "")}}}""";

    public static string WithMessages(params IEnumerable<string> messages) => With("", messages: string.Join(',', messages));
}
