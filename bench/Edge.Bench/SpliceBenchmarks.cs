using BenchmarkDotNet.Attributes;
using Edge.Providers.Wire;

namespace Edge.Bench;

/// <summary>The edits of a usual request (model renamed, extension stripped, one redaction) made into segments.</summary>
[BenchmarkCategory("splice")]
public class SpliceBenchmarks
{
    private readonly Action _operation = Operation(Bodies.Chat10K);

    [Benchmark]
    public void Splice() => _operation();

    internal static Action Operation(byte[] body)
    {
        var edits = new EditList();
        var segments = new BodySegments();
        ReadOnlyMemory<byte> replacement = "\"gpt-4.1\""u8.ToArray();
        return () =>
        {
            edits.Add(9, 13, replacement);
            edits.Add(body.Length - 38, 37, default);
            edits.Add(400, 20, replacement);
            edits.Splice(body, segments);
            edits.Clear();
            segments.Clear();
        };
    }
}
