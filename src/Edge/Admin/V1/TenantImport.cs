using System.Data.Common;
using Edge.Configuration;
using Edge.Tenancy;

namespace Edge.Admin.V1;

/// <summary>Many tenants at once, from a document with <c>tenants</c> as the configuration has it.</summary>
internal static class TenantImport
{
    /// <summary>One of the document.</summary>
    internal sealed record Wanted(TenantKind Kind, string Organisation, string Id, string Document);

    internal sealed record Outcome(List<string> Created, List<string> Changed, int Unchanged, List<string> Deleted);

    /// <summary>Ends a transaction that only looked.</summary>
    internal sealed class DryRun(Outcome outcome) : Exception
    {
        public Outcome Outcome { get; } = outcome;
    }

    private sealed record Content
    {
        public IReadOnlyDictionary<string, OrganisationConfig> Tenants { get; init; } = new Dictionary<string, OrganisationConfig>();

        public static ConfigSection<Content> Section { get; } = new ConfigSection<Content>("TenantsDocument", "Tenants, as in the configuration.", new())
            .Field("tenants", new SectionMapKind<OrganisationConfig>(OrganisationConfig.Section, "organisation", TenancyKinds.CheckName), c => c.Tenants, (c, v) => c with { Tenants = v }, "Organisations.");
    }

    /// <summary>YAML, or JSON, which is YAML. Refuses with every error, each with its line.</summary>
    public static List<Wanted> Read(ReadOnlyMemory<byte> body)
    {
        var errors = new List<ConfigError>();
        var root = YamlText.TryDecode(body.Span, "body", errors, out var text) ? YamlReader.Read(text, "body", errors) : null;
        if (errors.Count == 0 && root is null) AdminRefusal.Invalid(null, "is empty; allowed: YAML or JSON with 'tenants' as in the configuration");
        var context = AdminBody.NewContext("body");
        context.Errors.AddRange(errors);
        if (root is not null) AdminBody.RefuseReferences(root, "", context);
        var content = root is not null && context.Errors.Count == 0 ? Content.Section.Bind(context, root, "", Content.Section.Defaults) : new Content();
        if (context.Errors.Count > 0)
        {
            throw new AdminRefusal(AdminReply.Error(400, "INVALID_REQUEST", string.Join('\n', context.Errors.OrderBy(static error => error.Line)), context.Errors[0].Path is { Length: > 0 } path ? path : null));
        }
        var wanted = new List<Wanted>();
        foreach (var (id, organisation) in content.Tenants)
        {
            wanted.Add(new(TenantKind.Organisation, id, id, OrganisationDocument.Section.ToJson(new() { Name = organisation.Name, Policy = organisation.Policy }).GetRawText()));
            foreach (var (team, declared) in organisation.Teams)
            {
                wanted.Add(new(TenantKind.Team, id, team, TeamDocument.Section.ToJson(new() { Name = declared.Name, Policy = declared.Policy }).GetRawText()));
                foreach (var (user, one) in declared.Users) AddUser(wanted, id, team, user, one);
            }
            foreach (var (user, one) in organisation.Users) AddUser(wanted, id, null, user, one);
        }
        return wanted;
    }

    public static async Task<Outcome> RunAsync(TenantStore store, DbConnection connection, List<Wanted> wanted, bool prune, long revision, CancellationToken cancel)
    {
        var outcome = new Outcome([], [], 0, []);
        var unchanged = 0;
        foreach (var one in wanted)
        {
            var before = await TenantStore.FindAsync(connection, one.Kind, one.Organisation, one.Id, cancel);
            if (before?.Document == one.Document)
            {
                unchanged++;
                continue;
            }
            await store.PutAsync(connection, before, one.Kind, one.Organisation, one.Id, one.Document, revision, cancel);
            (before is null ? outcome.Created : outcome.Changed).Add(PathOf(one.Kind, one.Organisation, one.Id));
        }
        if (prune)
        {
            var names = wanted.Select(static one => (one.Kind, one.Organisation, one.Id)).ToHashSet();
            // Users first, so that what is left of a team or an organisation goes with it.
            foreach (var kind in (TenantKind[])[TenantKind.User, TenantKind.Team, TenantKind.Organisation])
            {
                foreach (var row in await store.ListAsync(connection, kind, null, "", long.MaxValue, cancel))
                {
                    if (names.Contains((kind, row.Organisation, row.Id))) continue;
                    await TenantRemoval.RunAsync(store, connection, row, cascade: true, revision, cancel);
                    outcome.Deleted.Add(PathOf(kind, row.Organisation, row.Id));
                }
            }
        }
        return outcome with { Unchanged = unchanged };
    }

    private static void AddUser(List<Wanted> wanted, string organisation, string? team, string id, UserConfig user)
    {
        if (wanted.Exists(one => one.Kind == TenantKind.User && one.Organisation == organisation && one.Id == id))
        {
            AdminRefusal.Invalid($"tenants.{organisation}", $"has the user '{id}' twice; here a user is in one team or in none");
        }
        wanted.Add(new(TenantKind.User, organisation, id, UserDocument.Section.ToJson(new() { Name = user.Name, Team = team, Role = user.Role, Policy = user.Policy }).GetRawText()));
    }

    private static string PathOf(TenantKind kind, string organisation, string id) => kind == TenantKind.Organisation ? organisation : $"{organisation}/{TenantStore.Name(kind)}:{id}";
}
