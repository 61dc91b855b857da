using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Edge.Simd.Text;

/// <summary>The second look at a candidate: one bit for the hash of its first four bytes. Short literals have a bit for their first two.</summary>
internal sealed class MultiLiteralFilter
{
    private const int Quad = 4;
    private readonly ulong[] _quads;
    private readonly ulong[]? _pairs;
    private readonly int _shift;

    /// <param name="literals">Folded where case does not matter.</param>
    public MultiLiteralFilter(byte[][] literals)
    {
        // 32 bits a literal, so that one in thirty-two others passes: from 128 bytes, which no cache minds, to 64 KB.
        var bits = Math.Max(10, BitOperations.Log2((uint)literals.Length) + 6);
        _quads = new ulong[(1 << bits) / 64];
        _shift = 32 - bits;
        foreach (var literal in literals)
        {
            if (literal.Length >= Quad)
            {
                Set(_quads, Hash(BinaryPrimitives.ReadUInt32LittleEndian(literal)));
                continue;
            }
            _pairs ??= new ulong[(1 << 16) / 64];
            if (literal.Length > 1)
            {
                Set(_pairs, Pair(literal[0], literal[1]));
                continue;
            }
            for (var second = 0; second < 256; second++) Set(_pairs, Pair(literal[0], (byte)second));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayMatch(ReadOnlySpan<byte> text, int at)
    {
        var rest = text.Length - at;
        if (rest >= Quad && IsSet(_quads, Hash(Unsafe.ReadUnaligned<uint>(ref Unsafe.AsRef(in text[at]))))) return true;
        return _pairs is not null && IsSet(_pairs, Pair(text[at], rest > 1 ? text[at + 1] : (byte)0));
    }

    // This bit tells upper from lower case, and a few pairs of signs apart: what it lets through too much, the trie stops.
    private const uint Case = 0x20202020;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Hash(uint quad) => ((BitConverter.IsLittleEndian ? quad : BinaryPrimitives.ReverseEndianness(quad)) | Case) * 0x9E3779B1U >> _shift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Pair(byte first, byte second) => (first | ((uint)second << 8)) | (Case & 0xFFFF);

    private static void Set(ulong[] bits, uint at) => bits[at >> 6] |= 1UL << (int)(at & 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSet(ulong[] bits, uint at) => (bits[at >> 6] >> (int)(at & 63) & 1) != 0;
}
