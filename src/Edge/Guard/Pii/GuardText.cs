using System.Buffers;
using System.Text;

namespace Edge.Guard.Pii;

/// <summary>
/// The text of a JSON string as a person reads it, for detection: escapes decoded, and what hides a number or an address from a pattern folded away (full-width forms, other scripts'
/// digits, invisible characters, odd spaces and dashes: <see cref="TextFolding"/>). Every range of it maps back to the raw bytes that stand for it.
/// </summary>
/// <remarks>Reused from string to string, in rented memory: <see cref="Trim"/> gives it back. Linear in the string.</remarks>
internal sealed class GuardText
{
    // There are as many of it as idle connections: of the text of a prompt, and of the map to it, none keeps more.
    private const int Kept = 4 * 1024;

    private static readonly SearchValues<byte> _plain = SearchValues.Create([.. Enumerable.Range(0, 0x80).Where(static b => b != '\\').Select(static b => (byte)b)]);

    private readonly TextMap _outer = new(), _inner = new();
    private int _layers;

    /// <summary>Whether a raw string is its own text: no backslash and nothing beyond ASCII.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> raw) => raw.IndexOfAnyExcept(_plain) < 0;

    /// <summary>Whether the text is the raw string itself, so that positions need no mapping.</summary>
    public bool IsRaw => _layers == 0;

    /// <summary>Reads a raw string.</summary>
    /// <param name="raw">What stands between the quotes. Nothing need be valid: a broken escape or a broken UTF-8 sequence stands for itself.</param>
    /// <param name="depth">How often it is a JSON string: 1, or 2 where it holds JSON whose strings are of interest (tool arguments: <c>{\"to\": \"a\\u0040b.example\"}</c>).</param>
    /// <param name="isEscaped">False where it is known that there is no backslash.</param>
    /// <returns>The text: <paramref name="raw"/> itself where that is plain, otherwise a buffer of this object that is valid until the next call. Never longer than the raw string.</returns>
    public ReadOnlySpan<byte> Load(ReadOnlySpan<byte> raw, int depth = 1, bool isEscaped = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, 2);
        _layers = 0;
        if (isEscaped ? IsPlain(raw) : Ascii.IsValid(raw)) return raw;
        _layers = 1;
        _outer.Load(raw, fold: depth == 1);
        if (depth == 1 || IsPlain(_outer.Text)) return _outer.Text;
        _layers = 2;
        _inner.Load(_outer.Text, fold: true);
        return _inner.Text;
    }

    /// <summary>The raw bytes that stand for a range of the text: whole escapes, whole UTF-8 sequences, whole surrogate pairs, and whatever is hidden within.</summary>
    /// <param name="start">First byte in the text of the last <see cref="Load"/>.</param>
    /// <param name="length">Bytes of the text.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the text.</exception>
    public (int Start, int Length) ToRaw(int start, int length)
    {
        if (_layers == 2) (start, length) = _inner.ToRaw(start, length);
        return _layers == 0 ? (start, length) : _outer.ToRaw(start, length);
    }

    /// <summary>Bytes that it holds on to.</summary>
    public int Capacity => _outer.Capacity + _inner.Capacity;

    /// <summary>Lets go of buffers that only a long string needs. To be called when the object is put away.</summary>
    public void Trim()
    {
        _layers = 0;
        _outer.Trim(Kept);
        _inner.Trim(Kept);
    }
}
