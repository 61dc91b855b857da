using Edge.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Auth;

/// <summary>Where a request comes from.</summary>
public static class ClientAddress
{
    /// <summary>As <see cref="AddressRange.NumberOf"/> gives it; 0 = nobody knows, as of a client on a Unix socket.</summary>
    public static UInt128 Of(RequestContext context) => AddressRange.NumberOf(context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress);
}
