using System.Text.Json;
using Edge.Tenancy;

namespace Edge.Admin.V1;

/// <summary><c>/tenancy</c>: what is in force, who may call and with what, and all tenants at once in the form of the configuration's <c>tenants</c>.</summary>
internal sealed class TenancyApi : IAdminResource
{
    private readonly TenantStore _store;
    private readonly TenancyWorker _worker;
    private readonly Storage.Database _database;
    private readonly Func<CancellationToken, Task> _changed;

    public TenancyApi(TenantStore store, TenancyWorker worker, Storage.Database database, Func<CancellationToken, Task> changed)
    {
        _store = store;
        _worker = worker;
        _database = database;
        _changed = changed;
    }

    private static readonly AdminShape _status = new("Tenancy", "What this instance goes by.",
    [
        new("version", "integer", "Of the store, as this instance has read it; counts up with every change."),
        new("current", "boolean", "False = the store is away, and what was read last is in force."),
        new("database", "string", "Which, without its password."),
        new("database_up", "boolean", "How the last operation found it."),
        new("tenants", "integer", "Organisations, teams and users."),
        new("keys", "integer", "Accepted texts of keys, of the configuration and of the store."),
    ]);

    private static readonly AdminShape _caller = new("Caller", "Somebody who may call, and what follows from it.",
    [
        new("object", "string", "Always `caller`.") { Allowed = ["caller"] },
        new("id", "string", "The key's id, or its name in the configuration."),
        new("name", "string?", "What rules and reports call it."),
        new("source", "string", "Where it is declared.") { Allowed = ["config", "store"] },
        new("tenants", "array", "Whose it is: paths, from the organisation down to the key itself."),
        new("problem", "string?", "Why it is refused: it names somebody who is not there."),
        new("scopes", "string", "What it may be used for."),
        new("models", "string", "Empty = all. Of each level that names some."),
        new("providers", "string", "Empty = all."),
        new("regions", "string", "Empty = all."),
        new("max_context_size", "integer?", "Tokens of one prompt; null = any number."),
    ]);

    private static readonly AdminShape _imported = new("Import", "What came of it.",
    [
        new("object", "string", "Always `import`.") { Allowed = ["import"] },
        new("dry_run", "boolean", "Nothing was done."),
        new("created", "array", "Paths of what was made."),
        new("changed", "array", "Paths of what was replaced."),
        new("unchanged", "integer", "How many were like that already."),
        new("deleted", "array", "Paths of what was deleted; keys of theirs are revoked."),
    ]);

    public IEnumerable<AdminOperation> Operations =>
    [
        new()
        {
            Id = "getTenancy",
            Method = "GET",
            Path = "/tenancy",
            Summary = "What this instance goes by.",
            Tag = "tenancy",
            Needs = AdminRights.Look,
            IsGlobal = true,
            Answer = _status,
            Run = Status,
        },
        new()
        {
            Id = "listCallers",
            Method = "GET",
            Path = "/callers",
            Summary = "Everybody with a key, of the configuration and of the store, with the policy that follows from all levels.",
            Tag = "tenancy",
            Needs = AdminRights.Look,
            IsList = true,
            Answer = _caller,
            Run = Callers,
        },
        new()
        {
            Id = "exportTenants",
            Method = "GET",
            Path = "/tenancy/export",
            Summary = "The tenants of the store, as importTenants takes them.",
            Tag = "tenancy",
            Needs = AdminRights.Look,
            IsGlobal = true,
            Answer = new("TenantsExport", "A JSON object with `tenants`, as in the configuration.", []),
            Run = ExportAsync,
        },
        new()
        {
            Id = "importTenants",
            Method = "POST",
            Path = "/tenancy/import",
            Summary = "Makes the store's tenants those of the document, YAML or JSON with `tenants` as in the configuration; all of it or nothing.",
            Tag = "tenancy",
            Needs = AdminRights.Organisations | AdminRights.Tenants,
            IsGlobal = true,
            BodyType = "application/yaml",
            MaxBody = 4 << 20,
            Query =
            [
                new("prune", "`true`: what the store has and the document has not is deleted, and its keys are revoked.", "boolean"),
                new("dry_run", "`true`: tells what would be done.", "boolean"),
            ],
            Answer = _imported,
            Run = ImportAsync,
        },
    ];

