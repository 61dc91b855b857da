using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects.Responses;

/// <summary>Runs requests and answers through the Responses codecs.</summary>
internal static class ResponsesWire
{
    public static RequestError? Decode(string json, out ChatRequest request)
    {
        var body = Encoding.UTF8.GetBytes(json);
        request = new ChatRequest();
        using var index = Wire.Index(body);
        return ResponsesRequestDecoder.TryDecode(body, index.Tokens, request, out var error) ? null : error;
    }

    public static ChatRequest Decoded(string json)
    {
        Assert.Null(Decode(json, out var request));
        return request;
    }

    public static string With(string members, string input = "\"Hi\"") => $$"""{"model":"m","input":{{input}}{{(members.Length > 0 ? "," + members : "")}}}""";

    public static string WithInput(params IEnumerable<string> items) => With("", $"[{string.Join(',', items)}]");

    public static (string Body, List<string> Dropped, RequestError? Error) ToAnthropic(string json)
    {
        var error = Decode(json, out var request);
        if (error is not null) return ("", [], error);
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new AnthropicRequestEncoder().TryEncode(request, new() { Model = "claude-sonnet-4-5"u8.ToArray() }, output, dropped, out error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    public static byte[] Echo(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(body);
        var output = new ByteBuffer();
        ResponsesEcho.Write(new JsonValue(body, index.Tokens), output);
        return output.Span.ToArray();
    }

    /// <summary>What both encoders write for the events that come.</summary>
    public static (string Stream, string Whole) Encode(Action<IChatEventSink> push, ChatOutput? settings = null)
    {
        var (stream, whole) = (new ByteBuffer(), new ByteBuffer());
        var (streamed, folded) = (new ResponsesStreamEncoder(), new ResponsesEncoder());
        streamed.Begin(stream, settings ?? Wire.Output);
        folded.Begin(whole, settings ?? Wire.Output);
        push(streamed);
        push(folded);
        Assert.Equal(streamed.IsWritten, folded.IsWritten);
        return (Encoding.UTF8.GetString(stream.Span), Encoding.UTF8.GetString(whole.Span));
    }

    public static (string Stream, string Whole) FromAnthropic(string stream, ChatOutput? settings = null) => Encode(
        sink =>
        {
            var decoder = new AnthropicResponseDecoder();
            Wire.Events((type, data) => decoder.Push(type, data, sink), Encoding.UTF8.GetBytes(stream));
        },
        settings);

    /// <summary>What a response object says, in one comparable text.</summary>
    public static string Facts(JsonElement response)
    {
        var (text, refusal, thinking, calls) = (new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder());
        foreach (var item in response.GetProperty("output").EnumerateArray())
        {
            switch (item.GetProperty("type").GetString())
            {
                case "message":
                    foreach (var part in item.GetProperty("content").EnumerateArray())
                    {
                        if (part.TryGetProperty("text", out var said)) text.Append(said.GetString());
                        else refusal.Append(part.GetProperty("refusal").GetString());
                    }
                    break;
                case "reasoning":
                    // Paragraphs, in the way in which a decoder has to join them; open models show the reasoning itself.
                    var list = item.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array && content.GetArrayLength() > 0 ? content : item.GetProperty("summary");
                    thinking.Append(string.Join("\n\n", list.EnumerateArray().Select(part => part.GetProperty("text").GetString()).Where(part => part!.Length > 0)));
                    break;
                case "custom_tool_call":
                    // As a function's, the one form that other dialects have.
                    calls.Append(CultureInfo.InvariantCulture, $"{item.GetProperty("call_id").GetString()} {item.GetProperty("name").GetString()} {{\"input\":{item.GetProperty("input").GetRawText()}}}\n");
                    break;
                case "function_call":
                    calls.Append(CultureInfo.InvariantCulture, $"{item.GetProperty("call_id").GetString()} {item.GetProperty("name").GetString()} {item.GetProperty("arguments").GetString()}\n");
                    break;
            }
        }
        var finish = response.GetProperty("status").GetString() != "incomplete" ? calls.Length > 0 ? "calls" : "stop" : response.GetProperty("incomplete_details").GetProperty("reason").GetString();
        var usage = response.GetProperty("usage");
        var figures = usage.ValueKind == JsonValueKind.Null ? "none" : $"{Number(usage, "input_tokens")}+{Number(usage, "output_tokens")}, {Number(usage.GetProperty("input_tokens_details"), "cached_tokens")}, {Number(usage.GetProperty("output_tokens_details"), "reasoning_tokens")}";
        return $"text={text}\nrefusal={refusal}\nthinking={thinking}\n{calls}finish={finish}\nusage={figures}";
    }

    /// <summary>The same of what a decoder pushed.</summary>
    public static string Facts(Recorder recorder)
    {
        var calls = new StringBuilder();
        for (var call = 0; call < recorder.ToolCalls(0); call++)
        {
            var arguments = recorder[$"args:0:{call}"];
            calls.Append(CultureInfo.InvariantCulture, $"{recorder[$"id:0:{call}"]} {recorder[$"name:0:{call}"]} {(arguments.Length == 0 ? "{}" : arguments)}\n");
        }
        var finish = recorder.Finishes.GetValueOrDefault(0) switch
        {
            FinishReason.Length or FinishReason.ContextWindow => "max_output_tokens",
            FinishReason.ContentFilter => "content_filter",
            FinishReason.Pause or FinishReason.Other => recorder.Words[0],
            _ => calls.Length > 0 ? "calls" : "stop",
        };
        var usage = recorder.UsageTotals;
        var figures = usage.IsReported ? $"{usage.Input}+{usage.Output}, {Math.Max(usage.CacheRead, 0)}, {Math.Max(usage.Reasoning, 0)}" : "none";
        return $"text={recorder["text:0"]}\nrefusal={recorder["refusal:0"]}\nthinking={recorder["thinking:0"]}\n{calls}finish={finish}\nusage={figures}";
    }

    public static Recorder DecodeAnswer(params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var (decoder, recorder) = (new ResponsesDecoder(), new Recorder());
        Push(decoder, recorder, pieces);
        return recorder;
    }

    public static void Push(ResponsesDecoder decoder, IChatEventSink sink, params IEnumerable<ReadOnlyMemory<byte>> pieces) =>
        Wire.Events((type, data) => decoder.Push(type, data, sink), pieces);

    public static Recorder DecodeWholeAnswer(string json)
    {
        var recorder = new Recorder();
        Whole(json, recorder);
        return recorder;
    }

    public static void Whole(string json, IChatEventSink sink)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        new ResponsesDecoder().Whole(new JsonValue(bytes, index.Tokens), sink);
    }

    /// <summary>A request as a body of Responses.</summary>
    public static (string Body, List<string> Dropped, RequestError? Error) ToResponses(ChatRequest request, ChatEncodeOptions? options = null)
    {
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new ResponsesRequestEncoder().TryEncode(request, options ?? new(), output, dropped, out var error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    /// <summary>Events one a line, as a stream.</summary>
    public static string Stream(params IEnumerable<string> events) => Wire.AnthropicStream(events);

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static long Number(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
}
