using System.Buffers.Binary;
using System.Text.Json;
using Edge.TestSupport;

namespace Edge.Tests.Cache.Semantic;

/// <summary>Texts of ours with what the model's reference implementation (TensorFlow.js, in floats) makes of them: tokens, and the vector as half-precision numbers.</summary>
internal sealed record ReferenceVector(string Text, long[] Ids, float[] Vector)
{
    public static IReadOnlyList<ReferenceVector> All { get; } = Read();

    private static List<ReferenceVector> Read()
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "tests", "Edge.Tests", "Cache", "Semantic", "Data", "reference-vectors.jsonl");
        return [.. File.ReadLines(path).Where(l => l.Length > 0).Select(Parse)];
    }

    private static ReferenceVector Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var halves = document.RootElement.GetProperty("vector").GetBytesFromBase64();
        var vector = new float[halves.Length / 2];
        for (var i = 0; i < vector.Length; i++) vector[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(halves.AsSpan(2 * i));
        return new ReferenceVector(document.RootElement.GetProperty("text").GetString()!, [.. document.RootElement.GetProperty("ids").EnumerateArray().Select(e => e.GetInt64())], vector);
    }
}
