using System.Data.Common;
using System.Text;
using System.Text.Json;
using Edge.Configuration;
using Edge.Model;
using Edge.Tenancy;

namespace Edge.Admin.V1;

/// <summary>
/// <c>/organisations</c>, and below one <c>/teams</c> and <c>/users</c>: all three are read, made, replaced, patched and deleted alike. Those of the configuration are shown among those of
/// the store; to change them is refused, their file says what they are.
/// </summary>
internal sealed class TenantsApi : IAdminResource
{
    private readonly TenantStore _store;
    private readonly Func<CancellationToken, Task> _changed;

    /// <param name="store">Where they are.</param>
    /// <param name="changed">After a change: this instance's snapshot is brought up to date before the answer goes out.</param>
    public TenantsApi(TenantStore store, Func<CancellationToken, Task> changed)
    {
        _store = store;
        _changed = changed;
    }

    public IEnumerable<AdminOperation> Operations =>
    [
        .. Of(TenantKind.Organisation, "Organisation", "/organisations", OrganisationDocument.Section, AdminRights.Organisations),
        .. Of(TenantKind.Team, "Team", "/organisations/{organisation}/teams", TeamDocument.Section, AdminRights.Tenants),
        .. Of(TenantKind.User, "User", "/organisations/{organisation}/users", UserDocument.Section, AdminRights.Tenants),
    ];

    private IEnumerable<AdminOperation> Of<T>(TenantKind kind, string name, string path, ConfigSection<T> section, AdminRights needs)
        where T : class
    {
        var part = TenantStore.Name(kind);
        var item = $"{path}/{{{part}}}";
        var tag = part + "s";
        var creation = new CreationSection(section, part);
        var shape = new AdminShape(name, $"{section.Doc} Beside the fields here it has those that were set of `{section.Id}`.",
        [
            new("object", "string", $"Always `{part}`.") { Allowed = [part] },
            new("id", "string", "Its name in paths and references."),
            .. kind == TenantKind.Organisation ? [] : (AdminField[])[new("organisation", "string", "Whose.")],
            new("source", "string", "`config` = of the configuration file, read-only here; `store` = of the database.") { Allowed = ["config", "store"] },
            new("created_at", "string?", "Null for those of the configuration.") { Format = "date-time" },
            new("updated_at", "string?", "Null for those of the configuration.") { Format = "date-time" },
        ], section);
        yield return new()
        {
            Id = $"list{name}s",
            Method = "GET",
            Path = path,
            Summary = $"{name}s, in the order of their ids.",
            Tag = tag,
            Needs = AdminRights.Look,
            Answer = shape,
            IsList = true,
            Run = call => ListAsync(kind, call),
        };
        yield return new()
        {
            Id = $"create{name}",
            Method = "POST",
            Path = path,
            Summary = $"Makes a{(kind == TenantKind.Organisation ? "n" : "")} {part}.",
            Tag = tag,
            Needs = needs,
            IsGlobal = kind == TenantKind.Organisation,
            Body = creation,
            Answer = shape,
            Status = 201,
            HasETag = true,
            Run = call => CreateAsync(kind, section, call),
        };
        yield return new()
        {
            Id = $"get{name}",
            Method = "GET",
            Path = item,
            Summary = $"One {part}.",
            Tag = tag,
            Needs = AdminRights.Look,
            Answer = shape,
            HasETag = true,
            Run = call => GetAsync(kind, call),
        };
        yield return new()
        {
            Id = $"put{name}",
            Method = "PUT",
            Path = item,
            Summary = "Replaces all that was set, or makes it (201).",
            Tag = tag,
            Needs = needs,
            Body = section,
            Answer = shape,
            HasETag = true,
            Run = call => PutAsync(kind, section, call),
        };
        yield return new()
        {
            Id = $"patch{name}",
            Method = "PATCH",
            Path = item,
            Summary = "Changes the fields that are given; null takes one back to its default.",
            Tag = tag,
            Needs = needs,
            Body = section,
            Answer = shape,
            HasETag = true,
            Run = call => PatchAsync(kind, section, call),
        };
        yield return new()
        {
            Id = $"delete{name}",
            Method = "DELETE",
            Path = item,
            Summary = "Deletes it; refused while something belongs to it.",
            Tag = tag,
            Needs = needs,
            HasETag = true,
            IsGlobal = kind == TenantKind.Organisation,
            Query = [new("cascade", "`true`: deletes what belongs to it as well, and revokes its keys.", "boolean")],
            Run = call => DeleteAsync(kind, call),
        };
    }

