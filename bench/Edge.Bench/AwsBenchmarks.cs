using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Edge.Providers;
using Edge.Providers.Dialects;
using Edge.Providers.Wire;

namespace Edge.Bench;

/// <summary>Signing a request of 10 KB, its hash included, with the day's key at hand.</summary>
[BenchmarkCategory("sigv4")]
public class SigV4Benchmarks
{
    private readonly Action _operation = Operation();

    [Benchmark]
    public void Sign() => _operation();

    internal static Action Operation()
    {
        var body = Bodies.Chat10K;
        var (key, hash, output) = (new byte[SigV4.KeySize], new byte[32], new ByteBuffer());
        SigV4.DeriveKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"u8, "20260102"u8, "us-east-1"u8, "bedrock"u8, key);
        return () =>
        {
            output.Clear();
            SHA256.HashData(body, hash);
            SigV4.Sign(
                new SigV4Request
                {
                    Method = "POST"u8,
                    Path = "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"u8,
                    Headers = "content-type: application/json\r\nhost: bedrock-runtime.us-east-1.amazonaws.com\r\n"u8,
                    BodyHash = hash,
                    Time = "20260102T030405Z"u8,
                    Region = "us-east-1"u8,
                    Service = "bedrock"u8,
                    AccessKeyId = "AKIDEXAMPLE"u8,
                },
                key,
                output);
        };
    }
}

/// <summary>Cutting an AWS event stream into messages, both checksums included; time is per message of about 200 bytes.</summary>
[BenchmarkCategory("event-stream")]
public class EventStreamBenchmarks
{
    private const int Messages = 1_000;
    private Action _operation = () => { };

    /// <summary>Bytes: as sockets deliver them, and pieces that cut nearly every message.</summary>
    [Params(16_384, 211)]
    public int PieceSize { get; set; }

    [GlobalSetup]
    public void Setup() => _operation = Operation(PieceSize);

    [Benchmark(OperationsPerInvoke = Messages)]
    public void Read() => _operation();

    internal static Action Operation(int pieceSize)
    {
        var stream = ProviderStreams.Of(Dialect.Bedrock, Messages);
        var reader = new EventStreamReader(1 << 20);
        return () =>
        {
            var messages = 0;
            for (var at = 0; at < stream.Length; at += pieceSize)
            {
                reader.Feed(stream.AsMemory(at, Math.Min(pieceSize, stream.Length - at)));
                while (reader.TryRead(out _)) messages++;
            }
            if (messages < Messages) throw new InvalidOperationException($"{messages} messages. {reader.Broken}");
            reader.Reset();
        };
    }
}
