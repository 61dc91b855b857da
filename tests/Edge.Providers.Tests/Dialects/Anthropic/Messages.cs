using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Anthropic;

/// <summary>Runs requests and answers through the Messages API as a client's dialect.</summary>
internal static class Messages
{
    public static string With(string members, string messages = """{"role":"user","content":"Hi"}""", string model = "claude-sonnet-4-5") =>
        $$"""{"model":"{{model}}","max_tokens":100,"messages":[{{messages}}]{{(members.Length > 0 ? "," + members : "")}}}""";

    public static RequestError? Decode(string json, out ChatRequest request)
    {
        var body = Encoding.UTF8.GetBytes(json);
        request = new ChatRequest();
        using var index = Wire.Index(body);
        return AnthropicRequestDecoder.TryDecode(body, index.Tokens, request, out var error) ? null : error;
    }

    public static ChatRequest Decoded(string json)
    {
        var error = Decode(json, out var request);
        Assert.True(error is null, $"{error}");
        return request;
    }

    /// <summary>Decoded and encoded again.</summary>
    public static (string Body, List<string> Dropped, RequestError? Error) Again(string json)
    {
        var error = Decode(json, out var request);
        if (error is not null) return ("", [], error);
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new AnthropicRequestEncoder().TryEncode(request, new(), output, dropped, out error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    /// <summary>What the events amount to, as a stream.</summary>
    public static string Stream(Action<IChatEventSink> push)
    {
        var (encoder, output) = (new AnthropicStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        push(encoder);
        return Encoding.UTF8.GetString(output.Span);
    }

    /// <summary>What the events amount to, as one message.</summary>
    public static string Whole(Action<IChatEventSink> push)
    {
        var (encoder, output) = (new AnthropicResponseEncoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output);
        push(encoder);
        return Encoding.UTF8.GetString(output.Span);
    }

    public static Action<IChatEventSink> FromAnthropic(string stream) => sink =>
    {
        var decoder = new AnthropicResponseDecoder();
        Wire.Events((type, data) => decoder.Push(type, data, sink), Encoding.UTF8.GetBytes(stream));
    };

    public static Action<IChatEventSink> FromAnthropicWhole(string json) => sink => Wire.AnthropicWhole(json, sink);

    public static Action<IChatEventSink> FromOpenAi(string stream) => sink =>
    {
        var decoder = new OpenAiChatResponseDecoder();
        Wire.Events((type, data) => decoder.Push(type, data, sink), Encoding.UTF8.GetBytes(stream));
        if (!decoder.IsClosed) decoder.TryEnd(sink);
    };

    public static Action<IChatEventSink> FromOpenAiWhole(string json) => sink =>
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        new OpenAiChatResponseDecoder().Whole(new JsonValue(bytes, index.Tokens), sink);
    };

    public static JsonText Plain(string text) => JsonText.Plain(Encoding.UTF8.GetBytes(text));
}
