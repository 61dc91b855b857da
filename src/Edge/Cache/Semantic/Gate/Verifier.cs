using System.Buffers.Binary;

namespace Edge.Cache.Semantic.Gate;

/// <summary>
/// The last word on a candidate: a small network (one hidden layer) over <see cref="PairFeatures"/>, trained for the model shipped by tools/Edge.Embed. Its weights are models/verifier.bin, embedded. It refuses
/// what all rules let pass and the vectors of both texts, word by word, speak against.
/// </summary>
internal sealed class Verifier
{
    public const int Hidden = 8;

    /// <summary>Below it a candidate is refused. In cross-validation one of 264 pairs that mean the same and pass the rules is lost by it (models/README.md).</summary>
    public const float Threshold = 0.25f;

    // "ESV1", then for each hidden unit a weight for each feature and its bias, then the output's weights and bias; little-endian singles.
    private const int Weights = (Hidden * (PairFeatures.Count + 1)) + Hidden + 1;

    private readonly float[] _weights;

    private Verifier(float[] weights) => _weights = weights;

    /// <summary>Null in a build without weights (while they are being trained).</summary>
    public static Verifier? Embedded { get; } = Load();

    /// <exception cref="InvalidDataException">They are no such weights.</exception>
    public static Verifier Read(ReadOnlySpan<byte> data)
    {
        if (data.Length != 4 + (4 * Weights) || !data.StartsWith("ESV1"u8)) throw new InvalidDataException($"Not weights of the verifier: {data.Length} bytes, {4 + (4 * Weights)} expected.");
        var weights = new float[Weights];
        for (var i = 0; i < weights.Length; i++) weights[i] = BinaryPrimitives.ReadSingleLittleEndian(data[(4 + (4 * i))..]);
        return new Verifier(weights);
    }

    public static byte[] Write(ReadOnlySpan<double> weights)
    {
        var data = new byte[4 + (4 * weights.Length)];
        "ESV1"u8.CopyTo(data);
        for (var i = 0; i < weights.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 + (4 * i)), (float)weights[i]);
        return data;
    }

    /// <summary>0..1: how likely both prompts ask for the same.</summary>
    public float Score(ReadOnlySpan<float> features)
    {
        var output = _weights[^1];
        for (var unit = 0; unit < Hidden; unit++)
        {
            var row = _weights.AsSpan(unit * (PairFeatures.Count + 1), PairFeatures.Count + 1);
            var sum = row[^1];
            for (var i = 0; i < features.Length; i++) sum += row[i] * features[i];
            output += _weights[(Hidden * (PairFeatures.Count + 1)) + unit] * MathF.Tanh(sum);
        }
        return 1 / (1 + MathF.Exp(-output));
    }

    private static Verifier? Load()
    {
        using var stream = typeof(Verifier).Assembly.GetManifestResourceStream("verifier.bin");
        if (stream is null) return null;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return Read(data);
    }
}
