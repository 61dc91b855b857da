using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.OpenAi;
using Edge.Simd.Json;

namespace Edge.Bench;

/// <summary>A chat request of 10 KB, 20 messages and a tool, indexed, decoded and written as each provider's body.</summary>
[BenchmarkCategory("translate-request")]
public class RequestTranslationBenchmarks
{
    private Action _operation = () => { };

    [Params(Dialect.OpenAi, Dialect.Anthropic, Dialect.Gemini, Dialect.Bedrock, Dialect.Cohere, Dialect.Ollama, Dialect.Responses)]
    public Dialect To { get; set; }

    [GlobalSetup]
    public void Setup() => _operation = Operation(To);

    [Benchmark]
    public void Translate() => _operation();

    /// <summary>One request, on codecs that are used again.</summary>
    internal static Action Operation(Dialect to)
    {
        // Without the gateway's own extension, which is stripped before.
        var body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Bodies.Chat10K).Replace(",\"cache\":{\"enabled\":true,\"ttl\":3600}", "", StringComparison.Ordinal));
        var encoder = ChatDialects.Of(to)!.CreateRequestEncoder();
        var (index, request, output, dropped) = (new JsonIndex(), new ChatRequest(), new ByteBuffer(), new List<string>());
        var options = new ChatEncodeOptions
        {
            Model = to switch
            {
                Dialect.Anthropic => "claude-sonnet-4-5"u8.ToArray(),
                Dialect.Gemini => "gemini-2.5-flash"u8.ToArray(),
                Dialect.Bedrock => "anthropic.claude-sonnet-4-5-20250929-v1:0"u8.ToArray(),
                Dialect.Cohere => "command-a-03-2025"u8.ToArray(),
                Dialect.Ollama => "llama3.2"u8.ToArray(),
                _ => "gpt-4o-mini"u8.ToArray(),
            },
        };
        return () =>
        {
            request.Clear();
            output.Clear();
            dropped.Clear();
            if (!index.TryBuild(body, 64, 1 << 20, out _)) throw new InvalidOperationException("The body is valid.");
            if (!OpenAiChatRequestDecoder.TryDecode(body, index.Tokens, request, out var error) || !encoder.TryEncode(request, options, output, dropped, out error))
            {
                throw new InvalidOperationException($"{to}: {error}");
            }
            index.Clear();
        };
    }
}
