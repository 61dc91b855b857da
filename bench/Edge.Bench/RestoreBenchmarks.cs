using System.Buffers;
using BenchmarkDotNet.Attributes;
using Edge.Guard.Restore;
using Edge.Providers;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Wire;

namespace Edge.Bench;

/// <summary>
/// A passed-through stream of 50 text events: framing, tap, and what putting values back adds. Time is per event. "as today" has no filter; "nothing to restore" has one and no placeholder comes; "escapes" is the same with
/// escapes and brackets in every event; "restored" has a placeholder in every event, cut between two.
/// </summary>
[BenchmarkCategory("restore-stream")]
public class RestoreBenchmarks
{
    private const int Events = 50;
    private Action _operation = () => { };

    [Params("as today", "nothing to restore", "escapes", "restored")]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _operation = Operation(Case);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Stream() => _operation();

    /// <summary>One whole stream of the named kind, on a filter that is used again.</summary>
    internal static Action Operation(string name)
    {
        var text = name switch { "escapes" => " \\\"committee\\\"\\n <e>x", "restored" => "AIL_1> or <EM", _ => " committee" };
        var stream = System.Text.Encoding.UTF8.GetString(ProviderStreams.Of(Dialect.OpenAi, Events)).Replace(" committee", text, StringComparison.Ordinal);
        var bytes = System.Text.Encoding.UTF8.GetBytes(stream);
        var vault = new Vault();
        vault.Placeholder("EMAIL"u8, "ann.lee@example.com"u8);
        vault.Placeholder("PHONE"u8, "+1 415 555 0123"u8);
        var filter = name == "as today" ? null : new AnswerFilter();
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        var reader = new SseReader(1 << 20);
        var tap = new OpenAiChatTap();
        var pieceSize = bytes.Length / Events;
        return () =>
        {
            output.ResetWrittenCount();
            tap.Reset();
            filter?.Begin(vault, Dialect.OpenAi);
            for (var at = 0; at < bytes.Length; at += pieceSize)
            {
                reader.Feed(bytes.AsMemory(at, Math.Min(pieceSize, bytes.Length - at)));
                while (reader.TryRead(out var wire))
                {
                    if (wire.HasData) tap.Look(wire.Type, wire.Data);
                    if (filter is null) output.Write(wire.Raw);
                    else filter.Event(wire, output);
                }
            }
            reader.Reset();
            filter?.Clear();
            if (name == "restored" ? output.WrittenSpan.IndexOf("ann.lee@example.com"u8) < 0 : output.WrittenCount != bytes.Length) throw new InvalidOperationException(name);
        };
    }
}

/// <summary>The vault of a request: ten values hidden, each met twice, and forgotten.</summary>
[BenchmarkCategory("vault")]
public class VaultBenchmarks
{
    private readonly Action _operation = Operation();

    [Benchmark]
    public void Hide() => _operation();

    internal static Action Operation()
    {
        var values = Enumerable.Range(0, 10).Select(i => System.Text.Encoding.UTF8.GetBytes($"person{i}@example.com")).ToArray();
        var vault = new Vault();
        return () =>
        {
            vault.Reserve("{\"content\":\"some <b>text</b> of a client\"}"u8);
            for (var round = 0; round < 2; round++)
            {
                foreach (var value in values) vault.Placeholder("EMAIL"u8, value);
            }
            vault.Clear();
        };
    }
}
