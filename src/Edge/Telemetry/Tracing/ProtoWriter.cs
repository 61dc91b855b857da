using System.Buffers.Binary;
using System.Text;

namespace Edge.Telemetry.Tracing;

/// <summary>
/// Writes protobuf's wire format (https://protobuf.dev/programming-guides/encoding/). The length of a nested message is written with a fixed four bytes, patched when it is known: a
/// varint may be longer than it must, and nothing needs to be measured first.
/// </summary>
internal sealed class ProtoWriter
{
    private const int LengthBytes = 4;
    private byte[] _bytes = new byte[16 * 1024];
    private int _count;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _count);

    public int Length => _count;

    public void Clear() => _count = 0;

    /// <summary>Begins a nested message; give the result to <see cref="End"/>.</summary>
    public int Begin(int field)
    {
        Varint(((uint)field << 3) | 2);
        var at = _count;
        Grow(LengthBytes);
        _count += LengthBytes;
        return at;
    }

    /// <summary>Ends it. A message is at most 256 MB.</summary>
    public void End(int begun)
    {
        var length = _count - begun - LengthBytes;
        for (var i = 0; i < LengthBytes; i++)
        {
            _bytes[begun + i] = (byte)((length & 0x7f) | (i < LengthBytes - 1 ? 0x80 : 0));
            length >>= 7;
        }
    }

    public void Text(int field, string value)
    {
        var size = Encoding.UTF8.GetByteCount(value);
        Varint(((uint)field << 3) | 2);
        Varint((ulong)size);
        Grow(size);
        _count += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_count));
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((uint)field << 3) | 2);
        Varint((ulong)value.Length);
        Grow(value.Length);
        value.CopyTo(_bytes.AsSpan(_count));
        _count += value.Length;
    }

    public void Number(int field, long value)
    {
        Varint((uint)field << 3);
        Varint((ulong)value);
    }

    public void Fixed64(int field, ulong value)
    {
        Varint(((uint)field << 3) | 1);
        Grow(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_count), value);
        _count += 8;
    }

    public void Fixed32(int field, uint value)
    {
        Varint(((uint)field << 3) | 5);
        Grow(4);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_count), value);
        _count += 4;
    }

    public void Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    private void Varint(ulong value)
    {
        Grow(10);
        while (value >= 0x80)
        {
            _bytes[_count++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _bytes[_count++] = (byte)value;
    }

    private void Grow(int more)
    {
        if (_count + more > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + more));
    }
}
