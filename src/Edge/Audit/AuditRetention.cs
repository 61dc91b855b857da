using System.Text.Json;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Storage.Journal;

namespace Edge.Audit;

/// <summary>
/// How long records are kept, and the record that old segments were deleted: what they ended with stays, so that the rest of the chain can still be shown to follow them.
/// A chain holds the records of all tenants, so the longest time that any of them demands is everybody's.
/// </summary>
public static class AuditRetention
{
    public const string Type = "retention";

    /// <summary>What a mode demands at least; zero = nothing. Of HIPAA 45 CFR 164.316(b)(2)(i): six years. Of SOC 2 the year that an examination looks back on.</summary>
    public static TimeSpan Least(ComplianceMode mode) => mode switch
    {
        ComplianceMode.Hipaa => TimeSpan.FromDays(2192),
        ComplianceMode.Soc2 => TimeSpan.FromDays(366),
        _ => TimeSpan.Zero,
    };

    /// <summary>What is in force; null = for ever.</summary>
    public static TimeSpan? Of(EdgeConfig config)
    {
        if (config.Audit.Retention is not { } longest) return null;
        foreach (var policy in Policies(config))
        {
            if (Least(policy.Mode) > longest) longest = Least(policy.Mode);
            if (policy.Retention > longest) longest = policy.Retention.Value;
        }
        return longest;
    }

    /// <summary>Every mode that is in use.</summary>
    public static IEnumerable<ComplianceMode> Modes(EdgeConfig config) => Policies(config).Select(static policy => policy.Mode).Distinct();

    /// <summary>The number and hash of the last record that was deleted, as such a record says; 0 = it does not.</summary>
    public static (long Last, string? Root) Read(ReadOnlySpan<byte> line)
    {
        var (last, root) = (0L, (string?)null);
        var json = new Utf8JsonReader(line);
        try
        {
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName) continue;
                if (json.ValueTextEquals("last"u8) && json.Read() && json.TryGetInt64(out var number)) last = number;
                else if (json.ValueTextEquals("root"u8) && json.Read()) root = json.GetString();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
        return (last, root);
    }

    /// <summary>Deletes the segments that hold nothing younger, behind a durable record of it. Blocks on the disk.</summary>
    /// <returns>Segments deleted.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    internal static async ValueTask<int> ExpireAsync(AuditLog log, DateTimeOffset before)
    {
        var next = FirstKept(log.Journal.Directory, before.ToUnixTimeMilliseconds(), out var root);
        if (next <= 1 || root is null) return 0;
        var append = log.Append(log.Body(json =>
        {
            json.WriteString("type"u8, Type);
            json.WriteNumber("last"u8, next - 1);
            json.WriteString("root"u8, root);
            json.WriteString("before"u8, before.UtcDateTime);
        }));
        if (!append.IsTaken || await log.FlushedAsync(append.Position) != JournalFault.None) return 0;
        return log.Journal.DeleteBefore(next);
    }

    // The first position of the oldest segment that must stay: a segment ends when the next one is made.
    private static long FirstKept(string directory, long before, out string? root)
    {
        root = null;
        var first = 0L;
        var segments = JournalFiles.List(directory);
        for (var i = 1; i < segments.Count; i++)
        {
            if (!JournalRecoverer.TryHeader(segments[i], out var begins, out var madeAt) || madeAt > before) break;
            first = begins;
        }
        if (first <= 1) return 0;
        using var reader = new JournalReader(directory, first);
        Span<byte> hash = stackalloc byte[AuditLine.HashBytes], previous = stackalloc byte[AuditLine.HashBytes];
        if (reader.Read() != JournalRead.Record || !AuditLine.TryOpen(reader.Payload.Span, hash, previous, out _)) return 0;
        root = AuditLine.Hex(previous);
        return first;
    }

    private static IEnumerable<(ComplianceMode Mode, TimeSpan? Retention)> Policies(EdgeConfig config)
    {
        yield return (config.Guard.Policy.Mode, null);
        foreach (var organisation in config.Tenants.Values)
        {
            yield return Of(organisation.Policy);
            foreach (var user in organisation.Users.Values) yield return Of(user.Policy);
            foreach (var team in organisation.Teams.Values)
            {
                yield return Of(team.Policy);
                foreach (var user in team.Users.Values) yield return Of(user.Policy);
            }
        }
        foreach (var key in config.Auth.ApiKeys) yield return Of(key.Policy);
    }

    private static (ComplianceMode Mode, TimeSpan? Retention) Of(TenantPolicyConfig policy) => (policy.ComplianceMode, policy.DataRetention);
}
