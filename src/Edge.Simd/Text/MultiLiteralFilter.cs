using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Simd.Text;

/// <summary>
/// The second look at a candidate: a bit for the hash of a literal's first four bytes. Prose is full of words that begin as a literal does ("with", "without"), so what passes is
/// looked at again, with the hash of as many of its first eight, six or four bytes as each literal has. Literals of less than four bytes have a bit for their first two.
/// </summary>
internal sealed class MultiLiteralFilter
{
    /// <summary>Bytes from a candidate on that are looked at.</summary>
    public const int Reach = 8;

    private const ulong Six = 0xFFFF_FFFF_FFFF, Four = 0xFFFF_FFFF;

    // This bit tells upper from lower case, and a few pairs of signs apart: what it lets through too much, the trie stops.
    private const ulong Case = 0x2020_2020_2020_2020;

    private readonly ulong[] _fours;
    private readonly ulong[] _longest;
    private readonly int _shift;
    private readonly bool _hasSix;
    private readonly bool _hasFour;
    private readonly ulong[]? _pairs;

    private readonly MultiLiteralKeys? _keys;

    /// <param name="literals">Folded where case does not matter.</param>
    /// <param name="keys">Where the literals are keys of others: those, for a last look.</param>
    public MultiLiteralFilter(byte[][] literals, MultiLiteralKeys? keys = null)
    {
        _keys = keys;
        // 32 to 64 bits for each way in which literals begin, so that one in thirty-two others passes at most: from 128 bytes, which no cache minds, to 64 KB.
        var beginnings = literals.Select(static literal => Convert.ToHexString(literal.AsSpan(0, Math.Min(literal.Length, Reach)))).Distinct(StringComparer.Ordinal).Count();
        var bits = Math.Max(10, BitOperations.Log2((uint)beginnings) + 6);
        _fours = new ulong[(1 << bits) / 64];
        _longest = new ulong[(1 << bits) / 64];
        _shift = 64 - bits;
        Span<byte> bytes = stackalloc byte[Reach];
        foreach (var literal in literals)
        {
            bytes.Clear();
            literal.AsSpan(0, Math.Min(literal.Length, Reach)).CopyTo(bytes);
            var first = BinaryPrimitives.ReadUInt64LittleEndian(bytes) | Case;
            if (literal.Length >= 4) Set(_fours, Hash(first & Four));
            switch (literal.Length)
            {
                case >= 8:
                    Set(_longest, Hash(first));
                    break;
                case >= 6:
                    Set(_longest, Hash(first & Six));
                    _hasSix = true;
                    break;
                case >= 4:
                    Set(_longest, Hash(first & Four));
                    _hasFour = true;
                    break;
                case >= 2:
                    _pairs ??= new ulong[(1 << 16) / 64];
                    Set(_pairs, first & 0xFFFF);
                    break;
                default:
                    _pairs ??= new ulong[(1 << 16) / 64];
                    for (var second = 0UL; second < 256; second++) Set(_pairs, (first & 0xFF) | (second << 8) | (Case & 0xFFFF));
                    break;
            }
        }
    }

    /// <summary>Takes from the mask of a block's candidates those that are none.</summary>
    /// <param name="text">The text's first byte.</param>
    /// <param name="from">Where the block begins; <see cref="Reach"/> - 1 bytes behind its last one are readable.</param>
    /// <param name="mask">Bit i: byte i is a candidate.</param>
    public ulong Keep(ref byte text, int from, ulong mask)
    {
        ref var block = ref Unsafe.Add(ref text, from);
        // Without a branch on what a hash says: it goes either way too often to be foreseen.
        var passed = 0UL;
        for (var left = mask; left != 0; left &= left - 1)
        {
            var at = BitOperations.TrailingZeroCount(left);
            passed |= (Bit(_fours, Hash(Read(ref block, at) & Four)) & 1) << at;
        }
        var kept = 0UL;
        for (; passed != 0; passed &= passed - 1)
        {
            var at = BitOperations.TrailingZeroCount(passed);
            var bytes = Read(ref block, at);
            var bit = Bit(_longest, Hash(bytes));
            if (_hasSix) bit |= Bit(_longest, Hash(bytes & Six));
            if (_hasFour) bit |= Bit(_longest, Hash(bytes & Four));
            kept |= (bit & 1) << at;
        }
        if (_pairs is not null) kept |= KeepPairs(_pairs, ref block, mask & ~kept);
        return kept == 0 || _keys is null ? kept : _keys.Keep(ref text, from, kept);
    }

    /// <summary>Whether one position is a candidate.</summary>
    /// <param name="text">The position; <see cref="Reach"/> bytes are readable.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayBegin(ref byte text)
    {
        var bytes = Read(ref text, 0);
        if ((Bit(_fours, Hash(bytes & Four)) & 1) != 0)
        {
            var bit = Bit(_longest, Hash(bytes));
            if (_hasSix) bit |= Bit(_longest, Hash(bytes & Six));
            if (_hasFour) bit |= Bit(_longest, Hash(bytes & Four));
            if ((bit & 1) != 0) return true;
        }
        return _pairs is not null && (Bit(_pairs, bytes & 0xFFFF) & 1) != 0;
    }

    private static ulong KeepPairs(ulong[] pairs, ref byte block, ulong mask)
    {
        var kept = 0UL;
        for (; mask != 0; mask &= mask - 1)
        {
            var at = BitOperations.TrailingZeroCount(mask);
            kept |= (Bit(pairs, Read(ref block, at) & 0xFFFF) & 1) << at;
        }
        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte block, int at)
    {
        var bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref block, at));
        return (BitConverter.IsLittleEndian ? bytes : BinaryPrimitives.ReverseEndianness(bytes)) | Case;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Hash(ulong bytes) => bytes * 0x9E37_79B9_7F4A_7C15UL >> _shift;

    private static void Set(ulong[] bits, ulong at) => bits[at >> 6] |= 1UL << (int)(at & 63);

    // The bit asked for is the lowest one of the result.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bit(ulong[] bits, ulong at) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bits), (nuint)(at >> 6)) >> (int)(at & 63);
}