    private Task<AdminReply> Status(AdminCall call) => Task.FromResult(AdminReply.Ok(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, _worker.Version);
        json.WriteBoolean("current"u8, _worker.IsCurrent);
        json.WriteString("database"u8, _database.Place);
        json.WriteBoolean("database_up"u8, _database.IsUp);
        json.WriteNumber("tenants"u8, call.State.Tenancy.Tenants.Count);
        json.WriteNumber("keys"u8, call.State.Tenancy.Keys.Count);
        json.WriteEndObject();
    }));

    private static Task<AdminReply> Callers(AdminCall call)
    {
        // Of a key that was rotated both texts are there.
        var callers = call.State.Tenancy.Keys.All.DistinctBy(static entry => entry.Caller.Id).Where(entry => call.MaySee(entry.Caller.Organisation?.Path))
            .Where(entry => string.CompareOrdinal(entry.Caller.Id, call.After) > 0).OrderBy(static entry => entry.Caller.Id, StringComparer.Ordinal).Take((int)call.Limit + 1).ToList();
        return Task.FromResult(AdminPage.Of(call, callers, static entry => entry.Caller.Id, static (json, entry) =>
        {
            var caller = entry.Caller;
            json.WriteStartObject();
            json.WriteString("object"u8, "caller"u8);
            json.WriteString("id"u8, caller.Id);
            json.WriteString("name"u8, caller.Name);
            json.WriteString("source"u8, caller.ConfigKey >= 0 ? "config"u8 : "store"u8);
            json.WriteStartArray("tenants"u8);
            foreach (var tenant in caller.Tenants) json.WriteStringValue(tenant.Path);
            json.WriteEndArray();
            json.WriteString("problem"u8, entry.Problem);
            json.WriteString("scopes"u8, ScopeNames.Text(caller.Access.Scopes));
            json.WriteString("models"u8, caller.Access.ModelsText);
            json.WriteString("providers"u8, caller.Access.ProvidersText);
            json.WriteString("regions"u8, caller.Access.RegionsText);
            if (caller.Access.MaxContextSize > 0) json.WriteNumber("max_context_size"u8, caller.Access.MaxContextSize);
            else json.WriteNull("max_context_size"u8);
            json.WriteEndObject();
        }));
    }

    private async Task<AdminReply> ExportAsync(AdminCall call)
    {
        var (organisations, teams, users) = await _store.ReadAsync(
            async (connection, cancel) => (
                await _store.ListAsync(connection, TenantKind.Organisation, null, "", long.MaxValue, cancel), await _store.ListAsync(connection, TenantKind.Team, null, "", long.MaxValue, cancel),
                await _store.ListAsync(connection, TenantKind.User, null, "", long.MaxValue, cancel)),
            call.Cancel);
        // Also those of organisations that the configuration declares.
        var names = organisations.Concat(teams).Concat(users).Select(static row => row.Organisation).Distinct().Order(StringComparer.Ordinal);
        return AdminReply.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("tenants"u8);
            foreach (var name in names)
            {
                json.WriteStartObject(name);
                if (organisations.Find(row => row.Organisation == name) is { } organisation) AdminJson.WriteMembers(json, organisation.Document);
                var all = users.Where(row => row.Organisation == name).Select(static row => (Row: row, Document: UserOf(row))).ToList();
                var own = teams.Where(row => row.Organisation == name).ToDictionary(static row => row.Id, StringComparer.Ordinal);
                var teamNames = own.Keys.Concat(all.Select(static user => user.Document.Team).OfType<string>()).Distinct().Order(StringComparer.Ordinal).ToList();
                json.WriteStartObject("teams"u8);
                foreach (var team in teamNames)
                {
                    json.WriteStartObject(team);
                    if (own.TryGetValue(team, out var row)) AdminJson.WriteMembers(json, row.Document);
                    WriteUsers(json, all.Where(user => user.Document.Team == team));
                    json.WriteEndObject();
                }
                json.WriteEndObject();
                WriteUsers(json, all.Where(static user => user.Document.Team is null));
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void WriteUsers(Utf8JsonWriter json, IEnumerable<(TenantRow Row, UserDocument Document)> users)
    {
        json.WriteStartObject("users"u8);
        foreach (var (row, document) in users)
        {
            json.WritePropertyName(row.Id);
            UserDocument.Section.ToJson(document with { Team = null }).WriteTo(json);
        }
        json.WriteEndObject();
    }

    private static UserDocument UserOf(TenantRow row) => AdminBody.TryRead(JsonDocument.Parse(row.Document.AsMemory()).RootElement, UserDocument.Section, out _)?.Value ?? new UserDocument();

    private async Task<AdminReply> ImportAsync(AdminCall call)
    {
        var wanted = TenantImport.Read(call.Body);
        var (isDry, prune) = (call.Text("dry_run") == "true", call.Text("prune") == "true");
        foreach (var organisation in wanted.Where(one => one.Kind == TenantKind.Organisation && call.State.Config.Tenants.ContainsKey(one.Organisation)))
        {
            AdminRefusal.Conflict("DECLARED_IN_CONFIG", $"The organisation '{organisation.Id}' is declared in the configuration file, which wins over the store: change it there.");
        }
        TenantImport.Outcome outcome;
        try
        {
            outcome = await _store.ChangeAsync(
                async (connection, revision, cancel) =>
                {
                    var outcome = await TenantImport.RunAsync(_store, connection, wanted, prune, revision, cancel);
                    // Rolls back: what would be done was done, and told.
                    return isDry ? throw new TenantImport.DryRun(outcome) : outcome;
                },
                call.Cancel);
            call.Became = call.Body;
            await _changed(CancellationToken.None);
        }
        catch (TenantImport.DryRun dry)
        {
            outcome = dry.Outcome;
        }
        return AdminReply.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "import"u8);
            json.WriteBoolean("dry_run"u8, isDry);
            WritePaths(json, "created", outcome.Created);
            WritePaths(json, "changed", outcome.Changed);
            json.WriteNumber("unchanged"u8, outcome.Unchanged);
            WritePaths(json, "deleted", outcome.Deleted);
            json.WriteEndObject();
        });
    }

    private static void WritePaths(Utf8JsonWriter json, string name, IReadOnlyList<string> paths)
    {
        json.WriteStartArray(name);
        foreach (var path in paths) json.WriteStringValue(path);
        json.WriteEndArray();
    }
}
