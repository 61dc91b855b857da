using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects;

/// <summary>
/// Writes JSON text into an <see cref="IBufferWriter{T}"/>. It holds on to the writer's current span, because a JSON text is made of many small pieces
/// and two interface calls for each would cost more than the copying. Nothing is visible to the writer before <see cref="Flush"/>.
/// </summary>
internal ref struct JsonOut
{
    private readonly IBufferWriter<byte> _output;
    private Span<byte> _span;
    private int _used;

    public JsonOut(IBufferWriter<byte> output, int sizeHint = 256)
    {
        _output = output;
        _span = output.GetSpan(sizeHint);
    }

    /// <summary>Bytes as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _span.Length - _used) Grow(bytes.Length);
        bytes.CopyTo(_span[_used..]);
        _used += bytes.Length;
    }

    /// <summary>Text inside a JSON string; the caller writes the quotes.</summary>
    public void Text(scoped JsonText text)
    {
        if (text.IsEscaped || JsonStrings.IndexOfSpecial(text.Bytes) < 0)
        {
            Raw(text.Bytes);
            return;
        }
        Flush();
        text.WriteEscaped(_output);
    }

    /// <summary>A JSON string with its quotes.</summary>
    public void String(scoped JsonText text)
    {
        Raw("\""u8);
        Text(text);
        Raw("\""u8);
    }

    /// <summary>A JSON string with its quotes from UTF-16, or null. Allocates: for the cold paths that carry strings (errors).</summary>
    public void String(string? text)
    {
        if (text is null) Raw("null"u8);
        else String(JsonText.Plain(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    public void Number(long value)
    {
        if (_span.Length - _used < 20) Grow(20);
        Utf8Formatter.TryFormat(value, _span[_used..], out var written);
        _used += written;
    }

    /// <summary>A finite number in the shortest form that reads back the same.</summary>
    public void Number(double value)
    {
        if (_span.Length - _used < 32) Grow(32);
        value.TryFormat(_span[_used..], out var written, provider: System.Globalization.CultureInfo.InvariantCulture);
        _used += written;
    }

    public void Boolean(bool value) => Raw(value ? "true"u8 : "false"u8);

    /// <summary>Hands what was written to the writer. More may follow.</summary>
    public void Flush()
    {
        if (_used > 0) _output.Advance(_used);
        _span = default;
        _used = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int needed)
    {
        Flush();
        _span = _output.GetSpan(Math.Max(needed, 256));
    }
}
