using System.Buffers.Binary;

namespace Edge.Upstream.Simulator;

/// <summary>The simulator's pseudo-randomness: the same bytes and seed give the same number in every process and on every machine (HashCode would not).</summary>
internal static class SimulatorHash
{
    /// <summary>The finaliser of SplitMix64: every bit of the input reaches every bit of the output.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = Mix(seed ^ (ulong)bytes.Length);
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) hash = Mix(hash ^ b);
        return hash;
    }
}
