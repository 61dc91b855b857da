using System.Globalization;
using System.Net;

namespace Edge.Upstream.Proxies;

/// <summary>
/// Which hosts are called without the proxy, by the rules of curl and Go: entries separated by commas or white space; <c>example.com</c> and
/// <c>.example.com</c> cover the name and what is below it, <c>*.example.com</c> only what is below; IP addresses and CIDR ranges cover addresses written
/// as such (no name is resolved for it); an entry may end in a port, and holds for that one alone; <c>*</c> covers everything.
/// </summary>
public static class NoProxy
{
    /// <param name="list">NO_PROXY's value; null or empty = nothing is covered.</param>
    /// <param name="host">DNS name or IP literal (IPv6 without brackets), in any case.</param>
    /// <param name="port">The target's port.</param>
    public static bool Covers(string? list, string host, int port)
    {
        if (string.IsNullOrWhiteSpace(list)) return false;
        var name = host.TrimEnd('.');
        var address = IPAddress.TryParse(name, out var parsed) ? Plain(parsed) : null;
        foreach (var entry in list.Split([',', ' ', '\t', ';', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (CoversOne(entry, name, address, port)) return true;
        }
        return false;
    }

    /// <summary><c>localhost</c>, what is below it, 127.0.0.0/8 and ::1: never meant for a proxy.</summary>
    public static bool IsLoopback(string host)
    {
        var name = host.TrimEnd('.');
        return IPAddress.TryParse(name, out var address)
            ? IPAddress.IsLoopback(Plain(address))
            : name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }

    private static bool CoversOne(ReadOnlySpan<char> entry, string name, IPAddress? address, int port)
    {
        if (entry is "*") return true;
        if (entry.Contains('/')) return address is not null && IPNetwork.TryParse(entry, out var network) && network.Contains(address);
        if (!SplitPort(ref entry, port)) return false;
        if (IPAddress.TryParse(entry, out var literal)) return address is not null && Plain(literal).Equals(address);
        if (address is not null || entry.IsEmpty) return false;
        var below = entry.StartsWith("*.");
        if (below) entry = entry[1..];
        var domain = entry.TrimStart('.').TrimEnd('.');
        if (domain.IsEmpty || !name.AsSpan().EndsWith(domain, StringComparison.OrdinalIgnoreCase)) return false;
        // Whole labels only: example.com does not cover badexample.com.
        return name.Length == domain.Length ? !below : name[^(domain.Length + 1)] == '.';
    }

    // False where the entry names another port. An IPv6 address without brackets has colons, but none of them before a port.
    private static bool SplitPort(ref ReadOnlySpan<char> entry, int port)
    {
        var colon = entry.LastIndexOf(':');
        var bracketed = entry.StartsWith("[");
        if (colon >= 0 && (bracketed ? entry[colon - 1] == ']' : entry.IndexOf(':') == colon))
        {
            if (!int.TryParse(entry[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var named) || named != port) return false;
            entry = entry[..colon];
        }
        if (bracketed) entry = entry.Trim("[]");
        return true;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
