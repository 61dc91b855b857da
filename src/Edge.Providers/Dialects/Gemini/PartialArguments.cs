using System.Text;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// Arguments that Vertex AI streams piece by piece (<c>partialArgs</c>: a JSON path and a value each) -> fragments of their JSON text. The gateway never asks for them
/// (<c>streamFunctionCallArguments</c>), a configured model may be set so. The pieces come in the text's own order; what goes back into a closed object cannot be written.
/// </summary>
internal sealed class PartialArguments
{
    private const int MaxDepth = 128;

    // The path to the last value: names and array indexes (Name is null).
    private readonly List<Step> _path = [];
    private readonly List<Step> _next = [];
    private bool _isInString;

    private readonly record struct Step(string? Name, int Index);

    public void Clear()
    {
        _path.Clear();
        _isInString = false;
    }

    /// <summary>One value, or more of a string that <paramref name="continues"/>.</summary>
    /// <returns>False where the path makes no sense.</returns>
    public bool TryAdd(JsonText jsonPath, ReadOnlySpan<byte> raw, JsonText text, bool isText, bool continues, ByteBuffer output)
    {
        if (!TryParse(jsonPath.ToString())) return false;
        if (!(_isInString && _next.SequenceEqual(_path)))
        {
            if (!TryMove(output)) return false;
            if (isText) output.Append("\""u8);
        }
        else if (!isText) return false;
        if (isText)
        {
            text.WriteEscaped(output);
            if (!continues) output.Append("\""u8);
            _isInString = continues;
        }
        else output.Append(raw);
        return true;
    }

    /// <summary>Closes what is open.</summary>
    public void Close(ByteBuffer output)
    {
        if (_path.Count == 0) output.Append("{}"u8);
        else CloseDownTo(-1, output);
        Clear();
    }

    private bool TryMove(ByteBuffer output)
    {
        var common = 0;
        while (common < _path.Count && common < _next.Count && _path[common] == _next[common]) common++;
        if (_path.Count > 0)
        {
            if (common == _path.Count || common == _next.Count || _path[common].Name is null != _next[common].Name is null) return false;
            CloseDownTo(common, output);
            output.Append(","u8);
            WriteName(_next[common], output);
            common++;
        }
        for (var i = common; i < _next.Count; i++)
        {
            output.Append(_next[i].Name is null ? "["u8 : "{"u8);
            WriteName(_next[i], output);
        }
        _path.Clear();
        _path.AddRange(_next);
        return true;
    }

    private void CloseDownTo(int level, ByteBuffer output)
    {
        if (_isInString) output.Append("\""u8);
        _isInString = false;
        for (var i = _path.Count - 1; i > level; i--) output.Append(_path[i].Name is null ? "]"u8 : "}"u8);
    }

    private static void WriteName(Step step, ByteBuffer output)
    {
        if (step.Name is null) return;
        output.Append("\""u8);
        JsonText.Plain(Encoding.UTF8.GetBytes(step.Name)).WriteEscaped(output);
        output.Append("\":"u8);
    }

    // $.a.b[0]['odd name'], RFC 9535 in so far as one value is named by it.
    private bool TryParse(string path)
    {
        _next.Clear();
        if (path.Length == 0 || path[0] != '$') return false;
        var at = 1;
        while (at < path.Length)
        {
            if (_next.Count == MaxDepth) return false;
            if (path[at] == '.')
            {
                var end = path.AsSpan(at + 1).IndexOfAny('.', '[');
                var name = end < 0 ? path[(at + 1)..] : path.Substring(at + 1, end);
                if (name.Length == 0) return false;
                _next.Add(new(name, 0));
                at += name.Length + 1;
            }
            else if (path[at] == '[' && at + 1 < path.Length && path[at + 1] is '\'' or '"')
            {
                var end = path.IndexOf(path[at + 1] + "]", at + 2, StringComparison.Ordinal);
                if (end < 0) return false;
                _next.Add(new(path[(at + 2)..end], 0));
                at = end + 2;
            }
            else if (path[at] == '[')
            {
                var end = path.IndexOf(']', at);
                if (end < 0 || !int.TryParse(path.AsSpan(at + 1, end - at - 1), System.Globalization.NumberStyles.None, null, out var index)) return false;
                _next.Add(new(null, index));
                at = end + 1;
            }
            else return false;
        }
        return _next.Count > 0 && _next[0].Name is not null;
    }
}
