namespace Edge.Upstream.Proxies;

/// <summary>What the configuration says about the proxy.</summary>
/// <param name="Address">The proxy; null = none is used, whatever the environment says.</param>
public sealed record ProxySetting(ProxyAddress? Address)
{
    public override string ToString() => Address?.ToString() ?? "none";
}

/// <summary>Which proxy a target is called through: a pure function of the configuration and the environment.</summary>
public static class ProxyRules
{
    /// <summary>
    /// In this order: the provider's own setting, which holds for every host; nothing for loopback; nothing for what NO_PROXY covers; the
    /// <c>upstream</c> section's; the environment's: <c>HTTPS_PROXY</c> or <c>HTTP_PROXY</c> after the target's scheme, then <c>ALL_PROXY</c>, each in
    /// lower case first, as in curl. An empty variable is one that is not set.
    /// </summary>
    /// <param name="own">The provider's setting; null = it has none.</param>
    /// <param name="common">The <c>upstream</c> section's; null = it has none.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="useTls">The target's scheme is https.</param>
    /// <param name="host">The target's host (IPv6 without brackets).</param>
    /// <param name="port">The target's port.</param>
    /// <param name="problem">Which variable cannot be used and why, without its value; null = nothing is wrong.</param>
    public static ProxyAddress? Choose(
        ProxySetting? own, ProxySetting? common, Func<string, string?> variable, bool useTls, string host, int port, out string? problem)
    {
        problem = null;
        if (own is not null) return own.Address;
        if (NoProxy.IsLoopback(host) || NoProxy.Covers(Read(variable, "no_proxy").Value, host, port)) return null;
        if (common is not null) return common.Address;

        var (name, value) = Read(variable, useTls ? "https_proxy" : "http_proxy");
        if (value is null) (name, value) = Read(variable, "all_proxy");
        if (value is null) return null;
        // A proxy that cannot be used is no reason to go without: the network behind it may be one that must not be reached directly.
        if (ProxyAddress.TryParse(value, out var proxy) is { } error) problem = $"the variable {name} {error}; allowed: http://host:port or https://host:port";
        return proxy;
    }

    private static (string Name, string? Value) Read(Func<string, string?> variable, string name)
    {
        if (variable(name)?.Trim() is { Length: > 0 } lower) return (name, lower);
        var upper = name.ToUpperInvariant();
        return (upper, variable(upper)?.Trim() is { Length: > 0 } value ? value : null);
    }
}