    private async Task<AdminReply> ListAsync(TenantKind kind, AdminCall call)
    {
        var organisation = kind == TenantKind.Organisation ? null : call.Organisation;
        var (stored, exists) = await _store.ReadAsync(
            async (connection, cancel) => (
                await _store.ListAsync(connection, kind, organisation, call.After, call.Limit + 1, cancel),
                organisation is null || await ExistsAsync(connection, call.State, TenantKind.Organisation, organisation, organisation, cancel)),
            call.Cancel);
        if (!exists) AdminRefusal.NotFound("organisation", call["organisation"]);
        var configured = ConfigTenants.Of(call.State.Config, kind, organisation).Where(one => string.CompareOrdinal(one.Id, call.After) > 0).ToList();
        var names = configured.Select(static one => one.Id).ToHashSet(StringComparer.Ordinal);
        var items = stored.Where(row => !names.Contains(row.Id)).Select(static row => new Shown(row.Organisation, row.Id, row.Document, row)).Concat(configured)
            .Where(one => kind != TenantKind.Organisation || call.MaySee(one.Id))
            .OrderBy(static one => one.Id, StringComparer.Ordinal).Take((int)call.Limit + 1).ToList();
        return AdminPage.Of(call, items, static one => one.Id, (json, one) => Write(json, kind, one));
    }

    private async Task<AdminReply> GetAsync(TenantKind kind, AdminCall call)
    {
        var (organisation, id) = Names(kind, call);
        var row = await _store.ReadAsync((connection, cancel) => TenantStore.FindAsync(connection, kind, organisation, id, cancel), call.Cancel);
        if (ConfigTenants.Find(call.State.Config, kind, organisation, id) is { } configured) return AdminReply.Ok(json => Write(json, kind, configured));
        if (row is null) AdminRefusal.NotFound(TenantStore.Name(kind), call[TenantStore.Name(kind)]);
        return Reply(kind, row!, 200);
    }

