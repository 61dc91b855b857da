using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Edge.Auth;

/// <summary>A range of IP addresses (CIDR). An IPv4 address and its IPv6-mapped form are the same one. Comparing allocates nothing.</summary>
/// <param name="Base">The first address, as a number of 128 bits.</param>
/// <param name="Mask">Ones where an address of it must equal <paramref name="Base"/>.</param>
public readonly record struct AddressRange(UInt128 Base, UInt128 Mask)
{
    private static readonly UInt128 _mapped = (UInt128)0xFFFF << 32;

    /// <param name="address">By <see cref="NumberOf"/>.</param>
    public bool Contains(UInt128 address) => (address & Mask) == Base;

    /// <summary>Somewhere in one of them.</summary>
    public static bool AnyContains(IReadOnlyList<AddressRange> ranges, UInt128 address)
    {
        for (var i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].Contains(address)) return true;
        }
        return false;
    }

    /// <summary>An address as a number; 0 = there is none, as of a client on a Unix socket.</summary>
    public static UInt128 NumberOf(IPAddress? address)
    {
        if (address is null) return 0;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var count)) return 0;
        return count == 4 ? _mapped | System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) : System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>What one subscriber has: an IPv4 address, or the /64 that every IPv6 network is handed out in.</summary>
    public static UInt128 SubscriberOf(UInt128 address) => address >> 32 == 0xFFFF ? address : address >> 64 << 64;

    /// <summary><c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, or a single address. Bits behind the prefix must be zero: a slip there would mean another range than the one that is read.</summary>
    /// <param name="text">The range.</param>
    /// <param name="range">The result.</param>
    /// <returns>What is wrong; null = nothing.</returns>
    public static string? TryParse(string text, out AddressRange range)
    {
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var written = slash < 0 ? text : text[..slash];
        // The parser of the base library takes "10.1" and "0x0A000001" for addresses.
        if (!IPAddress.TryParse(written, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != written) || written.Contains('%', StringComparison.Ordinal)) return "is no address";
        var isFour = address.AddressFamily == AddressFamily.InterNetwork;
        var most = isFour ? 32 : 128;
        var bits = most;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > most)) return "has no valid prefix length";
        if (isFour) bits += 96;
        var mask = bits == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - bits);
        var number = NumberOf(address);
        if ((number & mask) != number) return "has bits behind its prefix";
        range = new AddressRange(number, mask);
        return null;
    }
}
