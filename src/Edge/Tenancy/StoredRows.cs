using System.Text.Json;
using Edge.Admin.V1;
using Edge.Configuration;
using Edge.Telemetry;

namespace Edge.Tenancy;

/// <summary>The rows of the store in memory, read by their declarations: what changed is read again, the rest is kept.</summary>
internal sealed class StoredRows
{
    private readonly Dictionary<(TenantKind Kind, string Organisation, string Id), (TenantRow Row, object? Record)> _tenants = [];
    private readonly Dictionary<string, (KeyHashes Key, StoredKey? Record)> _keys = new(StringComparer.Ordinal);
    private readonly Log _log;

    public StoredRows(Log log) => _log = log;

    public long Version { get; private set; } = -1;

    public bool IsLoaded => Version >= 0;

    public IEnumerable<TenantRow> Tenants => _tenants.Values.Select(static one => one.Row);

    public IEnumerable<KeyHashes> Keys => _keys.Values.Select(static one => one.Key);

    /// <summary>All there are.</summary>
    public void Load(long version, IEnumerable<TenantRow> tenants, IEnumerable<KeyHashes> keys)
    {
        _tenants.Clear();
        _keys.Clear();
        Version = -1;
        Add(tenants, keys);
        Version = version;
    }

    /// <summary>Those that changed. False = some have gone, and nobody knows which: load all.</summary>
    public bool Apply(long version, IReadOnlyList<TenantRow> tenants, IReadOnlyList<KeyHashes> keys, long tenantCount)
    {
        Add(tenants, keys);
        Version = version;
        return _tenants.Count == tenantCount;
    }

    /// <summary>The records of what is valid. What is not was named in the log, and is nobody: its keys are refused rather than let in without their limits.</summary>
    public StoredTenancy Build(StoreFreshness freshness) => new()
    {
        Version = Version,
        Organisations = [.. _tenants.Values.Select(static one => one.Record).OfType<StoredOrganisation>()],
        Teams = [.. _tenants.Values.Select(static one => one.Record).OfType<StoredTeam>()],
        Users = [.. _tenants.Values.Select(static one => one.Record).OfType<StoredUser>()],
        Keys = [.. _keys.Values.Select(static one => one.Record).OfType<StoredKey>()],
        Freshness = freshness,
    };

    private void Add(IEnumerable<TenantRow> tenants, IEnumerable<KeyHashes> keys)
    {
        foreach (var row in tenants) _tenants[(row.Kind, row.Organisation, row.Id)] = (row, Record(row));
        foreach (var key in keys) _keys[key.Row.Id] = (key, Record(key));
    }

    private object? Record(TenantRow row)
    {
        var what = $"{TenantStore.Name(row.Kind)} {row.Organisation}/{row.Id}";
        return row.Kind switch
        {
            TenantKind.Organisation => Read(what, row.Document, OrganisationDocument.Section) is { } one ? new StoredOrganisation(row.Id, one.Name, one.Policy) : null,
            TenantKind.Team => Read(what, row.Document, TeamDocument.Section) is { } one ? new StoredTeam(row.Organisation, row.Id, one.Name, one.Policy) : null,
            _ => Read(what, row.Document, UserDocument.Section) is { } one ? new StoredUser(row.Organisation, one.Team, row.Id, one.Name, one.Role, one.Policy) : null,
        };
    }

    private StoredKey? Record(KeyHashes key)
    {
        if (Read($"key {key.Row.Id}", key.Row.Document, KeyDocument.Section) is not { } document) return null;
        return new StoredKey
        {
            Id = key.Row.Id,
            Prefix = key.Row.Prefix,
            Hash = key.Hash,
            PreviousHash = key.PreviousHash,
            PreviousUntil = key.Row.PreviousUntil,
            Name = document.Name,
            Organisation = document.Organisation,
            Team = document.Team,
            User = document.User,
            Policy = document.Policy,
            Debug = document.Debug,
            ExpiresAt = document.ExpiresAt,
            RevokedAt = key.Row.RevokedAt,
            CreatedAt = key.Row.CreatedAt,
            CreatedBy = key.Row.CreatedBy,
        };
    }

    private T? Read<T>(string what, string document, ConfigSection<T> section)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(document.AsMemory());
            if (AdminBody.TryRead(json.RootElement, section, out var errors) is { } body) return body.Value;
            _log.Error(EventIds.TenancyInvalid, "A row of the database is not valid, and its keys are refused.", ("row", what), ("error", $"{errors[0].Path}: {errors[0].Message}"));
        }
        catch (JsonException)
        {
            _log.Error(EventIds.TenancyInvalid, "A row of the database is not valid, and its keys are refused.", ("row", what), ("error", "it is no JSON"));
        }
        return null;
    }
}
