namespace Edge.Providers.Dialects;

/// <summary>
/// The path of a field, e.g. <c>messages[2].content[0].type</c>. It becomes a string only where something is wrong with the field, so that checking costs nothing.
/// </summary>
internal readonly struct FieldName
{
    private readonly string? _list;
    private readonly int _index;
    private readonly string? _innerList;
    private readonly int _innerIndex;
    private readonly string _leaf;

    private FieldName(string? list, int index, string? innerList, int innerIndex, string leaf) =>
        (_list, _index, _innerList, _innerIndex, _leaf) = (list, index, innerList, innerIndex, leaf);

    public static implicit operator FieldName(string leaf) => new(null, 0, null, 0, leaf);

    /// <summary>An object whose members have names of their own.</summary>
    public static FieldName Of(string name) => new(name, -1, null, 0, "");

    /// <summary><c>list[index]</c></summary>
    public static FieldName Element(string list, int index) => new(list, index, null, 0, "");

    /// <summary><c>list[index].inner[innerIndex]</c></summary>
    public FieldName Inner(string inner, int innerIndex) => new(_list, _index, inner, innerIndex, "");

    /// <summary>A member of the element.</summary>
    public FieldName Dot(string leaf) => new(_list, _index, _innerList, _innerIndex, leaf);

    public override string ToString()
    {
        if (_list is null) return _leaf;
        var path = _innerList is null ? _index < 0 ? _list : $"{_list}[{_index}]" : $"{_list}[{_index}].{_innerList}[{_innerIndex}]";
        return _leaf.Length == 0 ? path : $"{path}.{_leaf}";
    }
}
