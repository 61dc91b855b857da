using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Edge.Configuration;
using Edge.Upstream.Http1;
using Edge.Upstream.Proxies;

namespace Edge.Upstream.Credentials;

/// <summary>
/// How token endpoints on the network are reached: by the proxy rules of the provider that the token is for, asked for each endpoint's own host, and with its authorities beside
/// the system's. Not for metadata services, which are on the machine's own link.
/// </summary>
public sealed class TokenNetwork
{
    private readonly Rules _proxy;
    private readonly X509Certificate2Collection? _roots;

    /// <param name="proxy">The provider's or <c>upstream</c>'s setting; null = the environment's.</param>
    /// <param name="roots">Authorities to trust as well; null = the system's alone.</param>
    /// <param name="environment">For the variables of proxies.</param>
    public TokenNetwork(ProxySetting? proxy, X509Certificate2Collection? roots, ConfigEnvironment environment) => (_proxy, _roots) = (new Rules(proxy, environment), roots);

    /// <summary>A handler that keeps no cookies and follows no redirect, which would carry a secret elsewhere.</summary>
    /// <param name="network">Null = as the process does.</param>
    /// <param name="isLocal">For a metadata service: no proxy, whatever is configured.</param>
    internal static SocketsHttpHandler CreateHandler(TokenNetwork? network, bool isLocal)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !isLocal, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (network is null || isLocal) return handler;
        handler.Proxy = network._proxy;
        if (network._roots is { Count: > 0 } roots) handler.SslOptions = UpstreamTls.Trusting(roots);
        return handler;
    }

    private sealed class Rules(ProxySetting? setting, ConfigEnvironment environment) : IWebProxy, ICredentials
    {
        private ProxyAddress? _chosen;

        // The handler takes this once, before there is a proxy; which password goes with it is asked below, when the proxy demands one.
        public ICredentials? Credentials
        {
            get => this;
            set => throw new NotSupportedException();
        }

        public NetworkCredential? GetCredential(Uri uri, string authType) => Login(Volatile.Read(ref _chosen)?.Authorization);

        public Uri? GetProxy(Uri destination)
        {
            var chosen = Choose(destination);
            if (chosen is not null) Volatile.Write(ref _chosen, chosen);
            return chosen is null ? null : new Uri(chosen.ToString());
        }

        public bool IsBypassed(Uri host) => Choose(host) is null;

        // A variable that is no proxy's url is an error of the configuration already.
        private ProxyAddress? Choose(Uri uri) =>
            ProxyRules.Choose(null, setting, environment.Variable, uri.Scheme == Uri.UriSchemeHttps, uri.IdnHost.Trim('[', ']'), uri.Port, out _);

        private static NetworkCredential? Login(string? basic)
        {
            if (basic is null) return null;
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(basic["Basic ".Length..]));
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            return new NetworkCredential(pair[..colon], pair[(colon + 1)..]);
        }
    }
}
