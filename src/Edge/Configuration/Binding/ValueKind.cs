using System.Buffers;
using System.Text.Json;

namespace Edge.Configuration;

/// <summary>A kind of value: how it is read, described, and written into the JSON schema.</summary>
internal abstract class ValueKind
{
    /// <summary>For the reference: <c>duration</c>, <c>list of text</c>.</summary>
    public abstract string TypeText { get; }

    /// <summary>The section whose keys stand below; null = none.</summary>
    public virtual ConfigSection? Child => null;

    /// <summary>What comes between the key and the child's keys in a path: <c>.&lt;name&gt;</c> for a map of sections.</summary>
    public virtual string ChildPath => "";

    /// <summary>Writes members into a schema object that is already open.</summary>
    public abstract void WriteSchema(Utf8JsonWriter json);
}

/// <inheritdoc cref="ValueKind"/>
internal abstract class ValueKind<T> : ValueKind
{
    /// <summary>False where the node sets nothing (null), or is wrong with the errors added.</summary>
    /// <param name="context">Takes the errors.</param>
    /// <param name="node">What the file holds.</param>
    /// <param name="path">The key's path.</param>
    /// <param name="start">The value so far: what a section changes.</param>
    /// <param name="value">The value read.</param>
    public abstract bool TryBind(BindContext context, YamlNode node, string path, T start, out T value);

    /// <summary>As it would be written in the file; empty = nothing to show.</summary>
    public virtual string Format(T value) => "";

    /// <summary>As it could stand in the file, as JSON; null = nothing to write.</summary>
    public virtual JsonElement? ToJson(T value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteDefault(json, value);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement.TryGetProperty("default"u8, out var written) ? written : null;
    }

    /// <summary>The member <c>default</c>, where there is one to show.</summary>
    public virtual void WriteDefault(Utf8JsonWriter json, T value)
    {
        if (Format(value) is { Length: > 0 } text) json.WriteString("default", text);
    }
}
