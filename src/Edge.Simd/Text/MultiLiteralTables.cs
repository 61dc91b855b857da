using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Edge.Simd.Text;

/// <summary>
/// Tables for a shuffle: literals are dealt into eight or sixteen buckets, a bit each. For each of a literal's first bytes a table says which buckets have such a byte there, by its lower five bits;
/// a position is a candidate if one bucket is left in all of them.
/// </summary>
/// <remarks>
/// Five bits tell letters apart and nothing else, upper case from lower case in particular: prose consists of letters. By nibbles, as one would cover all bytes, a bucket of "a" and "r" had "b" and "q" too, and with
/// some hundred literals nearly every position of prose were a candidate.
/// </remarks>
internal sealed class MultiLiteralTables
{
    /// <summary>The most bytes of a position that are looked at.</summary>
    public const int MaxWidth = 4;

    // As many as a table's byte has bits.
    private const int BucketCount = 8;

    // A second set of tables doubles the work of all positions, and brings the candidates of a large set down to a third or less.
    private const double RateOfTwo = 0.01;

    private const int Codes = 32;
    private const int Half = 16;

    // Per byte of the prefix: sixteen entries for bytes without bit 4, sixteen for those with it.
    private readonly byte[] _tables = new byte[2 * MaxWidth * Codes];

    /// <summary>No tables: the filter looks at every place where a word may begin.</summary>
    public MultiLiteralTables(WordPlaces words) => Words = words;

    private MultiLiteralTables(int width, Bucket[] buckets, bool isAscii)
    {
        Width = width;
        IsDouble = buckets.Length > BucketCount;
        Index = isAscii ? (byte)0x8F : (byte)0x0F;
        for (var i = 0; i < buckets.Length; i++)
        {
            for (var at = 0; at < width; at++)
            {
                for (var code = 0; code < Codes; code++)
                {
                    if ((buckets[i].Sets[at] >> code & 1) != 0) _tables[(((i / BucketCount * MaxWidth) + at) * Codes) + code] |= (byte)(1 << (i % BucketCount));
                }
            }
        }
    }

    /// <summary>Null where there are tables.</summary>
    public WordPlaces? Words { get; }

    /// <summary>Bytes of a position that decide, 2 to <see cref="MaxWidth"/>.</summary>
    public int Width { get; }

    /// <summary>Whether there is a second set of tables, with eight buckets more: those of <see cref="Low"/> and <see cref="High"/> from <see cref="MaxWidth"/> on. The width is the largest one then.</summary>
    public bool IsDouble { get; }

    /// <summary>What of a byte is its index in a table. Where all literals' first bytes are ASCII bit 7 is part of it: with it the shuffle gives no bucket.</summary>
    public byte Index { get; }

