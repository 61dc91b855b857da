using System.Text;
using BenchmarkDotNet.Attributes;
using Edge.Providers.Wire;

namespace Edge.Bench;

/// <summary>Cutting a stream of chat chunks into events; time is per event.</summary>
[BenchmarkCategory("sse-scan")]
public class SseBenchmarks
{
    private const int Events = 100;
    private Action _operation = () => { };

    /// <summary>Bytes: the whole stream, as sockets deliver it, one event a piece, and the worst cut there is.</summary>
    [Params(1 << 20, 1024, 211, 1)]
    public int PieceSize { get; set; }

    [GlobalSetup]
    public void Setup() => _operation = Operation(PieceSize);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Read() => _operation();

    internal static Action Operation(int pieceSize)
    {
        var stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Events).Select(i =>
            $$$"""data: {"id":"chatcmpl-9Xk2m1","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4o-mini","system_fingerprint":"fp_0","choices":[{"index":0,"delta":{"content":" word{{{i:00}}}"},"finish_reason":null}]}""" + "\n\n")));
        var reader = new SseReader(1 << 20);
        return () =>
        {
            var events = 0;
            for (var at = 0; at < stream.Length; at += pieceSize)
            {
                reader.Feed(stream.AsMemory(at, Math.Min(pieceSize, stream.Length - at)));
                while (reader.TryRead(out var sse)) events += sse.HasData ? 1 : 0;
            }
            if (events != Events) throw new InvalidOperationException($"{events} events.");
            reader.Reset();
        };
    }
}
