using System.Data.Common;
using System.Text;
using System.Text.Json;
using Edge.Auth;
using Edge.Configuration;
using Edge.Tenancy;

namespace Edge.Admin.V1;

/// <summary><c>/keys</c>: virtual keys are made, changed, rotated and revoked; their text is shown once, in the answer that made it.</summary>
internal sealed class KeysApi : IAdminResource
{
    private readonly TenantStore _store;
    private readonly KeyHasher _hasher;
    private readonly bool _isKept;
    private readonly Func<CancellationToken, Task> _changed;

    /// <param name="store">Where they are.</param>
    /// <param name="hasher">How they are kept.</param>
    /// <param name="isKept">The store outlives the process; then the hasher must too.</param>
    /// <param name="changed">As of <see cref="TenantsApi"/>.</param>
    public KeysApi(TenantStore store, KeyHasher hasher, bool isKept, Func<CancellationToken, Task> changed)
    {
        _store = store;
        _hasher = hasher;
        _isKept = isKept;
        _changed = changed;
    }

    private static readonly AdminField[] _fields =
    [
        new("object", "string", "Always `key`.") { Allowed = ["key"] },
        new("id", "string", "Stable and not secret; it stays when the key is rotated."),
        new("prefix", "string", "How the key's text begins, to recognise it."),
        new("status", "string", "What it is now.") { Allowed = ["active", "expired", "revoked"] },
        new("previous_until", "string?", "Until when the text before the last rotation is accepted.") { Format = "date-time" },
        new("revoked_at", "string?", "When it was revoked.") { Format = "date-time" },
        new("created_by", "string?", "The name of the admin token that made it."),
        new("created_at", "string", "When it was made.") { Format = "date-time" },
        new("updated_at", "string", "When it was changed last.") { Format = "date-time" },
    ];

    private static readonly AdminShape _shape = new("Key", "A virtual key, without its text.", _fields, KeyDocument.Section);

    private static readonly AdminShape _shown = new("KeyWithSecret", "A virtual key with its text, which is shown this once.",
        [.. _fields, new("secret", "string", "The key's text: what clients present. Left out where the answer is repeated for an Idempotency-Key.") { IsOptional = true }], KeyDocument.Section);

    public IEnumerable<AdminOperation> Operations =>
    [
        new()
        {
            Id = "listKeys",
            Method = "GET",
            Path = "/keys",
            Summary = "Keys of the store, in the order of their ids, revoked ones too.",
            Tag = "keys",
            Needs = AdminRights.Look,
            Query = [new("organisation", "Of this one alone.")],
            IsList = true,
            Answer = _shape,
            Run = ListAsync,
        },
        new()
        {
            Id = "createKey",
            Method = "POST",
            Path = "/keys",
            Summary = "Makes a key.",
            Tag = "keys",
            Needs = AdminRights.Keys,
            Body = KeyDocument.Section,
            Status = 201,
            Answer = _shown,
            HasETag = true,
            Run = CreateAsync,
        },
        new()
        {
            Id = "getKey",
            Method = "GET",
            Path = "/keys/{key}",
            Summary = "One key.",
            Tag = "keys",
            Needs = AdminRights.Look,
            Answer = _shape,
            HasETag = true,
            Run = GetAsync,
        },
        new()
        {
            Id = "patchKey",
            Method = "PATCH",
            Path = "/keys/{key}",
            Summary = "Changes the fields that are given; null takes one back to its default.",
            Tag = "keys",
            Needs = AdminRights.Keys,
            Body = KeyDocument.Section,
            Answer = _shape,
            HasETag = true,
            Run = PatchAsync,
        },
        new()
        {
            Id = "deleteKey",
            Method = "DELETE",
            Path = "/keys/{key}",
            Summary = "Revokes it: from then on it is refused everywhere, within a second. It stays in lists; revoking it again does nothing.",
            Tag = "keys",
            Needs = AdminRights.Keys,
            HasETag = true,
            Run = RevokeAsync,
        },
        new()
        {
            Id = "rotateKey",
            Method = "POST",
            Path = "/keys/{key}/rotate",
            Summary = "Gives it a new text; the one before is accepted for a while.",
            Tag = "keys",
            Needs = AdminRights.Keys,
            Body = Rotation.Section,
            Answer = _shown,
            HasETag = true,
            Run = RotateAsync,
        },
    ];

    private async Task<AdminReply> ListAsync(AdminCall call)
    {
        var wanted = call.Text("organisation");
        // Another's than the holder's has no keys, as one that nobody has.
        var organisation = wanted is null ? call.Holder.Organisation : call.MaySee(wanted) ? wanted : AdminCall.NoName;
        var keys = await _store.ReadAsync((connection, cancel) => _store.ListKeysAsync(connection, organisation, call.After, call.Limit + 1, cancel), call.Cancel);
        return AdminPage.Of(call, keys, static key => key.Id, (json, key) => Write(json, key, null));
    }

