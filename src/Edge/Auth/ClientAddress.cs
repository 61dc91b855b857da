using System.Net;
using Edge.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Auth;

/// <summary>Where a request comes from: who has connected, or, where that is a proxy of the configuration, whom it names in <c>X-Forwarded-For</c>.</summary>
public static class ClientAddress
{
    /// <summary>As <see cref="AddressRange.NumberOf"/> gives it; 0 = nobody knows, as of a client on a Unix socket.</summary>
    public static UInt128 Of(RequestContext context)
    {
        var peer = AddressRange.NumberOf(context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress);
        var proxies = context.State.TrustedProxies;
        return proxies.Count == 0 ? peer : Behind(peer, proxies, context.Request.Headers["x-forwarded-for"].ToString());
    }

    // From the right, as every proxy adds the one that it has heard from: the first that is no proxy of ours. What stands left of that the client itself has written.
    internal static UInt128 Behind(UInt128 peer, IReadOnlyList<AddressRange> proxies, ReadOnlySpan<char> forwarded)
    {
        while (!forwarded.IsEmpty && AddressRange.AnyContains(proxies, peer))
        {
            var comma = forwarded.LastIndexOf(',');
            var one = forwarded[(comma + 1)..].Trim();
            forwarded = comma < 0 ? default : forwarded[..comma];
            // Some write a port behind it.
            if (!IPAddress.TryParse(one, out var address) && !(IPEndPoint.TryParse(one, out var end) && (address = end.Address) is not null)) break;
            peer = AddressRange.NumberOf(address);
        }
        return peer;
    }
}
