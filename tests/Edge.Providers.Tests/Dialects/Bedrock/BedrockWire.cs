using System.Text;
using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Bedrock;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.TestSupport;

namespace Edge.Providers.Tests.Dialects.Bedrock;

/// <summary>Runs Converse's streams, answers and requests through the codecs. An event is written <c>{"contentBlockStop":{...}}</c>, as in AWS's documentation.</summary>
internal static class BedrockWire
{
    public static byte[] Stream(params IEnumerable<string> events) => [.. events.SelectMany(Event)];

    public static byte[] Event(string json)
    {
        using var document = JsonDocument.Parse(json);
        var member = document.RootElement.EnumerateObject().Single();
        return member.Name.EndsWith("Exception", StringComparison.Ordinal)
            ? EventStreamBytes.Exception(member.Name, member.Value.GetRawText())
            : EventStreamBytes.Event(member.Name, member.Value.GetRawText());
    }

    public static Recorder Decode(params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var recorder = new Recorder();
        Decode(recorder, pieces);
        return recorder;
    }

    /// <summary>Feeds the pieces and, where nothing is left half-read, the end of the transport.</summary>
    public static void Decode(IChatEventSink sink, params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using var reader = new EventStreamReader(16 << 20);
        var decoder = new BedrockResponseDecoder();
        foreach (var piece in pieces)
        {
            reader.Feed(piece);
            while (reader.TryRead(out var wire)) decoder.Push(wire.Type, wire.Data, sink);
        }
        if (!decoder.IsClosed && reader is { PartialBytes: 0, Broken: null }) decoder.TryEnd(sink);
    }

    public static Recorder DecodeWhole(string json)
    {
        var recorder = new Recorder();
        Whole(json, recorder);
        return recorder;
    }

    public static void Whole(string json, IChatEventSink sink)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Dialects.Wire.Index(bytes);
        new BedrockResponseDecoder().Whole(new JsonValue(bytes, index.Tokens), sink);
    }

    /// <summary>What a client of OpenAI's dialect gets.</summary>
    public static string ToOpenAi(IChatEncoder encoder, Action<IChatEventSink> decode)
    {
        var output = new ByteBuffer();
        encoder.Begin(output, Dialects.Wire.Output with { IncludeUsage = true });
        decode(encoder);
        Assert.True(encoder.IsWritten, $"{encoder.Failure}");
        return Encoding.UTF8.GetString(output.Span);
    }

    /// <summary>An OpenAI request as Converse's body.</summary>
    public static (string Body, List<string> Dropped, RequestError? Error) Encode(string json, string model = "anthropic.claude-sonnet-4-5-20250929-v1:0", Action<ChatRequest>? change = null)
    {
        var error = Requests.Decode(json, out var request);
        if (error is not null) return ("", [], error);
        change?.Invoke(request);
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        new BedrockRequestEncoder().TryEncode(request, new ChatEncodeOptions { Model = Encoding.UTF8.GetBytes(model) }, output, dropped, out error);
        return (error is null ? Dialects.Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }
}
