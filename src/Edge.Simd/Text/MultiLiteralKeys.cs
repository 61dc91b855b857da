using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Simd.Text;

/// <summary>
/// What is looked for in the place of the literals: of each literal four bytes that prose seldom has, wherever in the literal they stand. Literals share their keys where they can ("bomb" of a hundred
/// phrases), so that there are far fewer keys than literals; from a key's place and its offsets in its literals follow the places where one may begin.
/// </summary>
internal sealed class MultiLiteralKeys
{
    /// <summary>Bytes of a key; a literal that is shorter is its own key.</summary>
    public const int Size = 4;

    // A place's literals begin in its own block or in the one before.
    public const int MaxOffset = 63;

    // Where upper and lower case are the same: the same mask as the filter's.
    private const uint Case = 0x2020_2020;

    /// <param name="Key">The four bytes.</param>
    /// <param name="Next">What stands behind them in all their literals.</param>
    /// <param name="NextMask">So much of it is the same in all.</param>
    /// <param name="Offsets">Bit 63: the key is how one of its literals begins; bit 62: a byte stands before it; and so on.</param>
    private readonly record struct Slot(uint Key, uint Next, uint NextMask, ulong Offsets);

    private readonly Slot[] _slots;
    private readonly int _shift;

    // Literals shorter than a key may begin at every place.
    private readonly ulong _always;

    // What the literals begin with, wherever their keys stand.
    private readonly MultiLiteralFilter _heads;

