using System.Buffers;
using System.Net;
using Edge.Configuration;
using Edge.Model;
using Edge.Storage;
using Edge.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Admin.V1;

/// <summary>Everything below <c>/admin/v1</c>: finds the operation, checks what its caller may, runs it, records what changed.</summary>
internal sealed class AdminV1
{
    private readonly List<(string[] Parts, List<AdminOperation> Operations)> _paths = [];
    private readonly IdempotencyStore _idempotency;
    private readonly Log _log;
    private readonly TimeProvider _time;

    public AdminV1(IReadOnlyList<IAdminResource> resources, Database database, AdminJournal journal, Log log, TimeProvider time)
    {
        _idempotency = new IdempotencyStore(database, time);
        _log = log;
        _time = time;
        Journal = journal;
        Operations = [.. resources.SelectMany(static resource => resource.Operations)];
        var document = new Lazy<byte[]>(() => OpenApiDocument.Write(Operations));
        Operations = [.. Operations, OpenApiDocument.Operation(() => document.Value)];
        foreach (var path in Operations.GroupBy(static operation => operation.Path)) _paths.Add((path.Key.Split('/')[1..], [.. path]));
    }

    /// <summary>All there are.</summary>
    public IReadOnlyList<AdminOperation> Operations { get; }

    public AdminJournal Journal { get; }

    /// <param name="state">In force.</param>
    /// <param name="holder">Let in.</param>
    /// <param name="path">Below <c>/admin/v1</c>, decoded: begins with a slash.</param>
    /// <param name="features">The request.</param>
    public async ValueTask<AdminReply> RunAsync(GatewayState state, AdminHolder holder, string path, IFeatureCollection features)
    {
        var request = features.Get<IHttpRequestFeature>()!;
        if (Find(path, out var names) is not { } operations) return AdminReply.NotFound();
        var method = request.Method == "HEAD" ? "GET" : request.Method;
        if (operations.Find(one => one.Method == method) is not { } operation)
        {
            return AdminReply.WrongMethod(string.Join(", ", operations.SelectMany(static one => one.Method == "GET" ? ["GET", "HEAD"] : (string[])[one.Method])));
        }
        var cancel = features.Get<IHttpRequestLifetimeFeature>()?.RequestAborted ?? CancellationToken.None;
        AdminCall? call = null;
        AdminReply reply;
        try
        {
            if ((holder.Rights & operation.Needs) != operation.Needs) AdminRefusal.Forbidden($"This token's role does not allow that: it needs the right '{operation.Needs.ToString().ToLowerInvariant()}'.");
            if (operation.IsGlobal && holder.Organisation is not null) AdminRefusal.Forbidden("This token is one organisation's, and that concerns all of them.");
            var body = await ReadBodyAsync(features, operation.MaxBody, cancel);
            if (body.Length > 0 && operation.Body is null && operation.BodyType == "application/json") AdminRefusal.Invalid(null, "must be empty here");
            call = new AdminCall(operation, state, holder, names, request.QueryString, body, request.Headers, cancel);
            reply = operation.Method == "POST" ? await RunOnceAsync(call, request) : await operation.Run(call);
        }
        catch (AdminRefusal refusal)
        {
            reply = refusal.Reply;
        }
        catch (StoreUnavailableException e)
        {
            _log.Error(EventIds.StoreDown, "The admin plane could not reach the database.", ("operation", operation.Id), ("reason", e.Message));
            reply = AdminReply.Error(503, "STORE_UNAVAILABLE", "The database is not available.") with { RetryAfterSeconds = 5 };
        }
        // An answer that was given before is no change.
        return operation.Changes && !reply.IsReplay ? await RecordAsync(operation, holder, call, path, features, reply) : reply;
    }

    private async Task<AdminReply> RunOnceAsync(AdminCall call, IHttpRequestFeature request)
    {
        var key = call.Headers["Idempotency-Key"].ToString();
        if (key.Length == 0 || !call.Operation.Changes) return await call.Operation.Run(call);
        if (key.Length > IdempotencyStore.MaxKey || key.Any(static c => c is < ' ' or > '~')) AdminRefusal.Invalid("Idempotency-Key", $"is no key; allowed: at most {IdempotencyStore.MaxKey} visible ASCII characters");
        if (await _idempotency.TakeAsync(call.Holder.Name, key, IdempotencyStore.HashOf(request.Method, request.Path, request.QueryString, call.Body.Span), call.Cancel) is { } before) return before;
        AdminReply reply;
        try
        {
            reply = await call.Operation.Run(call);
        }
        catch (AdminRefusal refusal)
        {
            reply = refusal.Reply;
        }
        catch
        {
            await _idempotency.KeepAsync(call.Holder.Name, key, AdminReply.Error(500, "", ""), CancellationToken.None);
            throw;
        }
        // Whoever has gone will ask again: what was done must be known then.
        await _idempotency.KeepAsync(call.Holder.Name, key, reply, CancellationToken.None);
        return reply;
    }

    private async Task<AdminReply> RecordAsync(AdminOperation operation, AdminHolder holder, AdminCall? call, string path, IFeatureCollection features, AdminReply reply)
    {
        var address = features.Get<IHttpConnectionFeature>()?.RemoteIpAddress ?? IPAddress.None;
        var isDone = reply.Status < 300;
        var change = new AdminChange(
            _time.GetUtcNow(), holder.Name, AdminRoles.NameOf(holder.Role), address.ToString(), operation.Id, "/admin/v1" + path, call?.Owner ?? holder.Organisation, reply.Status,
            AdminJournal.Hash(call?.Was ?? default), isDone ? AdminJournal.Hash(call?.Became ?? default) : null);
        if (isDone) _log.Info(EventIds.AdminChanged, "An administrator has changed something.", ("operation", operation.Id), ("path", change.Path), ("by", holder.Name));
        try
        {
            await Journal.RecordAsync(change, CancellationToken.None);
            return reply;
        }
        catch (IOException e)
        {
            _log.Error(EventIds.AdminChanged, "A change could not be recorded.", ("operation", operation.Id), ("path", change.Path), ("by", holder.Name), ("reason", e.Message));
            return AdminReply.Error(500, "JOURNAL_UNAVAILABLE", isDone ? "It was done, but could not be recorded." : "It was refused, and that could not be recorded.");
        }
    }

    private List<AdminOperation>? Find(string path, out Dictionary<string, string> names)
    {
        names = new(StringComparer.Ordinal);
        var parts = path.Split('/')[1..];
        foreach (var (template, operations) in _paths)
        {
            if (template.Length != parts.Length) continue;
            names.Clear();
            var fits = true;
            for (var i = 0; i < parts.Length && fits; i++)
            {
                if (template[i].StartsWith('{')) names[template[i][1..^1]] = parts[i];
                else fits = template[i] == parts[i];
            }
            // "/keys/" is no key with an empty name.
            if (fits && names.Values.All(static name => name.Length > 0)) return operations;
        }
        return null;
    }

    private static async ValueTask<byte[]> ReadBodyAsync(IFeatureCollection features, int most, CancellationToken cancel)
    {
        if (features.Get<IRequestBodyPipeFeature>()?.Reader is not { } reader) return [];
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            if (read.Buffer.Length > most)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw new AdminRefusal(AdminReply.Error(413, "REQUEST_TOO_LARGE", $"The body is larger than {SizeText.Format(most)}."));
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
}
