using Edge.Auth;
using Edge.Tenancy;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>Who was not let in, and how old the keys of token issuers are: read when somebody looks.</summary>
public sealed class AuthMetrics
{
    private static readonly AuthRefusal[] _reasons = Enum.GetValues<AuthRefusal>();

    private readonly AuthStage _auth;
    private readonly TenancySource _tenancy;
    private readonly Counter _refused;
    private readonly Gauge _keys;

    public AuthMetrics(CollectorRegistry registry, AuthStage auth, TenancySource tenancy)
    {
        (_auth, _tenancy) = (auth, tenancy);
        var factory = Metrics.WithCustomRegistry(registry);
        _refused = factory.CreateCounter("edge_auth_refused_total",
            "Requests refused for who sent them, by reason: missing, unknown, throttled (too many wrong keys from one address), expired, notyetvalid, revoked, address, forbidden, token, unavailable.", ["reason"]);
        _keys = factory.CreateGauge("edge_token_issuer_keys", "Keys that are known of a token issuer; 0 = its tokens cannot be checked.", ["issuer"]);
        registry.AddBeforeCollectCallback(Sample);
    }

    private void Sample()
    {
        foreach (var reason in _reasons) _refused.WithLabels(reason.ToString().ToLowerInvariant()).IncTo(_auth.Refused(reason));
        foreach (var (issuer, count) in _tenancy.TokenKeys.Known()) _keys.WithLabels(issuer).Set(count);
    }
}
