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

    private static Bucket[] Deal(byte[][] literals, int width, bool ignoreCase)
    {
        // What belongs together is found out by trying: each prefix goes where it makes the fewest more positions candidates. Prefixes come in an order without meaning,
        // for the first ones decide what a bucket is about.
        var prefixes = literals.Select(literal => new Bucket(literal, width, ignoreCase)).DistinctBy(prefix => prefix.Key).OrderBy(prefix => prefix.Key * 0x9E3779B97F4A7C15UL);
        var buckets = new List<Bucket>(BucketCount);
        foreach (var prefix in prefixes)
        {
            if (buckets.Any(bucket => bucket.Covers(prefix))) continue;
            if (buckets.Count < BucketCount)
            {
                buckets.Add(prefix);
                continue;
            }
            var (best, least) = (0, double.MaxValue);
            for (var i = 0; i < BucketCount; i++)
            {
                var more = buckets[i].With(prefix).Rate - buckets[i].Rate;
                if (more < least) (best, least) = (i, more);
            }
            buckets[best] = buckets[best].With(prefix);
        }
        return [.. buckets];
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
            Rate = Expected();
        }

        private Bucket(Bucket one, Bucket other)
        {
            (Lows, Highs) = ([.. one.Lows.Zip(other.Lows, (a, b) => (ushort)(a | b))], [.. one.Highs.Zip(other.Highs, (a, b) => (ushort)(a | b))]);
            Rate = Expected();
        }

        /// <summary>Tells one prefix from another.</summary>
        public ulong Key { get; }

        /// <summary>How large a part of prose's positions this bucket makes candidates.</summary>
        public double Rate { get; }

        public Bucket With(Bucket prefix) => new(this, prefix);

        public bool Covers(Bucket prefix)
        {
            for (var at = 0; at < Lows.Length; at++)
            {
                if ((prefix.Lows[at] & ~Lows[at]) != 0 || (prefix.Highs[at] & ~Highs[at]) != 0) return false;
            }
            return true;
        }

        private double Expected()
        {
            var rate = 1.0;
            for (var at = 0; at < Lows.Length; at++)
            {
                var sum = 0.0;
                for (var b = 0; b < 256; b++)
                {
                    if ((Lows[at] >> (b & 0x0F) & Highs[at] >> (b >> 4) & 1) != 0) sum += _shares[b];
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
