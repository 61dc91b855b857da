using System.Buffers;
using System.Text.Json;
using Edge.Model;
using Edge.Routing;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Admin;

/// <summary><c>/admin/emergency-stop</c>: POST stops all traffic or that of a client key, DELETE lifts the stop, GET shows what is in force.</summary>
internal sealed class TrafficApi
{
    private const int MaxBody = 4096;
    private const string Allowed = """{"scope":"all"} or {"scope":"key","key":"NAME"}, with "end_streams":true where what runs is to be ended as well""";

    private readonly TrafficSwitch _traffic;
    private readonly Log _log;

    public TrafficApi(TrafficSwitch traffic, Log log)
    {
        _traffic = traffic;
        _log = log;
    }

    public AdminReply Show() => AdminReply.Ok(json =>
    {
        var (all, keys) = (_traffic.All, _traffic.Keys);
        json.WriteStartObject();
        json.WriteBoolean("stopped"u8, all is not null || keys.Count > 0);
        if (all is not null)
        {
            json.WriteStartObject("all"u8);
            Write(json, all);
        }
        else
        {
            json.WriteNull("all"u8);
        }
        json.WriteStartArray("keys"u8);
        foreach (var (key, stop) in keys)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            Write(json, stop);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public async ValueTask<AdminReply> ChangeAsync(GatewayState state, IFeatureCollection features, AdminHolder holder)
    {
        var isStop = features.Get<IHttpRequestFeature>()!.Method == "POST";
        if (await ReadAsync(features) is not { } body) return AdminReply.Error(413, "REQUEST_TOO_LARGE", $"The body is larger than {MaxBody} bytes.");
        if (Parse(body, out var key, out var endStreams) is { } refusal) return refusal;
        // A stop can be lifted when the configuration has lost the key; but a typo must not pass for a stop.
        var isConfigKey = key is null || state.Config.Auth.ApiKeys.Any(one => one.Name == key);
        // What runs is known by the keys of the configuration alone.
        if (isStop && endStreams && !isConfigKey && Exists(state, key!)) return AdminReply.Error(400, "INVALID_REQUEST", "end_streams: only for everything, or for a key of the configuration.", "end_streams");
        if (!isConfigKey && !(isStop ? Exists(state, key!) : _traffic.Keys.Any(one => one.Key == key)))
        {
            var names = state.Config.Auth.ApiKeys.Where(one => one.Name is not null).Select(one => one.Name);
            return AdminReply.Error(404, "KEY_NOT_FOUND", $"key: no client key is called '{key}'; there are: {string.Join(", ", names)}.", "key");
        }
        if (isStop)
        {
            await _traffic.StopAsync(key, holder.Name, endStreams);
            _log.Error(EventIds.TrafficStopped, "An operator has stopped traffic.", ("scope", key is null ? "all" : "key"), ("key", key), ("end_streams", endStreams), ("by", holder.Name));
        }
        else if (_traffic.Lift(key))
        {
            _log.Warn(EventIds.TrafficResumed, "An operator has lifted a stop.", ("scope", key is null ? "all" : "key"), ("key", key), ("by", holder.Name));
        }
        return Show();
    }

    // A key of the store by id or name, or an organisation, team or user by path.
    private static bool Exists(GatewayState state, string name) => state.Tenancy.Find(name) is not null || state.Tenancy.Keys.All.Any(key => key.Caller.Id == name || key.Caller.Name == name);

    private static void Write(Utf8JsonWriter json, TrafficStop stop)
    {
        json.WriteString("since"u8, stop.Since);
        json.WriteString("by"u8, stop.By);
        json.WriteEndObject();
    }

    // Null = it is too large.
    private static async ValueTask<byte[]?> ReadAsync(IFeatureCollection features)
    {
        var reader = features.Get<IRequestBodyPipeFeature>()!.Reader;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.Buffer.Length > MaxBody)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    // What is not understood stops nothing, and says so: a stop that somebody only believes in is worse than none.
    private static AdminReply? Parse(byte[] body, out string? key, out bool endStreams)
    {
        (key, endStreams) = (null, false);
        string? scope = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return Invalid("The body is no JSON object");
            foreach (var member in document.RootElement.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "scope" when member.Value.ValueKind == JsonValueKind.String:
                        scope = member.Value.GetString();
                        break;
                    case "key" when member.Value.ValueKind == JsonValueKind.String:
                        key = member.Value.GetString();
                        break;
                    case "end_streams" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                        endStreams = member.Value.GetBoolean();
                        break;
                    default:
                        return Invalid($"{member.Name}: is unknown or of the wrong type", member.Name);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Invalid("The body is no JSON");
        }
        return (scope, key) switch
        {
            ("all", null) => null,
            ("key", not null) => null,
            ("key", null) => Invalid("key: is missing", "key"),
            ("all", not null) => Invalid("key: does not go with the scope all", "key"),
            (null, _) => Invalid("scope: is missing", "scope"),
            _ => Invalid("scope: is neither all nor key", "scope"),
        };
    }

    private static AdminReply Invalid(string problem, string? field = null) => AdminReply.Error(400, "INVALID_REQUEST", $"{problem}; allowed: {Allowed}.", field);
}
