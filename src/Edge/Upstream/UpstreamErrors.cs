using Edge.Pipeline;

namespace Edge.Upstream;

/// <summary>What a client is told when the exchange with a provider failed.</summary>
public static class UpstreamErrors
{
    public static ErrorCode CodeOf(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.Dns or UpstreamFailure.Connect or UpstreamFailure.Tls or UpstreamFailure.Reset or UpstreamFailure.Proxy => ErrorCode.UpstreamUnreachable,
        UpstreamFailure.ConnectTimeout or UpstreamFailure.FirstByteTimeout or UpstreamFailure.IdleTimeout
            or UpstreamFailure.TotalTimeout => ErrorCode.UpstreamTimeout,
        UpstreamFailure.PoolExhausted => ErrorCode.NoHealthyProvider,
        UpstreamFailure.Cut => ErrorCode.UpstreamCut,
        UpstreamFailure.Cancelled => ErrorCode.GatewayStopping,
        _ => ErrorCode.UpstreamProtocolError,
    };

    /// <summary>For people: which provider, and what it was. Names no address: that is for the log.</summary>
    public static string Describe(string provider, UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.Dns => $"The host name of provider '{provider}' does not resolve.",
        UpstreamFailure.Connect => $"Provider '{provider}' does not accept connections.",
        UpstreamFailure.ConnectTimeout => $"Provider '{provider}' did not accept a connection in time.",
        UpstreamFailure.Tls => $"The TLS handshake with provider '{provider}' failed.",
        UpstreamFailure.PoolExhausted => $"Every connection to provider '{provider}' is in use.",
        UpstreamFailure.Reset => $"Provider '{provider}' closed the connection before it answered.",
        UpstreamFailure.FirstByteTimeout => $"Provider '{provider}' did not begin to answer in time.",
        UpstreamFailure.IdleTimeout => $"Provider '{provider}' fell silent in the middle of its answer.",
        UpstreamFailure.TotalTimeout => $"Provider '{provider}' did not finish its answer in time.",
        UpstreamFailure.Cut => $"The answer of provider '{provider}' broke off before it was complete.",
        UpstreamFailure.Proxy => $"The forward proxy on the way to provider '{provider}' did not let the request through.",
        UpstreamFailure.Cancelled => "The gateway is shutting down.",
        _ => $"The answer of provider '{provider}' could not be understood.",
    };
}
