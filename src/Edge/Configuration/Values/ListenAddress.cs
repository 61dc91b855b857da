using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Edge.Configuration;

/// <summary>
/// One address to listen on: <c>127.0.0.1:8080</c>, <c>[::]:8080</c>, <c>*:8080</c>, <c>localhost:8080</c>, <c>unix:/run/edge.sock</c>.
/// </summary>
public sealed record ListenAddress
{
    public const string Allowed =
        "host:port with an IP address, localhost or * as the host and 0 to 65535 as the port (IPv6 in brackets), or unix:/absolute/path";

    // sun_path of sockaddr_un holds 108 bytes on Linux, the closing NUL included.
    private const int MaxUnixPathBytes = 107;

    public ListenKind Kind { get; private init; }

    /// <summary>Of <see cref="ListenKind.Ip"/>; null otherwise.</summary>
    public IPAddress? Address { get; private init; }

    /// <summary>0 = any free port. 0 for a Unix socket.</summary>
    public int Port { get; private init; }

    /// <summary>Of <see cref="ListenKind.Unix"/>; null otherwise.</summary>
    public string? UnixPath { get; private init; }

    /// <summary>127.0.0.1 and that port.</summary>
    public static ListenAddress Loopback(int port) => new() { Kind = ListenKind.Ip, Address = IPAddress.Loopback, Port = port };

    /// <summary>Reachable from this machine alone.</summary>
    public bool IsLoopback => Kind switch
    {
        ListenKind.Unix or ListenKind.Localhost => true,
        ListenKind.AnyIp => false,
        _ => IPAddress.IsLoopback(Address!),
    };

    /// <summary>Whether both cannot be listened on at once.</summary>
    public bool Collides(ListenAddress other)
    {
        if (Kind == ListenKind.Unix || other.Kind == ListenKind.Unix)
        {
            return Kind == other.Kind && string.Equals(UnixPath, other.UnixPath, StringComparison.Ordinal);
        }
        if (Port == 0 || Port != other.Port) return false;
        if (Kind == ListenKind.AnyIp || other.Kind == ListenKind.AnyIp) return true;
        return Hosts().Any(mine => other.Hosts().Any(theirs => Covers(mine, theirs) || Covers(theirs, mine)));
    }

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = Loopback(0);
        const string UnixScheme = "unix:";
        if (text.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            var path = text[UnixScheme.Length..];
            if (!path.StartsWith('/') || path.Length < 2 || System.Text.Encoding.UTF8.GetByteCount(path) > MaxUnixPathBytes) return false;
            address = new() { Kind = ListenKind.Unix, UnixPath = path };
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !TryParsePort(text.AsSpan(colon + 1), out var port)) return false;
        var host = text[..colon];
        if (host == "*")
        {
            address = new() { Kind = ListenKind.AnyIp, Port = port };
            return true;
        }
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            address = new() { Kind = ListenKind.Localhost, Port = port };
            return true;
        }

        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out var ip)) return false;
        // An IPv6 address without brackets would be cut at the wrong colon; and 127.1 or 0x7f000001 are addresses only to inet_aton.
        if (bracketed != (ip.AddressFamily == AddressFamily.InterNetworkV6)) return false;
        if (!bracketed && host.Count(c => c == '.') != 3) return false;
        address = new() { Kind = ListenKind.Ip, Address = ip, Port = port };
        return true;
    }

    public override string ToString() => Kind switch
    {
        ListenKind.Unix => "unix:" + UnixPath,
        ListenKind.AnyIp => "*:" + Port.ToString(CultureInfo.InvariantCulture),
        ListenKind.Localhost => "localhost:" + Port.ToString(CultureInfo.InvariantCulture),
        _ => new IPEndPoint(Address!, Port).ToString(),
    };

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && text.Length <= 5 && port <= 65535;

    private IPAddress[] Hosts() => Kind == ListenKind.Localhost ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [Address!];

    // [::] is bound for both families, as Kestrel does it.
    private static bool Covers(IPAddress wide, IPAddress narrow) =>
        wide.Equals(narrow) || wide.Equals(IPAddress.IPv6Any) || (wide.Equals(IPAddress.Any) && narrow.AddressFamily == AddressFamily.InterNetwork);
}