    private async Task<AdminReply> GetAsync(AdminCall call)
    {
        var key = await _store.ReadAsync((connection, cancel) => TenantStore.FindKeyAsync(connection, call["key"], call.Holder.Organisation, cancel), call.Cancel);
        if (key is null) AdminRefusal.NotFound("key", call["key"]);
        return Reply(key!.Row, null, 200);
    }

    private async Task<AdminReply> CreateAsync(AdminCall call)
    {
        if (_isKept && ReferenceEquals(_hasher, KeyHasher.OfProcess))
        {
            AdminRefusal.Conflict("NO_KEY_PEPPER", "Keys in a database need a secret to be hashed under that outlives the process: set auth.key_pepper, or stores.data_directory.");
        }
        var body = call.Read(KeyDocument.Section);
        var document = body.Value;
        if (call.Holder.Organisation is { } own && document.Organisation is null)
        {
            body = AdminBody.Read(AdminBody.Merge(JsonDocument.Parse(body.ToJson()).RootElement, KeyDocument.Section.ToJson(new() { Organisation = own }), KeyDocument.Section), KeyDocument.Section);
            document = body.Value;
        }
        if (document.ExpiresAt <= _store.Now) AdminRefusal.Invalid("expires_at", "is over already");
        var secret = VirtualKey.Create();
        var row = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                await CheckAsync(connection, call, document, cancel);
                var now = _store.Now;
                var row = new KeyRow(
                    KeyIds.New(now), document.Organisation ?? "", VirtualKey.Recognisable(secret), null, Encoding.UTF8.GetString(body.ToJson()), null, call.Holder.Name, revision, now, now);
                await TenantStore.InsertKeyAsync(connection, new KeyHashes(row, _hasher.Hash(secret), null), cancel);
                return row;
            },
            call.Cancel);
        await ChangedAsync(call, null, row);
        return Reply(row, secret, 201) with { Location = "/admin/v1/keys/" + row.Id };
    }

    private async Task<AdminReply> PatchAsync(AdminCall call)
    {
        var patch = AdminBody.Parse(call.Body);
        _ = AdminBody.Read(patch, KeyDocument.Section);
        var (before, row) = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                var key = await CurrentAsync(connection, call, cancel);
                RefuseRevoked(key.Row);
                var body = AdminBody.Read(AdminBody.Merge(JsonDocument.Parse(key.Row.Document.AsMemory()).RootElement, patch, KeyDocument.Section), KeyDocument.Section);
                if ((body.Value.Organisation ?? "") != key.Row.Organisation) AdminRefusal.Invalid("organisation", "cannot be changed: what was booked on a key stays where it is; make another key");
                await CheckAsync(connection, call, body.Value, cancel);
                var row = key.Row with { Document = Encoding.UTF8.GetString(body.ToJson()), Revision = revision, UpdatedAt = _store.Now };
                await TenantStore.UpdateKeyAsync(connection, key with { Row = row }, cancel);
                return (key.Row, row);
            },
            call.Cancel);
        await ChangedAsync(call, before, row);
        return Reply(row, null, 200);
    }

    private async Task<AdminReply> RotateAsync(AdminCall call)
    {
        var rotation = call.Body.IsEmpty ? Rotation.Section.Defaults : call.Read(Rotation.Section).Value;
        var secret = VirtualKey.Create();
        var (before, row) = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                var key = await CurrentAsync(connection, call, cancel);
                RefuseRevoked(key.Row);
                var now = _store.Now;
                var overlaps = rotation.Overlap > TimeSpan.Zero;
                var row = key.Row with { Prefix = VirtualKey.Recognisable(secret), PreviousUntil = overlaps ? now + rotation.Overlap : null, Revision = revision, UpdatedAt = now };
                await TenantStore.UpdateKeyAsync(connection, new KeyHashes(row, _hasher.Hash(secret), overlaps ? key.Hash : null), cancel);
                return (key.Row, row);
            },
            call.Cancel);
        await ChangedAsync(call, before, row);
        return Reply(row, secret, 200);
    }

    private async Task<AdminReply> RevokeAsync(AdminCall call)
    {
        var (before, row) = await _store.ChangeAsync(
            async (connection, revision, cancel) =>
            {
                var key = await CurrentAsync(connection, call, cancel);
                if (key.Row.RevokedAt is not null) return (key.Row, key.Row);
                var now = _store.Now;
                var row = key.Row with { RevokedAt = now, PreviousUntil = null, Revision = revision, UpdatedAt = now };
                await TenantStore.UpdateKeyAsync(connection, new KeyHashes(row, key.Hash, null), cancel);
                return (key.Row, row);
            },
            call.Cancel);
        await ChangedAsync(call, before, row);
        return AdminReply.Done;
    }

    private async Task ChangedAsync(AdminCall call, KeyRow? before, KeyRow row)
    {
        call.Owner = row.Organisation.Length > 0 ? row.Organisation : null;
        if (before is not null) call.Was = Told(before);
        call.Became = Told(row);
        // Done whatever becomes of the caller: a revocation that was written is in force.
        await _changed(CancellationToken.None);
    }

    // What the journal's hashes are of: the document, the text's beginning and whether it is revoked.
    private static byte[] Told(KeyRow row) => Encoding.UTF8.GetBytes($"{row.Id}\n{row.Prefix}\n{(row.RevokedAt is { } at ? AdminJson.Text(at) : "")}\n{row.Document}");

    private static async Task<KeyHashes> CurrentAsync(DbConnection connection, AdminCall call, CancellationToken cancel)
    {
        var key = await TenantStore.FindKeyAsync(connection, call["key"], call.Holder.Organisation, cancel);
        if (key is null) AdminRefusal.NotFound("key", call["key"]);
        call.Owner = key!.Row.Organisation.Length > 0 ? key.Row.Organisation : null;
        if (call.ExpectedRevision is { } expected && expected != key.Row.Revision) AdminRefusal.Changed();
        return key;
    }

    private static void RefuseRevoked(KeyRow row)
    {
        if (row.RevokedAt is not null) AdminRefusal.Conflict("KEY_REVOKED", "The key is revoked, for good; make another.");
    }

    // Whom it names must be there. Another's organisation than the holder's is one that is not.
    private static async Task CheckAsync(DbConnection connection, AdminCall call, KeyDocument document, CancellationToken cancel)
    {
        if (document.Organisation is not { } organisation)
        {
            if (document.Team is not null) AdminRefusal.Invalid("team", "goes with an organisation only");
            if (document.User is not null) AdminRefusal.Invalid("user", "goes with an organisation only");
            return;
        }
        var visible = call.MaySee(organisation) ? organisation : AdminCall.NoName;
        if (!await TenantsApi.ExistsAsync(connection, call.State, TenantKind.Organisation, visible, visible, cancel)) Missing("organisation", organisation);
        if (document.Team is { } team && !await TenantsApi.ExistsAsync(connection, call.State, TenantKind.Team, organisation, team, cancel)) Missing("team", team);
        if (document.User is { } user && !await TenantsApi.ExistsAsync(connection, call.State, TenantKind.User, organisation, user, cancel)) Missing("user", user);
    }

    private static void Missing(string field, string name) => AdminRefusal.Invalid(field, $"does not exist (value '{Shown.Text(name)}')");

    private AdminReply Reply(KeyRow row, string? secret, int status)
    {
        var reply = AdminReply.Ok(json => Write(json, row, secret)) with { Status = status, ETag = $"\"{row.Revision}\"" };
        return secret is null ? reply : reply with { Kept = AdminReply.Ok(json => Write(json, row, null)).Body };
    }

    private void Write(Utf8JsonWriter json, KeyRow row, string? secret)
    {
        using var document = JsonDocument.Parse(row.Document.AsMemory());
        var expires = document.RootElement.TryGetProperty("expires_at"u8, out var text) && DateTimeOffset.TryParse(
            text.GetString(), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) ? at : DateTimeOffset.MaxValue;
        json.WriteStartObject();
        json.WriteString("object"u8, "key"u8);
        json.WriteString("id"u8, row.Id);
        if (secret is not null) json.WriteString("secret"u8, secret);
        json.WriteString("prefix"u8, row.Prefix);
        json.WriteString("status"u8, row.RevokedAt is not null ? "revoked"u8 : expires <= _store.Now ? "expired"u8 : "active"u8);
        foreach (var member in document.RootElement.EnumerateObject()) member.WriteTo(json);
        AdminJson.WriteTime(json, "previous_until"u8, row.PreviousUntil > _store.Now ? row.PreviousUntil : null);
        AdminJson.WriteTime(json, "revoked_at"u8, row.RevokedAt);
        json.WriteString("created_by"u8, row.CreatedBy);
        AdminJson.WriteTime(json, "created_at"u8, row.CreatedAt);
        AdminJson.WriteTime(json, "updated_at"u8, row.UpdatedAt);
        json.WriteEndObject();
    }

    /// <summary>The body of a rotation.</summary>
    private sealed record Rotation
    {
        public TimeSpan Overlap { get; init; } = TimeSpan.FromHours(24);

        public static ConfigSection<Rotation> Section { get; } = new ConfigSection<Rotation>("KeyRotation", "How a key is rotated.", new())
            .Field("overlap", Kinds.Duration("0s", "90d"), c => c.Overlap, (c, v) => c with { Overlap = v }, "How long the text before is accepted beside the new one; 0 = not at all.");
    }
}

/// <summary>Ids of keys: <c>key_</c>, ten characters of time and sixteen random ones, so that a list in their order is one in the order of making.</summary>
internal static class KeyIds
{
    // Crockford's base 32, as ULIDs have it: https://github.com/ulid/spec.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New(DateTimeOffset now) => string.Create(4 + 26, now.ToUnixTimeMilliseconds(), static (id, time) =>
    {
        "key_".CopyTo(id);
        for (var i = 13; i >= 4; i--, time >>= 5) id[i] = Alphabet[(int)(time & 31)];
        System.Security.Cryptography.RandomNumberGenerator.GetItems(Alphabet, id[14..]);
    });
}
