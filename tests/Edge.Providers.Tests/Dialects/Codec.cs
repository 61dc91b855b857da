using System.Text;
using System.Text.Json;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Tests.Dialects;

/// <summary>Runs one provider dialect's codecs, whichever it is.</summary>
internal sealed record Codec(Func<IChatRequestEncoder> Encoder, Func<IChatResponseDecoder> Decoder, Framing Framing)
{
    public static Codec Of(Dialect dialect, Framing framing = Framing.Sse)
    {
        var known = ChatDialects.Of(dialect)!;
        return new(known.CreateRequestEncoder, known.CreateDecoder, framing);
    }

    /// <summary>An OpenAI request -> the provider's body, what was dropped, what was wrong.</summary>
    public (string Body, List<string> Dropped, RequestError? Error) Encode(string json, ChatEncodeOptions? options = null)
    {
        var error = Requests.Decode(json, out var request);
        if (error is not null) return ("", [], error);
        var (output, dropped) = (new ByteBuffer(), new List<string>());
        Encoder().TryEncode(request, options ?? new(), output, dropped, out error);
        return (error is null ? Wire.Compact(Encoding.UTF8.GetString(output.Span)) : "", dropped, error);
    }

    public Recorder Stream(params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var (decoder, recorder) = (Decoder(), new Recorder());
        Read((type, data) => decoder.Push(type, data, recorder), pieces);
        return recorder;
    }

    public Recorder Stream(string stream) => Stream(Encoding.UTF8.GetBytes(stream));

    public Recorder Whole(string json)
    {
        var recorder = new Recorder();
        var bytes = Encoding.UTF8.GetBytes(json);
        using var index = Wire.Index(bytes);
        Decoder().Whole(new JsonValue(bytes, index.Tokens), recorder);
        return recorder;
    }

    /// <summary>The stream as OpenAI's chunks.</summary>
    public string ToOpenAiStream(string stream) => Through(new OpenAiChatStreamEncoder(), stream);

    /// <summary>The stream folded into OpenAI's answer.</summary>
    public string ToOpenAiWhole(string stream) => Through(new OpenAiChatResponseEncoder(), stream);

    /// <summary>A whole answer as OpenAI's chunks and as OpenAI's answer.</summary>
    public (string Stream, string Whole) WholeToOpenAi(string json)
    {
        return (Run(new OpenAiChatStreamEncoder()), Run(new OpenAiChatResponseEncoder()));

        string Run(IChatEncoder encoder)
        {
            var output = new ByteBuffer();
            encoder.Begin(output, Wire.Output with { IncludeUsage = true });
            var bytes = Encoding.UTF8.GetBytes(json);
            using var index = Wire.Index(bytes);
            Decoder().Whole(new JsonValue(bytes, index.Tokens), encoder);
            Assert.Null(encoder.Failure);
            return Encoding.UTF8.GetString(output.Span);
        }
    }

    /// <summary>The same facts come out of every path: decoded, as OpenAI's stream, folded into OpenAI's answer.</summary>
    public void CheckStream(string? id, string expected, string stream)
    {
        var recorder = Stream(stream);
        Assert.True(recorder.Failure is null, $"{id}: {recorder.Failure}");
        Assert.True(expected == Facts.Of(recorder), $"{id}\n{expected}\n---\n{Facts.Of(recorder)}");
        Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
        Assert.Equal(expected, Facts.OfOpenAi(Facts.Data(ToOpenAiStream(stream))));
        Assert.Equal(expected, Facts.OfOpenAi(JsonDocument.Parse(ToOpenAiWhole(stream)).RootElement));
    }

    public void CheckWhole(string? id, string expected, string json)
    {
        var recorder = Whole(json);
        Assert.True(recorder.Failure is null, $"{id}: {recorder.Failure}");
        Assert.True(expected == Facts.Of(recorder), $"{id}\n{expected}\n---\n{Facts.Of(recorder)}");
        Assert.Equal((1, 1), (recorder.Starts, recorder.Ends));
        var (stream, whole) = WholeToOpenAi(json);
        Assert.Equal(expected, Facts.OfOpenAi(Facts.Data(stream)));
        Assert.Equal(expected, Facts.OfOpenAi(JsonDocument.Parse(whole).RootElement));
    }

    /// <summary>The fold is the same however the stream is cut into two pieces, and into single bytes.</summary>
    public void CheckCuts(string stream)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        var expected = Stream(bytes).Fold();
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(expected, Stream(bytes.AsMemory(0, cut), bytes.AsMemory(cut)).Fold());
        Assert.Equal(expected, Stream(Enumerable.Range(0, bytes.Length).Select(i => (ReadOnlyMemory<byte>)bytes.AsMemory(i, 1))).Fold());
    }

    private string Through(IChatEncoder encoder, string stream)
    {
        var (decoder, output) = (Decoder(), new ByteBuffer());
        encoder.Begin(output, Wire.Output with { IncludeUsage = true });
        Read((type, data) => decoder.Push(type, data, encoder), Encoding.UTF8.GetBytes(stream));
        Assert.Null(encoder.Failure);
        return Encoding.UTF8.GetString(output.Span);
    }

    private void Read(Wire.OnEvent push, params IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using var reader = ChatDialects.CreateReader(Framing, 16 << 20);
        foreach (var piece in pieces)
        {
            reader.Feed(piece);
            while (reader.TryRead(out var wire))
            {
                if (wire.HasData) push(wire.Type, wire.Data);
            }
        }
    }
}
