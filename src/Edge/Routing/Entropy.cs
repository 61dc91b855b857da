using System.Security.Cryptography;

namespace Edge.Routing;

/// <summary>
/// Random numbers for choices that need not be secret (jitter, power of two choices, shares): SplitMix64 over an interlocked counter, so that any thread may draw and a test
/// that gives the seed knows what comes. https://prng.di.unimi.it/splitmix64.c (public domain algorithm by S. Vigna)
/// </summary>
public sealed class Entropy
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong _state;

    /// <summary>A seed that nobody knows.</summary>
    public Entropy() : this(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)))
    {
    }

    public Entropy(ulong seed) => _state = seed;

    public ulong Next() => Mix(Interlocked.Add(ref _state, Step));

    /// <summary>0 inclusive to 1 exclusive.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 to <paramref name="bound"/> - 1.</summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Spreads a number's bits: neighbours become strangers.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
