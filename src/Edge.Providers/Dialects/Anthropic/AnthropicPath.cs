using System.Globalization;
using System.Text;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// The path of a field as Anthropic's own API writes it in its error messages: numbers between dots, and behind a block, a source or a tool the name of its type:
/// <c>messages.0.content.1.image.source.base64.media_type</c>, <c>messages.2.content.0.tool_result.content.1.text.text</c>, <c>tools.0.custom.input_schema</c>,
/// <c>thinking.enabled.budget_tokens</c>. It becomes a string only where something is wrong with the field, so that checking costs nothing.
/// </summary>
internal readonly struct AnthropicPath
{
    private readonly string? _list;
    private readonly int _index;
    private readonly string? _second;
    private readonly int _secondIndex;
    private readonly string? _third;
    private readonly int _thirdIndex;
    private readonly string? _fourth;
    private readonly int _fourthIndex;
    private readonly string? _leaf;

    private AnthropicPath(in AnthropicPath other, string? leaf)
    {
        this = other;
        _leaf = leaf;
    }

    private AnthropicPath(in AnthropicPath other, string list, int index)
    {
        this = other;
        _leaf = null;
        if (_list is null) (_list, _index) = (list, index);
        else if (_second is null) (_second, _secondIndex) = (list, index);
        else if (_third is null) (_third, _thirdIndex) = (list, index);
        else (_fourth, _fourthIndex) = (list, index);
    }

    public static implicit operator AnthropicPath(string leaf) => new(default, leaf);

    /// <summary><c>list.index</c></summary>
    public static AnthropicPath Element(string list, int index) => new(default, list, index);

    /// <summary><c>this.list.index</c>; four levels at most.</summary>
    public AnthropicPath Inner(string list, int index) => new(this, list, index);

    /// <summary>A member of the element; the name may hold dots.</summary>
    public AnthropicPath Dot(string leaf) => new(this, leaf);

    /// <summary>A member of the member. Allocates, so only where something is wrong already.</summary>
    public AnthropicPath Sub(string leaf) => new(this, _leaf is null ? leaf : $"{_leaf}.{leaf}");

    public override string ToString()
    {
        var path = new StringBuilder();
        Add(path, _list, _index);
        Add(path, _second, _secondIndex);
        Add(path, _third, _thirdIndex);
        Add(path, _fourth, _fourthIndex);
        if (_leaf is null) return path.ToString();
        if (path.Length > 0) path.Append('.');
        return path.Append(_leaf).ToString();
    }

    private static void Add(StringBuilder path, string? list, int index)
    {
        if (list is null) return;
        if (path.Length > 0) path.Append('.');
        path.Append(list).Append('.').Append(index.ToString(CultureInfo.InvariantCulture));
    }
}
