using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Edge.Guard.Injection;

/// <summary>A linear classifier over <see cref="Features"/>, trained by tools/Edge.Train. Its weights are models/injection.bin, embedded; models/README.md tells where they come from.</summary>
internal sealed class InjectionClassifier
{
    // "EIC1", the weights' scale and the bias (little-endian single), then a signed byte for each feature.
    private const int HeaderSize = 12;

    private readonly sbyte[] _weights;
    private readonly float _scale, _bias;

    private InjectionClassifier(sbyte[] weights, float scale, float bias)
    {
        _weights = weights;
        _scale = scale;
        _bias = bias;
    }

    /// <summary>The embedded one; null in a build without weights (while they are being trained).</summary>
    public static InjectionClassifier? Embedded { get; } = Load();

    /// <summary>Reads weights as <see cref="Write"/> writes them.</summary>
    /// <exception cref="InvalidDataException">They are not such weights.</exception>
    public static InjectionClassifier Read(ReadOnlySpan<byte> data)
    {
        if (data.Length != HeaderSize + Features.Count || !data.StartsWith("EIC1"u8)) throw new InvalidDataException($"Not weights of the injection classifier: {data.Length} bytes, {HeaderSize + Features.Count} expected.");
        var weights = new sbyte[Features.Count];
        for (var i = 0; i < weights.Length; i++) weights[i] = (sbyte)data[HeaderSize + i];
        return new InjectionClassifier(weights, BinaryPrimitives.ReadSingleLittleEndian(data[4..]), BinaryPrimitives.ReadSingleLittleEndian(data[8..]));
    }

    /// <summary>Rounds trained weights to bytes.</summary>
    public static byte[] Write(ReadOnlySpan<float> weights, float bias)
    {
        var most = 0f;
        foreach (var weight in weights) most = Math.Max(most, Math.Abs(weight));
        var scale = most == 0 ? 1 : most / 127;
        var data = new byte[HeaderSize + weights.Length];
        "EIC1"u8.CopyTo(data);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), scale);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8), bias);
        for (var i = 0; i < weights.Length; i++) data[HeaderSize + i] = (byte)(sbyte)MathF.Round(weights[i] / scale);
        return data;
    }

    /// <summary>0..1: how much a window is like those of known attacks.</summary>
    [SkipLocalsInit]
    public float Score(ReadOnlySpan<Token> tokens)
    {
        Span<ushort> features = stackalloc ushort[Features.Max];
        var count = Features.Of(tokens, features);
        if (count == 0) return 0;
        var sum = 0;
        foreach (var feature in features[..count]) sum += _weights[feature];
        return 1 / (1 + MathF.Exp(-((sum * _scale / MathF.Sqrt(count)) + _bias)));
    }

    private static InjectionClassifier? Load()
    {
        using var stream = typeof(InjectionClassifier).Assembly.GetManifestResourceStream("injection.bin");
        if (stream is null) return null;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return Read(data);
    }
}
