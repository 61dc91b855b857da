using System.Runtime.InteropServices;

namespace Edge.Simd.Json;

/// <summary>The kinds of a JSON value.</summary>
public enum JsonKind : byte
{
    None,
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// <summary>
/// One value of an indexed JSON text, or one member name. 16 bytes; the tokens of a text stand in document order, so a value's
/// children follow it directly: an object as name, value, name, value ..., an array as value, value ...
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct JsonToken
{
    /// <summary>Offset of the value's first byte; of a string, the first byte behind the opening quote.</summary>
    public int Start;

    /// <summary>Bytes of the value; of a string, without its quotes; of an object or array, with its brackets.</summary>
    public int Length;

    /// <summary>Index of the token behind this value and everything in it. Of a member name: its value.</summary>
    public int Next;

    public JsonKind Kind;

    /// <summary>Of a string: it holds at least one backslash escape.</summary>
    public bool Escaped;

    /// <summary>It is the name of an object's member.</summary>
    public bool IsName;

    /// <summary>Offset behind the value's last byte, the closing quote included.</summary>
    public readonly int End => Kind == JsonKind.String ? Start + Length + 1 : Start + Length;

    /// <summary>Offset of the value's first byte, the opening quote included.</summary>
    public readonly int Begin => Kind == JsonKind.String ? Start - 1 : Start;
}
