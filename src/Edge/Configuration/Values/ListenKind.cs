namespace Edge.Configuration;

/// <summary>What a <see cref="ListenAddress"/> binds to.</summary>
public enum ListenKind
{
    /// <summary>One IP address and a port.</summary>
    Ip,

    /// <summary>Every address of the machine, IPv4 and IPv6 (<c>*:8080</c>).</summary>
    AnyIp,

    /// <summary>Both loopback addresses (<c>localhost:8080</c>).</summary>
    Localhost,

    /// <summary>A Unix domain socket (<c>unix:/run/edge.sock</c>).</summary>
    Unix,
}
