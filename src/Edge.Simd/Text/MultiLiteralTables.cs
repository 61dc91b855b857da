using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Edge.Simd.Text;

/// <summary>
/// Tables for a shuffle by nibbles: literals are dealt into eight buckets, a bit each. For each of a literal's first bytes, the table of low nibbles and the one of high
/// nibbles say which buckets have such a byte there; a position is a candidate if one bucket is left in all of them.
/// </summary>
internal sealed class MultiLiteralTables
{
    /// <summary>The most bytes of a position that are looked at.</summary>
    public const int MaxWidth = 4;

    private const int BucketCount = 8;
    private const int Nibbles = 16;

    // Per byte of the prefix: sixteen entries for low nibbles, sixteen for high ones.
    private readonly byte[] _tables = new byte[MaxWidth * 2 * Nibbles];

    private MultiLiteralTables(int width, Bucket[] buckets)
    {
        Width = width;
        for (var i = 0; i < buckets.Length; i++)
        {
            for (var at = 0; at < width; at++)
            {
                for (var nibble = 0; nibble < Nibbles; nibble++)
                {
                    if ((buckets[i].Lows[at] >> nibble & 1) != 0) _tables[(at * 2 * Nibbles) + nibble] |= (byte)(1 << i);
                    if ((buckets[i].Highs[at] >> nibble & 1) != 0) _tables[(at * 2 * Nibbles) + Nibbles + nibble] |= (byte)(1 << i);
                }
            }
        }
    }

    /// <summary>Bytes of a position that decide, 2 to <see cref="MaxWidth"/>.</summary>
    public int Width { get; }

    public Vector128<byte> Low(int at) => Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_tables), (nuint)(at * 2 * Nibbles));

    public Vector128<byte> High(int at) => Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_tables), (nuint)((at * 2 * Nibbles) + Nibbles));

    /// <summary>The buckets whose literals may begin here.</summary>
    /// <param name="text">At least <see cref="Width"/> bytes.</param>
    public int Buckets(ref byte text)
    {
        var left = 0xFF;
        for (var at = 0; at < Width; at++)
        {
            var b = Unsafe.Add(ref text, at);
            left &= _tables[(at * 2 * Nibbles) + (b & 0x0F)] & _tables[(at * 2 * Nibbles) + Nibbles + (b >> 4)];
        }
        return left;
    }

    /// <param name="literals">Folded where <paramref name="ignoreCase"/> is set.</param>
    /// <param name="ignoreCase">Whether upper-case letters count as their lower-case ones.</param>
    public static MultiLiteralTables Make(byte[][] literals, bool ignoreCase)
    {
        // A look at one more byte costs every position about a tenth of what a candidate costs that proves wrong, hence the weight.
        const double CostOfByte = 0.01;
        var (best, bestWidth, bestCost) = ((Bucket[])[], 0, double.MaxValue);
        for (var width = 2; width <= MaxWidth; width++)
        {
            var buckets = Deal(literals, width, ignoreCase);
            var cost = buckets.Sum(bucket => bucket.Rate) + (width * CostOfByte);
            if (cost < bestCost) (best, bestWidth, bestCost) = (buckets, width, cost);
        }
        return new MultiLiteralTables(bestWidth, best);
    }

    // What belongs together is found out by merging the two buckets that cost the fewest more candidates, until eight are left. All pairs of a large set would be too many:
    // prefixes join in alphabetic order, and a merge makes room for the next.
    private static Bucket[] Deal(byte[][] literals, int width, bool ignoreCase)
    {
        var prefixes = literals.Select(literal => new Bucket(literal, width, ignoreCase)).DistinctBy(prefix => prefix.Key).OrderBy(prefix => prefix.Key).ToArray();
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
        while (buckets.Count > BucketCount) MergeCheapest();
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

    /// <summary>Which nibbles a bucket has at each byte of its prefixes.</summary>
    private sealed class Bucket
    {
        public readonly ushort[] Lows;
        public readonly ushort[] Highs;

        public Bucket(byte[] literal, int width, bool ignoreCase)
        {
            (Lows, Highs) = (new ushort[width], new ushort[width]);
            for (var at = 0; at < width; at++)
            {
                if (at >= literal.Length)
                {
                    // A literal that is shorter does not care what follows.
                    (Lows[at], Highs[at]) = (ushort.MaxValue, ushort.MaxValue);
                    continue;
                }
                var b = literal[at];
                Lows[at] = (ushort)(1 << (b & 0x0F));
                Highs[at] = (ushort)(1 << (b >> 4));
                if (ignoreCase && b is >= (byte)'a' and <= (byte)'z') Highs[at] |= (ushort)(1 << ((b - 0x20) >> 4));
                Key |= (b + 1UL) << (9 * at);
            }
            Rate = RateOf(this, this);
        }

        public Bucket(Bucket one, Bucket other)
        {
            (Lows, Highs) = ([.. one.Lows.Zip(other.Lows, (a, b) => (ushort)(a | b))], [.. one.Highs.Zip(other.Highs, (a, b) => (ushort)(a | b))]);
            Rate = RateOf(one, other);
        }

        /// <summary>Tells one prefix from another.</summary>
        public ulong Key { get; }

        /// <summary>How large a part of prose's positions this bucket makes candidates.</summary>
        public double Rate { get; }

        public bool Covers(Bucket prefix)
        {
            for (var at = 0; at < Lows.Length; at++)
            {
                if ((prefix.Lows[at] & ~Lows[at]) != 0 || (prefix.Highs[at] & ~Highs[at]) != 0) return false;
            }
            return true;
        }

        /// <summary>The rate of the bucket that two would make.</summary>
        public static double RateOf(Bucket one, Bucket other)
        {
            var rate = 1.0;
            for (var at = 0; at < one.Lows.Length; at++)
            {
                var sum = 0.0;
                var lows = (uint)(one.Lows[at] | other.Lows[at]);
                for (var highs = (uint)(one.Highs[at] | other.Highs[at]); highs != 0; highs &= highs - 1)
                {
                    var row = BitOperations.TrailingZeroCount(highs) * Nibbles;
                    for (var left = lows; left != 0; left &= left - 1) sum += _shares[row + BitOperations.TrailingZeroCount(left)];
                }
                rate *= sum;
            }
            return rate;
        }
    }

    // How often a byte stands in prose, roughly: which bucket a prefix falls into depends on it, no result does.
    private static readonly double[] _shares = Shares();

    private static double[] Shares()
    {
        var shares = new double[256];
        for (var b = 0; b < 256; b++)
        {
            shares[b] = b switch
            {
                ' ' => 160,
                'e' => 100,
                't' or 'a' or 'o' or 'i' or 'n' or 's' or 'r' or 'h' => 60,
                'l' or 'd' or 'c' or 'u' or 'm' or 'f' or 'p' or 'g' => 25,
                >= 'a' and <= 'z' => 10,
                >= '0' and <= '9' => 4,
                >= 'A' and <= 'Z' => 3,
                '.' or ',' or '-' or '\n' or '"' or '\'' or ':' or '/' => 5,
                >= 0x80 => 0.5,
                _ => 0.5,
            };
        }
        var total = shares.Sum();
        for (var b = 0; b < 256; b++) shares[b] /= total;
        return shares;
    }
}
