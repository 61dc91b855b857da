using System.Runtime.InteropServices;

namespace Edge.Embed.Onnx;

/// <summary>Builds one ONNX graph (onnx.proto of the ONNX project, IR version 8, opset 17), node after node. A value is its name.</summary>
internal sealed class GraphBuilder
{
    private const int TypeFloat = 1, TypeInt8 = 3, TypeInt64 = 7;

    // Attribute types of AttributeProto.
    private const int AttributeFloat = 1, AttributeInt = 2, AttributeInts = 7;

    private readonly List<Action<ProtoWriter>> _nodes = [], _tensors = [], _inputs = [], _outputs = [];
    private int _values;

    public string Floats(string name, ReadOnlySpan<float> values, params long[] shape) => Tensor(name, TypeFloat, MemoryMarshal.AsBytes(values).ToArray(), shape);

    public string Bytes(string name, ReadOnlySpan<sbyte> values, params long[] shape) => Tensor(name, TypeInt8, MemoryMarshal.AsBytes(values).ToArray(), shape);

    public string Longs(string name, params long[] values) => Tensor(name, TypeInt64, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), [values.Length]);

    public string Node(string type, string[] inputs, params (string Name, object Value)[] attributes) => Nodes(type, inputs, 1, attributes)[0];

    public string[] Nodes(string type, string[] inputs, int outputs, params (string Name, object Value)[] attributes)
    {
        var names = new string[outputs];
        for (var i = 0; i < outputs; i++) names[i] = $"v{_values++}";
        Add(type, inputs, names, attributes);
        return names;
    }

    /// <summary>A dimension that is text is free, and the same wherever it has the same name.</summary>
    public void Input(string name, bool isFloat, params object[] shape) => _inputs.Add(w => ValueInfo(w, name, isFloat, shape));

    /// <summary>Gives a value the name under which the graph returns it.</summary>
    public void Output(string name, string value, params object[] shape)
    {
        Add("Identity", [value], [name], []);
        _outputs.Add(w => ValueInfo(w, name, true, shape));
    }

    public byte[] Model(string graphName, string producer, params (string Key, string Value)[] metadata)
    {
        var model = new ProtoWriter();
        model.Int(1, 8);
        model.Text(2, producer);
        model.Message(7, graph =>
        {
            foreach (var node in _nodes) graph.Message(1, node);
            graph.Text(2, graphName);
            foreach (var tensor in _tensors) graph.Message(5, tensor);
            foreach (var input in _inputs) graph.Message(11, input);
            foreach (var output in _outputs) graph.Message(12, output);
        });
        model.Message(8, opset => opset.Int(2, 17));
        foreach (var (key, value) in metadata)
        {
            model.Message(14, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        }
        return model.ToArray();
    }

    private void Add(string type, string[] inputs, string[] outputs, (string Name, object Value)[] attributes) => _nodes.Add(node =>
    {
        foreach (var input in inputs) node.Text(1, input);
        foreach (var output in outputs) node.Text(2, output);
        node.Text(3, $"{type}_{outputs[0]}");
        node.Text(4, type);
        foreach (var (name, value) in attributes) node.Message(5, a => Attribute(a, name, value));
    });

    private static void Attribute(ProtoWriter attribute, string name, object value)
    {
        attribute.Text(1, name);
        switch (value)
        {
            case float single:
                attribute.Float(2, single);
                attribute.Int(20, AttributeFloat);
                break;
            case int whole:
                attribute.Int(3, whole);
                attribute.Int(20, AttributeInt);
                break;
            case long[] list:
                foreach (var item in list) attribute.Int(8, item);
                attribute.Int(20, AttributeInts);
                break;
            default:
                throw new ArgumentException($"An attribute of type {value.GetType()}.");
        }
    }

    private string Tensor(string name, int type, byte[] raw, long[] shape)
    {
        _tensors.Add(tensor =>
        {
            foreach (var size in shape) tensor.Int(1, size);
            tensor.Int(2, type);
            tensor.Text(8, name);
            tensor.Bytes(9, raw);
        });
        return name;
    }

    private static void ValueInfo(ProtoWriter info, string name, bool isFloat, object[] shape)
    {
        info.Text(1, name);
        info.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Int(1, isFloat ? TypeFloat : TypeInt64);
            tensor.Message(2, dimensions =>
            {
                foreach (var size in shape)
                {
                    dimensions.Message(1, dimension =>
                    {
                        if (size is string free) dimension.Text(2, free);
                        else dimension.Int(1, (int)size);
                    });
                }
            });
        }));
    }
}