    public Vector128<byte> Low(int at) => Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_tables), (nuint)(at * Codes));

    public Vector128<byte> High(int at) => Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_tables), (nuint)((at * Codes) + Half));

    /// <summary>Whether a literal may begin here.</summary>
    /// <param name="text">At least <see cref="Width"/> bytes.</param>
    public bool IsCandidate(ref byte text)
    {
        var (left, left2) = (0xFF, IsDouble ? 0xFF : 0);
        for (var at = 0; at < Width; at++)
        {
            var b = Unsafe.Add(ref text, at);
            if ((b & Index) > 0x7F) return false;
            left &= _tables[(at * Codes) + (b & (Codes - 1))];
            left2 &= _tables[((MaxWidth + at) * Codes) + (b & (Codes - 1))];
        }
        return (left | left2) != 0;
    }

    /// <param name="literals">In either case.</param>
    public static MultiLiteralTables Make(byte[][] literals)
    {
        // A look at one more byte costs every position about a tenth of what a candidate costs that proves wrong, hence the weight.
        const double CostOfByte = 0.01;
        var (best, bestWidth, bestCost) = ((Bucket[])[], 0, double.MaxValue);
        for (var width = 2; width <= MaxWidth; width++)
        {
            var buckets = Deal(literals, width, BucketCount);
            var cost = buckets.Sum(bucket => bucket.Rate) + (width * CostOfByte);
            if (cost < bestCost) (best, bestWidth, bestCost) = (buckets, width, cost);
        }
        if (best.Sum(bucket => bucket.Rate) > RateOfTwo) (best, bestWidth) = (Deal(literals, MaxWidth, 2 * BucketCount), MaxWidth);
        // What stands behind a literal that is shorter may be anything.
        return new MultiLiteralTables(bestWidth, best, Array.TrueForAll(literals, literal => literal.Length >= bestWidth && Ascii.IsValid(literal)));
    }

    // What belongs together is found out by merging the two buckets that cost the fewest more candidates, until as many are left as there are bits. All pairs of a large set would be too many:
    // prefixes join in alphabetic order, and a merge makes room for the next.
    private static Bucket[] Deal(byte[][] literals, int width, int count)
    {
        var prefixes = literals.Select(literal => new Bucket(literal, width)).DistinctBy(prefix => prefix.Key).OrderBy(prefix => prefix.Key).ToArray();
        var room = prefixes.Length < 2_000 ? 128 : 48;
        var buckets = new List<Bucket>(room);
        var costs = new double[room, room];
        foreach (var prefix in prefixes)
        {
            if (buckets.Exists(bucket => bucket.Covers(prefix))) continue;
            if (buckets.Count == room) MergeCheapest();
            buckets.Add(prefix);
            SetCosts(buckets.Count - 1);
        }
        while (buckets.Count > count) MergeCheapest();
        return [.. buckets];

        void MergeCheapest()
        {
            var (one, other, least) = (0, 1, double.MaxValue);
            for (var i = 0; i < buckets.Count; i++)
            {
                for (var j = i + 1; j < buckets.Count; j++)
                {
                    if (costs[i, j] < least) (one, other, least) = (i, j, costs[i, j]);
                }
            }
            buckets[one] = new Bucket(buckets[one], buckets[other]);
            SetCosts(one);
            buckets[other] = buckets[^1];
            buckets.RemoveAt(buckets.Count - 1);
            if (other < buckets.Count) SetCosts(other);
        }

        void SetCosts(int at)
        {
            for (var i = 0; i < buckets.Count; i++)
            {
                if (i != at) costs[Math.Min(i, at), Math.Max(i, at)] = Bucket.RateOf(buckets[i], buckets[at]) - buckets[i].Rate - buckets[at].Rate;
            }
        }
    }

    /// <summary>Which bytes a bucket has at each place of its prefixes.</summary>
    private sealed class Bucket
    {
        public readonly uint[] Sets;

        public Bucket(byte[] literal, int width)
        {
            Sets = new uint[width];
            for (var at = 0; at < width; at++)
            {
                // A literal that is shorter does not care what follows.
                Sets[at] = at >= literal.Length ? uint.MaxValue : 1u << (literal[at] & (Codes - 1));
                if (at < literal.Length) Key |= ((uint)(literal[at] & (Codes - 1)) + 1UL) << (9 * at);
            }
            Rate = RateOf(this, this);
        }

        public Bucket(Bucket one, Bucket other)
        {
            Sets = [.. one.Sets.Zip(other.Sets, (a, b) => a | b)];
            Rate = RateOf(one, other);
        }

        /// <summary>Tells one prefix from another.</summary>
        public ulong Key { get; }

        /// <summary>How large a part of prose's positions this bucket makes candidates.</summary>
        public double Rate { get; }

        public bool Covers(Bucket prefix)
        {
            for (var at = 0; at < Sets.Length; at++)
            {
                if ((prefix.Sets[at] & ~Sets[at]) != 0) return false;
            }
            return true;
        }

        /// <summary>The rate of the bucket that two would make.</summary>
        public static double RateOf(Bucket one, Bucket other)
        {
            var rate = 1.0;
            for (var at = 0; at < one.Sets.Length; at++)
            {
                var sum = 0.0;
                for (var left = one.Sets[at] | other.Sets[at]; left != 0; left &= left - 1) sum += _shares[BitOperations.TrailingZeroCount(left)];
                rate *= sum;
            }
            return rate;
        }
    }

    // How often a byte stands in prose, roughly: which bucket a prefix falls into depends on it, no result does.
    private static readonly double[] _shares = Shares();

    private static double[] Shares()
    {
        var shares = new double[Codes];
        for (var b = 0; b < 256; b++)
        {
            shares[b & (Codes - 1)] += b switch
            {
                ' ' => 180,
                'e' => 102,
                't' => 75,
                'a' or 'o' or 'i' or 'n' => 62,
                's' or 'r' => 53,
                'h' or 'l' or 'd' => 35,
                'c' or 'u' or 'm' or 'f' or 'p' or 'g' or 'w' or 'y' => 20,
                'b' or 'v' => 11,
                'k' => 7,
                >= 'a' and <= 'z' => 2,
                >= '0' and <= '9' => 2,
                '.' or ',' or '-' or '\n' or '"' or '\'' or ':' or '/' => 4,
                _ => 0.3,
            };
        }
        var total = shares.Sum();
        for (var code = 0; code < Codes; code++) shares[code] /= total;
        return shares;
    }
}
