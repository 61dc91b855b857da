using Edge.Admin.V1;
using Edge.Audit;
using Edge.Cache;
using Edge.Model;
using Edge.Routing;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Admin;

/// <summary>Everything below <c>/admin/</c>: who asks, which path, what may be done there.</summary>
public sealed class AdminApi
{
    private readonly GatewayStateHolder _state;
    private readonly AdminAccess _access;
    private readonly TargetsApi _targets;
    private readonly TrafficApi _traffic;
    private readonly CacheApi _cache;
    private readonly AdminV1? _v1;

    internal AdminApi(GatewayStateHolder state, TrafficSwitch traffic, CacheStage cache, Log log, TimeProvider time, AdminV1? v1 = null)
    {
        _v1 = v1;
        _state = state;
        Traffic = traffic;
        _access = new AdminAccess(log, time);
        _targets = new TargetsApi(log, time);
        _traffic = new TrafficApi(traffic, log);
        _cache = new CacheApi(cache, log);
    }

    internal TrafficSwitch Traffic { get; }

    /// <summary>Keeps a record of every change; null = nobody does.</summary>
    internal AuditStage? Audit { get; init; }

    public static bool Serves(string path) => path.StartsWith("/admin", StringComparison.Ordinal) && (path.Length == 6 || path[6] == '/');

    public async ValueTask<AdminReply> RunAsync(IFeatureCollection features)
    {
        var state = _state.Current;
        if (_access.Check(state.Config.Admin, features, out var holder) is { } refusal) return refusal;
        var request = features.Get<IHttpRequestFeature>()!;
        var isLook = request.Method is "GET" or "HEAD";
        var path = request.Path["/admin".Length..].Split('/')[1..];
        // Demanded before the change: one that nobody can prove must not happen.
        if (!isLook && Audit is { } audit && !await audit.ChangedAsync(holder.Name, request.Method, request.Path, "asked")) return AdminReply.Error(503, "AUDIT_UNAVAILABLE", "No audit record of this change could be made, and policy demands one.");
        if (path is ["v1", ..]) return _v1 is null ? AdminReply.NotFound() : await _v1.RunAsync(state, holder, request.Path["/admin/v1".Length..], features);
        if (Allowed(path) is not { } allowed) return AdminReply.NotFound();
        if (!allowed.Split(", ").Contains(request.Method)) return AdminReply.WrongMethod(allowed);
        var reply = await RunAsync(state, features, holder, path, isLook);
        return isLook || _v1 is null ? reply : await _v1.RecordAsync(holder, $"{request.Method} {path[0]}", request.Path, null, default, default, features, reply);
    }

    private async ValueTask<AdminReply> RunAsync(GatewayState state, IFeatureCollection features, AdminHolder holder, string[] path, bool isLook)
    {
        // Providers and stops are everybody's.
        if (holder.Organisation is not null) return AdminReply.Error(403, "ADMIN_FORBIDDEN", "This token is one organisation's, and that concerns all of them.");
        if (!isLook && (holder.Rights & AdminRights.Operate) == 0) return AdminReply.Error(403, "ADMIN_FORBIDDEN", "This token may look, but not change anything.");
        return path switch
        {
            ["targets"] => _targets.Show(state, null),
            ["targets", var provider] => _targets.Show(state, provider),
            ["targets", var provider, var action] => _targets.Switch(state, provider, action, holder),
            ["cache"] => isLook ? _cache.Show(state) : await _cache.DropAsync(state, features, holder),
            ["routes"] => RoutesApi.Explain(state, features.Get<IHttpRequestFeature>()!.QueryString, _targets.Now),
            _ => isLook ? _traffic.Show() : await _traffic.ChangeAsync(state, features, holder),
        };
    }

    private static string? Allowed(string[] path) => path switch
    {
        ["targets"] or ["targets", _] or ["routes"] => "GET, HEAD",
        ["targets", _, "on" or "drain" or "off" or "force"] => "POST",
        ["cache"] => "GET, HEAD, DELETE",
        ["emergency-stop"] => "GET, HEAD, POST, DELETE",
        _ => null,
    };
}