    private async Task<AdminReply> CreateAsync<T>(TenantKind kind, ConfigSection<T> section, AdminCall call)
        where T : class
    {
        var body = AdminBody.Parse(call.Body);
        var id = CreationSection.TakeId(ref body);
        var document = AdminBody.Read(body, section);
        var organisation = kind == TenantKind.Organisation ? id : call.Organisation;
        var row = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                await CheckAsync(connection, call, kind, organisation, document.Value, cancel);
                RefuseConfigured(call, kind, organisation, id);
                if (await TenantStore.FindAsync(connection, kind, organisation, id, cancel) is not null) AdminRefusal.Conflict("ALREADY_EXISTS", $"There is a {TenantStore.Name(kind)} '{id}' already.", "id");
                return await _store.PutAsync(connection, null, kind, organisation, id, Encoding.UTF8.GetString(document.ToJson()), revision, cancel);
            },
            call.Cancel);
        call.Owner = organisation;
        await _changed(call.Cancel);
        var path = kind == TenantKind.Organisation ? $"/admin/v1/organisations/{id}" : $"/admin/v1/organisations/{organisation}/{TenantStore.Name(kind)}s/{id}";
        return Changed(call, kind, null, row, 201) with { Location = path };
    }

    private async Task<AdminReply> PutAsync<T>(TenantKind kind, ConfigSection<T> section, AdminCall call)
        where T : class
    {
        var document = call.Read(section);
        var (organisation, id) = Names(kind, call);
        var (before, row) = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                // Whoever belongs to an organisation makes no other: for it, a foreign one is one that is not there.
                if (kind == TenantKind.Organisation && organisation.Length == 0) AdminRefusal.NotFound("organisation", call["organisation"]);
                await CheckAsync(connection, call, kind, organisation, document.Value, cancel);
                RefuseConfigured(call, kind, organisation, id);
                CreationSection.CheckId(id, TenantStore.Name(kind));
                var before = await TenantStore.FindAsync(connection, kind, organisation, id, cancel);
                if (call.ExpectedRevision is { } expected && expected != before?.Revision) AdminRefusal.Changed();
                // "*" asks for one that is there.
                if (before is null && call.Headers.IfMatch.Count > 0) AdminRefusal.Changed();
                if (before is null && kind == TenantKind.Organisation && call.Holder.Organisation is not null) AdminRefusal.NotFound("organisation", id);
                return (before, await _store.PutAsync(connection, before, kind, organisation, id, Encoding.UTF8.GetString(document.ToJson()), revision, cancel));
            },
            call.Cancel);
        await _changed(call.Cancel);
        return Changed(call, kind, before, row, before is null ? 201 : 200);
    }

    private async Task<AdminReply> PatchAsync<T>(TenantKind kind, ConfigSection<T> section, AdminCall call)
        where T : class
    {
        var patch = AdminBody.Parse(call.Body);
        // What is wrong with the patch itself is said before anything is looked up.
        _ = AdminBody.Read(patch, section);
        var (organisation, id) = Names(kind, call);
        var (before, row) = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                var before = await CurrentAsync(connection, call, kind, organisation, id, cancel);
                var document = AdminBody.Read(AdminBody.Merge(JsonDocument.Parse(before.Document.AsMemory()).RootElement, patch, section), section);
                await CheckAsync(connection, call, kind, organisation, document.Value, cancel);
                return (before, await _store.PutAsync(connection, before, kind, organisation, id, Encoding.UTF8.GetString(document.ToJson()), revision, cancel));
            },
            call.Cancel);
        await _changed(call.Cancel);
        return Changed(call, kind, before, row, 200);
    }

    private async Task<AdminReply> DeleteAsync(TenantKind kind, AdminCall call)
    {
        var (organisation, id) = Names(kind, call);
        var before = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                var before = await CurrentAsync(connection, call, kind, organisation, id, cancel);
                await TenantRemoval.RunAsync(_store, connection, before, call.Text("cascade") == "true", revision, cancel);
                return before;
            },
            call.Cancel);
        await _changed(call.Cancel);
        call.Was = Encoding.UTF8.GetBytes(before.Document);
        return AdminReply.Done;
    }

    private static async Task<TenantRow> CurrentAsync(DbConnection connection, AdminCall call, TenantKind kind, string organisation, string id, CancellationToken cancel)
    {
        var row = await TenantStore.FindAsync(connection, kind, organisation, id, cancel);
        RefuseConfigured(call, kind, organisation, id);
        if (row is null) AdminRefusal.NotFound(TenantStore.Name(kind), call[TenantStore.Name(kind)]);
        if (call.ExpectedRevision is { } expected && expected != row!.Revision) AdminRefusal.Changed();
        return row!;
    }

    // What the document names must be there, and so must the organisation above.
    private static async Task CheckAsync(DbConnection connection, AdminCall call, TenantKind kind, string organisation, object document, CancellationToken cancel)
    {
        if (kind != TenantKind.Organisation && !await ExistsAsync(connection, call.State, TenantKind.Organisation, organisation, organisation, cancel)) AdminRefusal.NotFound("organisation", call["organisation"]);
        if (document is UserDocument { Team: { } team } && !await ExistsAsync(connection, call.State, TenantKind.Team, organisation, team, cancel))
        {
            AdminRefusal.Invalid("team", $"is no team of the organisation (value '{Configuration.Shown.Text(team)}')");
        }
    }

    internal static async Task<bool> ExistsAsync(DbConnection connection, GatewayState state, TenantKind kind, string organisation, string id, CancellationToken cancel) =>
        await TenantStore.FindAsync(connection, kind, organisation, id, cancel) is not null || ConfigTenants.Find(state.Config, kind, organisation, id) is not null;

    private static void RefuseConfigured(AdminCall call, TenantKind kind, string organisation, string id)
    {
        if (ConfigTenants.Find(call.State.Config, kind, organisation, id) is null) return;
        AdminRefusal.Conflict("DECLARED_IN_CONFIG", $"The {TenantStore.Name(kind)} '{id}' is declared in the configuration file, which wins over the store: change it there.");
    }

    private static (string Organisation, string Id) Names(TenantKind kind, AdminCall call) => (call.Organisation, kind == TenantKind.Organisation ? call.Organisation : call[TenantStore.Name(kind)]);

    private static AdminReply Changed(AdminCall call, TenantKind kind, TenantRow? before, TenantRow row, int status)
    {
        if (before is not null) call.Was = Encoding.UTF8.GetBytes(before.Document);
        call.Became = Encoding.UTF8.GetBytes(row.Document);
        return Reply(kind, row, status);
    }

    private static AdminReply Reply(TenantKind kind, TenantRow row, int status) =>
        AdminReply.Ok(json => Write(json, kind, new(row.Organisation, row.Id, row.Document, row))) with { Status = status, ETag = $"\"{row.Revision}\"" };

    private static void Write(Utf8JsonWriter json, TenantKind kind, Shown one)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, TenantStore.Name(kind));
        json.WriteString("id"u8, one.Id);
        if (kind != TenantKind.Organisation) json.WriteString("organisation"u8, one.Organisation);
        AdminJson.WriteMembers(json, one.Document);
        json.WriteString("source"u8, one.Row is null ? "config"u8 : "store"u8);
        AdminJson.WriteTime(json, "created_at"u8, one.Row?.CreatedAt);
        AdminJson.WriteTime(json, "updated_at"u8, one.Row?.UpdatedAt);
        json.WriteEndObject();
    }

    /// <summary>One to show: of the store, or of the configuration.</summary>
    /// <param name="Organisation">Whose.</param>
    /// <param name="Id">Of it.</param>
    /// <param name="Document">JSON.</param>
    /// <param name="Row">Null = of the configuration.</param>
    internal sealed record Shown(string Organisation, string Id, string Document, TenantRow? Row);
}
