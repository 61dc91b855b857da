using System.Data.Common;
using System.Text.Json;
using Edge.Tenancy;

namespace Edge.Admin.V1;

/// <summary>Deletes a tenant: alone, or with all that belongs to it. Keys are never deleted but revoked: records go on naming them.</summary>
internal static class TenantRemoval
{
    /// <param name="store">Where it is.</param>
    /// <param name="connection">Of the change.</param>
    /// <param name="row">What goes.</param>
    /// <param name="cascade">With what belongs to it; otherwise that refuses.</param>
    /// <param name="revision">Of the change.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task RunAsync(TenantStore store, DbConnection connection, TenantRow row, bool cascade, long revision, CancellationToken cancel)
    {
        var organisation = row.Organisation;
        List<TenantRow> teams = row.Kind == TenantKind.Organisation ? await store.ListAsync(connection, TenantKind.Team, organisation, "", long.MaxValue, cancel) : [];
        List<TenantRow> users = row.Kind == TenantKind.User ? [] : await store.ListAsync(connection, TenantKind.User, organisation, "", long.MaxValue, cancel);
        if (row.Kind == TenantKind.Team) users = [.. users.Where(user => Names(user.Document, "team", row.Id))];
        var gone = users.Append(row).Where(static one => one.Kind == TenantKind.User).Select(static user => user.Id).ToHashSet(StringComparer.Ordinal);
        var keys = (await store.ListKeysAsync(connection, organisation, "", long.MaxValue, cancel))
            .Where(key => key.RevokedAt is null && row.Kind switch
            {
                TenantKind.Organisation => true,
                TenantKind.Team => Names(key.Document, "team", row.Id) || gone.Any(user => Names(key.Document, "user", user)),
                _ => Names(key.Document, "user", row.Id),
            }).ToList();
        if (!cascade && teams.Count + users.Count + keys.Count > 0)
        {
            AdminRefusal.Conflict("NOT_EMPTY", $"To '{row.Id}' belong {teams.Count} teams, {users.Count} users and {keys.Count} keys; cascade=true deletes them and revokes the keys.");
        }
        foreach (var key in keys)
        {
            var stored = await TenantStore.FindKeyAsync(connection, key.Id, null, cancel);
            if (stored is not null) await TenantStore.UpdateKeyAsync(connection, stored with { Row = stored.Row with { RevokedAt = store.Now, Revision = revision, UpdatedAt = store.Now } }, cancel);
        }
        foreach (var one in teams.Concat(users).Append(row)) await TenantStore.DeleteAsync(connection, one, cancel);
    }

    private static bool Names(string document, string field, string id)
    {
        using var parsed = JsonDocument.Parse(document.AsMemory());
        return parsed.RootElement.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() == id;
    }
}