    /// <param name="literals">Folded where case does not matter.</param>
    /// <param name="atWordStarts">Whether literals count only where a word may begin.</param>
    public MultiLiteralKeys(byte[][] literals, bool atWordStarts = false)
    {
        Places = atWordStarts ? WordPlaces.Of(literals) : null;
        var chosen = Choose(literals, Places, out var offsets);
        // The tables look at four bytes; of what stands at the beginning of a word the filter sees as much as it can.
        var keys = Places is null ? chosen.Keys.Select(Bytes).ToList()
            : [.. literals.Zip(offsets).Where(pair => pair.Second >= 0).Select(pair => pair.First[pair.Second..Math.Min(pair.First.Length, pair.Second + MultiLiteralFilter.Reach)]).DistinctBy(Convert.ToHexString)];
        // A sign that the mask would take for another one stays as the literals have it.
        var merged = new Dictionary<uint, Slot>();
        foreach (var (key, slot) in chosen)
        {
            merged[key | Case] = merged.TryGetValue(key | Case, out var other)
                ? new Slot(key | Case, slot.Next, slot.NextMask & other.NextMask & Same(slot.Next, other.Next), slot.Offsets | other.Offsets)
                : slot;
        }
        _heads = new MultiLiteralFilter(literals, isSecond: true);
        foreach (var literal in literals)
        {
            if (literal.Length >= Size) continue;
            keys.Add(literal);
            _always = 1UL << MaxOffset;
        }
        Keys = [.. keys];

        // At most a quarter full: a key that is none ends at the first slot.
        var bits = 4;
        while (1 << bits < 4 * merged.Count) bits++;
        _shift = 32 - bits;
        _slots = new Slot[1 << bits];
        foreach (var (key, entry) in merged)
        {
            var slot = SlotOf(key);
            while (_slots[slot].Offsets != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = entry with { Next = entry.Next & entry.NextMask };
        }
    }

    /// <summary>Where keys may stand; null = anywhere.</summary>
    public WordPlaces? Places { get; }

    /// <summary>What is to be searched for.</summary>
    public byte[][] Keys { get; }

    /// <summary>Where literals may begin whose key stands at a place: bit 63 is the place itself, bit 62 the one before, and so on.</summary>
    /// <param name="text">The place; eight bytes of it are readable.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Starts(ref byte text)
    {
        var key = Read(ref text);
        for (var slot = SlotOf(key); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref var here = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), slot);
            if (here.Key == key) return ((Read(ref Unsafe.Add(ref text, Size)) & here.NextMask) == here.Next ? here.Offsets : 0) | _always;
            if (here.Offsets == 0) return _always;
        }
    }

    /// <summary>Takes from the mask of a block's keys those to which no literal belongs, by what stands behind them and where their literals would begin. So a search that finds nothing stays in its kernel.</summary>
    /// <param name="text">The text's first byte.</param>
    /// <param name="from">Where the block begins; eight bytes from its last one on are readable.</param>
    /// <param name="mask">Bit i: byte i may be a key's.</param>
    public ulong Keep(ref byte text, int from, ulong mask)
    {
        var kept = 0UL;
        for (; mask != 0; mask &= mask - 1)
        {
            var at = BitOperations.TrailingZeroCount(mask);
            for (var starts = Starts(ref Unsafe.Add(ref text, from + at)); starts != 0; starts &= starts - 1)
            {
                var start = from + at - MaxOffset + BitOperations.TrailingZeroCount(starts);
                // What lies before what is readable here may be anything.
                if (start >= 0 && !MayBegin(ref Unsafe.Add(ref text, start))) continue;
                kept |= 1UL << at;
                break;
            }
        }
        return kept;
    }

    /// <summary>Whether a literal may begin here, by its first bytes.</summary>
    /// <param name="text">The place; <see cref="MultiLiteralFilter.Reach"/> bytes of it are readable.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayBegin(ref byte text) => _heads.MayBegin(ref text);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read(ref byte text)
    {
        var bytes = Unsafe.ReadUnaligned<uint>(ref text);
        return (BitConverter.IsLittleEndian ? bytes : BinaryPrimitives.ReverseEndianness(bytes)) | Case;
    }

    // Bytes in which two texts of four do not differ.
    private static uint Same(uint one, uint other)
    {
        var mask = 0u;
        for (var i = 0; i < 32; i += 8) mask |= ((one ^ other) >> i & 0xFF) == 0 ? 0xFFu << i : 0;
        return mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(uint key) => (int)(key * 0x9E37_79B1U >> _shift);

    // The cover of all literals by the keys that cost the least, one after the other: what a key costs, divided by the literals that it brings.
    private static Dictionary<uint, Slot> Choose(byte[][] literals, WordPlaces? places, out int[] offsets)
    {
        var holders = new Dictionary<uint, List<(int Literal, int Offset)>>();
        for (var i = 0; i < literals.Length; i++)
        {
            var literal = literals[i].AsSpan();
            for (var at = 0; at <= Math.Min(literal.Length - Size, MaxOffset); at++)
            {
                if (places is { } allowed && !allowed.Has(literal, at)) continue;
                ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(holders, BinaryPrimitives.ReadUInt32LittleEndian(literal[at..]), out _);
                list ??= [];
                if (list.Count == 0 || list[^1].Literal != i) list.Add((i, at));
            }
        }
        var queue = new PriorityQueue<uint, (double, uint)>(holders.Select(holder => (holder.Key, (CostOf(holder.Key, holder.Value), holder.Key))));
        var chosenAt = offsets = new int[literals.Length];
        Array.Fill(chosenAt, -1);
        var chosen = new Dictionary<uint, Slot>();
        while (queue.TryDequeue(out var key, out var priority))
        {
            var list = holders[key];
            if (list.RemoveAll(holder => chosenAt[holder.Literal] >= 0) > 0)
            {
                if (list.Count > 0) queue.Enqueue(key, (CostOf(key, list), key));
                continue;
            }
            Slot slot = new(key | Case, 0, uint.MaxValue, 0);
            foreach (var (literal, offset) in list)
            {
                chosenAt[literal] = offset;
                var (next, mask) = Next(literals[literal].AsSpan(offset + Size));
                slot = new Slot(slot.Key, next, slot.Offsets == 0 ? mask : slot.NextMask & mask & Same(slot.Next, next), slot.Offsets | (1UL << (MaxOffset - offset)));
            }
            chosen.Add(key, slot);
        }
        return chosen;

        double CostOf(uint key, List<(int Literal, int Offset)> list)
        {
            var offsets = 0UL;
            foreach (var (_, offset) in list) offsets |= 1UL << offset;
            // Each place where a literal might begin is looked at for itself.
            const double CostOfPlace = 0.1;
            // One more that the tables must let through.
            const double CostOfKey = 1e-5;
            return (CostOfKey + ((places is null ? Prose.ShareOf(key) : Prose.ShareOfBeginning(key)) * (1 + (CostOfPlace * BitOperations.PopCount(offsets))))) / list.Count;
        }
    }

    private static byte[] Bytes(uint key)
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, key);
        return bytes;
    }

    private static (uint Bytes, uint Mask) Next(ReadOnlySpan<byte> rest)
    {
        var (bytes, mask) = (0u, 0u);
        for (var i = 0; i < Math.Min(rest.Length, Size); i++)
        {
            bytes |= (uint)rest[i] << (8 * i);
            mask |= 0xFFu << (8 * i);
        }
        return (bytes | Case, mask);
    }
}
