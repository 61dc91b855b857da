using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Gemini;

/// <summary>Runs this dialect's codecs.</summary>
internal static class GeminiWire
{
    /// <summary>Events as <c>alt=sse</c> frames them.</summary>
    public static string Stream(params IEnumerable<string> events) => string.Concat(events.Select(data => $"data: {data}\r\n\r\n"));

    /// <summary>What a stream says whose transport ended as it should.</summary>
    public static Recorder Decode(params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var recorder = new Recorder();
        Decode(recorder, pieces);
        return recorder;
    }

    public static void Decode(IChatEventSink sink, params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var decoder = new GeminiResponseDecoder();
        Wire.Events((type, data) => decoder.Push(type, data, sink), pieces);
        decoder.TryEnd(sink);
    }

    public static Recorder DecodeStream(params IEnumerable<string> events) => Decode(Encoding.UTF8.GetBytes(Stream(events)));

    public static Recorder DecodeWhole(string json)
    {
        var recorder = new Recorder();
        Whole(json, recorder);
        return recorder;
    }

    public static void Whole(string json, IChatEventSink sink)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        new GeminiResponseDecoder().Whole(new JsonValue(bytes, index.Tokens), sink);
    }

    /// <summary>An OpenAI chat request as a body of this dialect.</summary>
    public static (string Body, List<string> Dropped, RequestError? Error) Encode(string json, string model = "gemini-2.5-flash", Provider? sheet = null)
    {
        var error = Requests.Decode(json, out var request);
        return error is null ? Encode(request, model, sheet) : ("", [], error);
    }

    public static (string Body, List<string> Dropped, RequestError? Error) Encode(ChatRequest request, string model = "gemini-2.5-flash", Provider? sheet = null)
    {
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new GeminiRequestEncoder().TryEncode(request, new() { Model = Encoding.UTF8.GetBytes(model), Sheet = sheet }, output, dropped, out var error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    /// <summary>What an OpenAI client gets: a stream, or one JSON.</summary>
    public static string ToOpenAi(bool stream, Action<IChatEventSink> decode)
    {
        var output = new ByteBuffer();
        IChatEncoder encoder = stream ? new OpenAiChatStreamEncoder() : new OpenAiChatResponseEncoder();
        encoder.Begin(output, Wire.Output with { IncludeUsage = true });
        decode(encoder);
        return Encoding.UTF8.GetString(output.Span);
    }
}
