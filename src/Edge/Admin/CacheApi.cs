using Edge.Cache;
using Edge.Model;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Edge.Admin;

/// <summary><c>/admin/cache</c>: GET shows what is kept, DELETE drops it: <c>?key=</c>, <c>?tag=</c>, <c>?model=</c>, <c>?tenant=</c> or <c>?all=true</c>.</summary>
internal sealed class CacheApi
{
    private const string Allowed = "one of key=ID (x-edge-cache-id), tag=NAME, model=NAME, tenant=NAME, all=true";

    private readonly CacheStage _cache;
    private readonly Log _log;

    public CacheApi(CacheStage cache, Log log)
    {
        _cache = cache;
        _log = log;
    }

    public AdminReply Show(GatewayState state) => AdminReply.Ok(json =>
    {
        json.WriteStartObject();
        json.WriteString("mode"u8, state.Cache.Config.EffectiveMode.ToString().ToLowerInvariant());
        json.WriteNumber("entries"u8, _cache.Memory.Count);
        json.WriteNumber("bytes"u8, _cache.Memory.Bytes);
        json.WriteNumber("max_bytes"u8, _cache.Memory.Capacity);
        json.WriteNumber("evictions"u8, _cache.Memory.Evictions);
        json.WriteNumber("in_flight"u8, _cache.Flights);
        json.WriteStartObject("semantic"u8);
        json.WriteString("state"u8, _cache.Semantic.State);
        json.WriteString("problem"u8, _cache.Semantic.Problem);
        json.WriteNumber("entries"u8, _cache.Semantic.Count);
        json.WriteNumber("bytes"u8, _cache.Semantic.Bytes);
        json.WriteEndObject();
        if (_cache.Shared is { } shared)
        {
            json.WriteStartObject("redis"u8);
            json.WriteNumber("hits"u8, shared.Hits);
            json.WriteNumber("misses"u8, shared.Misses);
            json.WriteNumber("skipped"u8, shared.Skipped);
            json.WriteNumber("written"u8, shared.Written);
            json.WriteNumber("shed"u8, shared.Shed);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("redis"u8);
        }
        json.WriteEndObject();
    });

    public async ValueTask<AdminReply> DropAsync(GatewayState state, IFeatureCollection features, AdminHolder holder)
    {
        if (Parse(state, features.Get<IHttpRequestFeature>()!.QueryString, out var purge) is { } refusal) return refusal;
        var (dropped, isShared) = await _cache.PurgeAsync(purge);
        _log.Info(EventIds.CachePurged, "An operator has dropped entries of the cache.", ("by", holder.Name), ("what", purge.Kind.ToString().ToLowerInvariant()), ("dropped", dropped));
        return AdminReply.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("dropped"u8, dropped);
            // Of other instances' memory and of Redis nobody counts; null = there are none.
            if (isShared is { } reached) json.WriteBoolean("shared"u8, reached);
            else json.WriteNull("shared"u8);
            json.WriteEndObject();
        });
    }

    private static AdminReply? Parse(GatewayState state, string query, out CachePurge purge)
    {
        purge = default;
        var asked = QueryHelpers.ParseQuery(query);
        // Two would leave open whether both must fit.
        if (asked.Count != 1 || asked.First().Value is not [{ Length: > 0 } text]) return Invalid("The query names nothing, or several things");
        switch (asked.First().Key)
        {
            case "key":
                if (!CacheKey.TryParse(text, out var key)) return Invalid("key: is no id of an entry", "key");
                purge = new(CachePurgeKind.Key, key.ToString());
                return null;
            case "tag":
                purge = new(CachePurgeKind.Tag, text);
                return null;
            case "model":
                purge = new(CachePurgeKind.Model, text);
                return null;
            case "tenant":
                if (CacheStage.ScopeOf(state, text) is not { } scope) return AdminReply.Error(404, "TENANT_NOT_FOUND", $"tenant: there is no tenant '{text}'.", "tenant");
                purge = CachePurge.OfScope(scope);
                return null;
            case "all" when text == "true":
                purge = new(CachePurgeKind.All);
                return null;
            default:
                return Invalid($"{asked.First().Key}: is unknown, or not so");
        }
    }

    private static AdminReply Invalid(string problem, string? field = null) => AdminReply.Error(400, "INVALID_REQUEST", $"{problem}; allowed: {Allowed}.", field);
}
