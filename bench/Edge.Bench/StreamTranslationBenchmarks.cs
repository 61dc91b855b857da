using BenchmarkDotNet.Attributes;
using Edge.Providers;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;

namespace Edge.Bench;

/// <summary>A provider's stream cut into events, decoded, and written as a client's stream; time is per event. 50 text events, which come in pieces of one event each.</summary>
[BenchmarkCategory("translate-stream")]
public class StreamTranslationBenchmarks
{
    private const int Events = 50;
    private Action _operation = () => { };

    [Params("anthropic to chat", "gemini to chat", "bedrock to chat", "cohere to chat", "ollama to chat", "responses to chat", "chat to messages", "chat to responses", "anthropic to responses")]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _operation = Operation(Case);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Translate() => _operation();

    /// <summary>One whole stream of the named kind, on codecs that are used again.</summary>
    internal static Action Operation(string name)
    {
        var (from, to) = (name.Split(" to ")[0], name.Split(" to ")[1]);
        var dialect = from == "chat" ? Dialect.OpenAi : Enum.Parse<Dialect>(from, ignoreCase: true);
        IChatEncoder encoder = to switch
        {
            "chat" => new OpenAiChatStreamEncoder(),
            "messages" => new AnthropicStreamEncoder(),
            _ => new ResponsesStreamEncoder(),
        };
        var stream = ProviderStreams.Of(dialect, Events);
        var reader = ChatDialects.CreateReader(ProviderStreams.FramingOf(dialect), 1 << 20);
        var decoder = ChatDialects.Of(dialect)!.CreateDecoder();
        var output = new ByteBuffer();
        var settings = new ChatOutput { Created = 1_700_000_000, IncludeUsage = true, FallbackId = "1"u8.ToArray(), FallbackModel = "m"u8.ToArray() };
        var pieceSize = stream.Length / Events;
        return () =>
        {
            output.Clear();
            decoder.Reset();
            encoder.Begin(output, settings);
            for (var at = 0; at < stream.Length; at += pieceSize)
            {
                reader.Feed(stream.AsMemory(at, Math.Min(pieceSize, stream.Length - at)));
                while (reader.TryRead(out var wire))
                {
                    if (wire.HasData) decoder.Push(wire.Type, wire.Data, encoder);
                }
            }
            if (!decoder.IsClosed) decoder.TryEnd(encoder);
            if (!encoder.IsWritten) throw new InvalidOperationException($"{name}: {encoder.Failure}");
            reader.Reset();
        };
    }
}
