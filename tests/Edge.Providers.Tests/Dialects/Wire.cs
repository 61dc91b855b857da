using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Providers.Tests.Dialects;

/// <summary>Runs streams and answers through the codecs.</summary>
internal static class Wire
{
    public static readonly ChatOutput Output = new() { Created = 1_700_000_000, FallbackId = "fallback"u8.ToArray(), FallbackModel = "model"u8.ToArray() };

    public delegate void OnEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data);

    /// <summary>The events of a stream that comes in the given pieces.</summary>
    public static void Events(OnEvent push, params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using var reader = new SseReader(16 << 20);
        foreach (var piece in pieces)
        {
            reader.Feed(piece);
            while (reader.TryRead(out var sse))
            {
                if (sse.HasData) push(sse.Type, sse.Data);
            }
        }
    }

    public static Recorder DecodeAnthropic(params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var (decoder, recorder) = (new AnthropicResponseDecoder(), new Recorder());
        Events((type, data) => decoder.Push(type, data, recorder), pieces);
        return recorder;
    }

    public static Recorder DecodeOpenAi(params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var (decoder, recorder) = (new OpenAiChatResponseDecoder(), new Recorder());
        Events((type, data) => decoder.Push(type, data, recorder), pieces);
        return recorder;
    }

    public static Recorder DecodeAnthropicWhole(string json)
    {
        var recorder = new Recorder();
        AnthropicWhole(json, recorder);
        return recorder;
    }

    public static void AnthropicWhole(string json, IChatEventSink sink)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Index(bytes);
        new AnthropicResponseDecoder().Whole(new JsonValue(bytes, index.Tokens), sink);
    }

    public static Recorder DecodeOpenAiWhole(string json)
    {
        var recorder = new Recorder();
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Index(bytes);
        new OpenAiChatResponseDecoder().Whole(new JsonValue(bytes, index.Tokens), recorder);
        return recorder;
    }

    /// <summary>An Anthropic stream as the OpenAI stream that our client gets.</summary>
    public static string AnthropicToOpenAi(string stream, bool includeUsage = false)
    {
        var (decoder, encoder, output) = (new AnthropicResponseDecoder(), new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Output with { IncludeUsage = includeUsage });
        Events((type, data) => decoder.Push(type, data, encoder), Encoding.UTF8.GetBytes(stream));
        return Encoding.UTF8.GetString(output.Span);
    }

    /// <summary>An Anthropic stream folded into one OpenAI answer.</summary>
    public static string AnthropicToOpenAiWhole(string stream)
    {
        var (decoder, encoder, output) = (new AnthropicResponseDecoder(), new OpenAiChatResponseEncoder(), new ByteBuffer());
        encoder.Begin(output, Output);
        Events((type, data) => decoder.Push(type, data, encoder), Encoding.UTF8.GetBytes(stream));
        return Encoding.UTF8.GetString(output.Span);
    }

    public static string AnthropicWholeToOpenAi(string json)
    {
        var (encoder, output) = (new OpenAiChatResponseEncoder(), new ByteBuffer());
        encoder.Begin(output, Output);
        AnthropicWhole(json, encoder);
        return Encoding.UTF8.GetString(output.Span);
    }

    public static string AnthropicWholeToOpenAiStream(string json, bool includeUsage = true)
    {
        var (encoder, output) = (new OpenAiChatStreamEncoder(), new ByteBuffer());
        encoder.Begin(output, Output with { IncludeUsage = includeUsage });
        AnthropicWhole(json, encoder);
        return Encoding.UTF8.GetString(output.Span);
    }

    public static JsonIndex Index(byte[] json)
    {
        var index = new JsonIndex();
        Assert.True(index.TryBuild(json, 512, int.MaxValue, out var error), $"{error}: {Encoding.UTF8.GetString(json)}");
        return index;
    }

    /// <summary>The same JSON without insignificant white space, members in their order.</summary>
    public static string Compact(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement, _relaxed);
    }

    /// <summary>Our own golden streams are written one event a line: the data alone; the event field is its type.</summary>
    public static string AnthropicStream(params IEnumerable<string> events)
    {
        var stream = new StringBuilder();
        foreach (var data in events)
        {
            using var document = JsonDocument.Parse(data);
            stream.Append("event: ").Append(document.RootElement.GetProperty("type").GetString()).Append("\ndata: ").Append(data).Append("\n\n");
        }
        return stream.ToString();
    }

    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
