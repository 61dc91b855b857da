using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Edge.Simd.Text;

/// <summary>
/// The second look at a candidate: a bit for the hash of a literal's first four bytes. Prose is full of words that begin as a literal does ("with", "without"), so what passes is
/// looked at again, with the hash of as many of its first eight, six or four bytes as each literal has. Literals of less than four bytes have a bit for their first two.
/// </summary>
internal sealed class MultiLiteralFilter
{
    /// <summary>Bytes from a candidate on that are looked at.</summary>
    public const int Reach = 8;

    private const int Foreseen = 8;

    private const ulong Six = 0xFFFF_FFFF_FFFF, Four = 0xFFFF_FFFF;

    // This bit tells upper from lower case, and a few pairs of signs apart: what it lets through too much, the trie stops.
    private const ulong Case = 0x2020_2020_2020_2020;

    private readonly ulong[] _fours;
    private readonly ulong[] _longest;
    private readonly ulong _factor;

    // The same as _fours, a byte each: of literals at the beginnings of words, for which the hash is all that is looked at first.
    private readonly byte[]? _bytes;
    private readonly int _bytesShift;

    // At the same places: how many bits of eight bytes say nothing, for the shortest literal with such a hash has no more; and a bit for the hash of those that do.
    private readonly byte[]? _dropped;
    private readonly ulong[]? _listed;

    private readonly int _foursShift, _shift;
    private readonly bool _hasSix;
    private readonly bool _hasFour;
    private readonly ulong[]? _pairs;

    private readonly MultiLiteralKeys? _keys;

