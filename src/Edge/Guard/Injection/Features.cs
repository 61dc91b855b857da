using System.Numerics;
using System.Runtime.CompilerServices;

namespace Edge.Guard.Injection;

/// <summary>
/// What the classifier sees of a window: words, pairs of words, classes and pairs of classes, each hashed to a number. Training and inference share this file, so that they cannot drift apart.
/// </summary>
internal static class Features
{
    /// <summary>How many different numbers there are: a power of two.</summary>
    public const int Count = 1 << Bits;

    /// <summary>Room that always suffices.</summary>
    public const int Max = 2048;

    private const int Bits = 15;

    // A class says more together with the next class-bearing words, which may be some words away.
    private const int ClassReach = 3;

    /// <summary>Writes the features of a window, each once.</summary>
    /// <param name="tokens">Its words.</param>
    /// <param name="output">At least <see cref="Max"/>.</param>
    /// <returns>How many there are.</returns>
    [SkipLocalsInit]
    public static int Of(ReadOnlySpan<Token> tokens, Span<ushort> output)
    {
        Span<ulong> seen = stackalloc ulong[Count / 64];
        seen.Clear();
        Span<byte> recent = stackalloc byte[ClassReach];
        var count = 0;
        var before = 0u;
        var recentCount = 0;
        foreach (ref readonly var token in tokens)
        {
            if (count > Max - 32) break;
            Add(token.Hash * 0x9e3779b1u, seen, output, ref count);
            Add((((before * 31) + token.Hash) * 0x85ebca6bu) ^ 0x1234567u, seen, output, ref count);
            before = token.Hash;
            // The lowest bit: the classes are ordered by how much they say, more or less.
            var bits = (ulong)token.Class & ~(ulong)WordClass.LineStart;
            if (bits == 0) continue;
            var first = (byte)BitOperations.TrailingZeroCount(bits);
            Add((first + 1u) * 0xc2b2ae35u, seen, output, ref count);
            for (var i = 0; i < Math.Min(recentCount, ClassReach); i++) Add((((recent[i] + 1u) * 64) + first + 1u) * 0x27d4eb2fu, seen, output, ref count);
            recent[recentCount++ % ClassReach] = first;
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(uint hash, Span<ulong> seen, Span<ushort> output, ref int count)
    {
        hash ^= hash >> 15;
        hash *= 0x2c1b3c6du;
        var feature = hash >> (32 - Bits);
        ref var word = ref seen[(int)(feature >> 6)];
        var bit = 1ul << (int)(feature & 63);
        if ((word & bit) != 0) return;
        word |= bit;
        output[count++] = (ushort)feature;
    }
}