    /// <param name="literals">Folded where case does not matter.</param>
    /// <param name="keys">Where the literals are keys of others: those, for a last look.</param>
    /// <param name="isSecond">Whether it looks at what another one has let through: it then hashes otherwise, or it would let the same through.</param>
    /// <param name="isListing">Whether <see cref="ListFirst"/> is needed.</param>
    public MultiLiteralFilter(byte[][] literals, MultiLiteralKeys? keys = null, bool isListing = false, bool isSecond = false)
    {
        _keys = keys;
        _factor = isSecond ? 0xC2B2_AE3D_27D4_EB4FUL : 0x9E37_79B9_7F4A_7C15UL;
        (_fours, _foursShift) = Room(literals, 4);
        (_longest, _shift) = Room(literals, Reach);
        foreach (var literal in literals)
        {
            var first = Beginning(literal);
            if (literal.Length >= 4) Set(_fours, Hash(first & Four, _foursShift));
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
        if (!isListing) return;
        // No more than half of a processor's nearest cache.
        var size = Math.Min(64 * _fours.Length, 1 << 14);
        _bytesShift = 32 - BitOperations.Log2((uint)size);
        (_bytes, _dropped, _listed) = (new byte[size], new byte[size], new ulong[_longest.Length]);
        foreach (var literal in literals)
        {
            if (literal.Length < 4) continue;
            var slot = SlotOf(Beginning(literal));
            _bytes[slot] = 1;
            _dropped[slot] = Math.Max(_dropped[slot], (byte)(8 * Math.Max(0, Reach - literal.Length)));
        }
        foreach (var literal in literals)
        {
            if (literal.Length >= 4) Set(_listed, Hash(Beginning(literal) << _dropped[SlotOf(Beginning(literal))]));
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
            passed |= (Bit(_fours, Hash(Read(ref block, at) & Four, _foursShift)) & 1) << at;
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
        return KeepKeys(ref text, from, kept);
    }

    /// <summary>The last look of <see cref="Keep"/>.</summary>
    public ulong KeepKeys(ref byte text, int from, ulong kept) => kept == 0 || _keys is null ? kept : _keys.Keep(ref text, from, kept);

    /// <summary>Whether there are literals of less than four bytes.</summary>
    public bool HasPairs => _pairs is not null;

    /// <summary>A byte for each hash of four bytes: 1 where it is one of ours.</summary>
    /// <param name="shift">Bits of the hash that are not needed.</param>
    public ref byte FirstBytes(out int shift)
    {
        shift = _bytesShift;
        return ref MemoryMarshal.GetArrayDataReference(_bytes!);
    }

    /// <summary>Lists of a block's candidates those that the hash of their first four bytes does not rule out.</summary>
    /// <param name="block">The block's first byte; <see cref="Reach"/> - 1 bytes behind its last one are readable.</param>
    /// <param name="mask">Bit i: byte i is a candidate.</param>
    /// <param name="origin">Added to each listed place.</param>
    /// <param name="first">As <see cref="FirstBytes"/> gives it; a static method with all that it needs keeps it in registers.</param>
    /// <param name="shift">The same.</param>
    /// <param name="list">Room for 64 places and one more behind <paramref name="count"/>.</param>
    /// <param name="count">How many are listed.</param>
    /// <returns>How many are listed now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint ListFirst(ref byte block, ulong mask, uint origin, ref byte first, int shift, ref ushort list, nuint count)
    {
        // As many as 64 bytes of prose hardly ever exceed, whether there are so many or not: how often a loop goes round is not foreseen either. What is one too many stands behind the block and is
        // dropped: its place is 64.
        var left = mask;
        for (var i = 0; i < Foreseen; i += 4)
        {
            count = First(ref block, left, origin, ref first, shift, ref list, count);
            left &= left - 1;
            count = First(ref block, left, origin, ref first, shift, ref list, count);
            left &= left - 1;
            count = First(ref block, left, origin, ref first, shift, ref list, count);
            left &= left - 1;
            count = First(ref block, left, origin, ref first, shift, ref list, count);
            left &= left - 1;
        }
        for (; left != 0; left &= left - 1) count = First(ref block, left, origin, ref first, shift, ref list, count);
        while (count > 0 && Unsafe.Add(ref list, count - 1) >= origin + MultiLiteral.BlockSize) count--;
        return count;
    }

    /// <summary>Takes from a list those places that the hash of more bytes rules out.</summary>
    /// <param name="text">What the places count from.</param>
    /// <param name="list">The places; those that are left stand in front.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>How many are left.</returns>
    public int KeepLonger(ref byte text, ref ushort list, int count)
    {
        var (kept, listed, pairs, dropped, factor, shift) = (0, _listed!, _pairs, _dropped!, _factor, _shift);
        for (var i = 0; i < count; i++)
        {
            var at = Unsafe.Add(ref list, i);
            Unsafe.Add(ref list, kept) = at;
            var bytes = Read(ref text, at);
            var bit = Bit(listed, (bytes << Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(dropped), SlotOf(bytes))) * factor >> shift);
            if (pairs is not null) bit |= Bit(pairs, bytes & 0xFFFF);
            kept += (int)(bit & 1);
        }
        return kept;
    }

    // The first place of those left: listed in any case, and counted where its hash is one of ours.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint First(ref byte block, ulong left, uint origin, ref byte first, int shift, ref ushort list, nuint count)
    {
        var at = Bmi1.X64.IsSupported ? Bmi1.X64.TrailingZeroCount(left) : (ulong)BitOperations.TrailingZeroCount(left);
        var bytes = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref block, (nuint)at));
        if (!BitConverter.IsLittleEndian) bytes = BinaryPrimitives.ReverseEndianness(bytes);
        Unsafe.Add(ref list, count) = (ushort)((uint)at + origin);
        return count + Unsafe.Add(ref first, (nuint)(((bytes | 0x2020_2020) * 0x9E37_79B1u) >> shift));
    }

    /// <summary>The same where literals of less than four bytes have a say.</summary>
    public nuint ListFirstOrPair(ref byte block, ulong mask, uint origin, ref ushort list, nuint count)
    {
        for (var left = mask; left != 0; left &= left - 1)
        {
            var next = First(ref block, left, origin, ref _bytes![0], _bytesShift, ref list, count);
            count = next > count ? next : count + (nuint)(Bit(_pairs!, Read(ref block, BitOperations.TrailingZeroCount(left)) & 0xFFFF) & 1);
        }
        return count;
    }

    /// <summary>Whether one position is a candidate.</summary>
    /// <param name="text">The position; <see cref="Reach"/> bytes are readable.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayBegin(ref byte text)
    {
        var bytes = Read(ref text, 0);
        if ((Bit(_fours, Hash(bytes & Four, _foursShift)) & 1) != 0)
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
    private ulong Hash(ulong bytes) => Hash(bytes, _shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Hash(ulong bytes, int shift) => bytes * _factor >> shift;

    // 32 to 64 bits for each way in which literals begin, so that one in thirty-two others passes at most: from 128 bytes, which no cache minds, to 64 KB.
    private static (ulong[] Bits, int Shift) Room(byte[][] literals, int length)
    {
        var beginnings = literals.Select(literal => Convert.ToHexString(literal.AsSpan(0, Math.Min(literal.Length, length)))).Distinct(StringComparer.Ordinal).Count();
        var bits = Math.Max(10, BitOperations.Log2((uint)beginnings) + 6);
        return (new ulong[(1 << bits) / 64], 64 - bits);
    }

    // What a literal does not have is zeros.
    private static ulong Beginning(byte[] literal)
    {
        Span<byte> bytes = stackalloc byte[Reach];
        bytes.Clear();
        literal.AsSpan(0, Math.Min(literal.Length, Reach)).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) | Case;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nuint SlotOf(ulong bytes) => ((uint)bytes * 0x9E37_79B1u) >> _bytesShift;

    private static void Set(ulong[] bits, ulong at) => bits[at >> 6] |= 1UL << (int)(at & 63);

    // The bit asked for is the lowest one of the result.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bit(ulong[] bits, ulong at) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bits), (nuint)(at >> 6)) >> (int)(at & 63);
}
