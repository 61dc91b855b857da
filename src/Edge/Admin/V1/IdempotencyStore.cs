using System.Security.Cryptography;
using System.Text;
using Edge.Storage;

namespace Edge.Admin.V1;

/// <summary>Answers to POSTs that carried an <c>Idempotency-Key</c>, for a day: the same request again gets the same answer and does nothing twice.</summary>
/// <remarks>
/// The key is taken before the work and the answer kept after it, not in the work's own transaction: a process that dies in between leaves a key that is free again after a minute, and its
/// caller has to look whether the work was done. Secrets are not kept: an answer that is repeated has none.
/// </remarks>
internal sealed class IdempotencyStore
{
    /// <summary>The longest key, in characters.</summary>
    public const int MaxKey = 255;

    private static readonly TimeSpan _kept = TimeSpan.FromHours(24);
    private static readonly TimeSpan _abandoned = TimeSpan.FromMinutes(1);

    private readonly Database _database;
    private readonly TimeProvider _time;

    public IdempotencyStore(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    /// <summary>Of everything that makes a request the same.</summary>
    public static string HashOf(string method, string path, string query, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{method} {path}{query}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Takes the key.</summary>
    /// <returns>What to answer at once; null = it is the first of its kind: go on, and then <see cref="KeepAsync"/>.</returns>
    public Task<AdminReply?> TakeAsync(string holder, string key, string hash, CancellationToken cancel)
    {
        var now = _time.GetUtcNow();
        return _database.WriteAsync<AdminReply?>(
            async (connection, stop) =>
            {
                await connection.ExecuteAsync(
                    "DELETE FROM idempotency WHERE created_at < @old OR (status = 0 AND created_at < @abandoned)", stop,
                    ("@old", (now - _kept).ToUnixTimeMilliseconds()), ("@abandoned", (now - _abandoned).ToUnixTimeMilliseconds()));
                var taken = await connection.ExecuteAsync(
                    """
                    INSERT INTO idempotency (holder, idempotency_key, request_hash, status, body, created_at) VALUES (@holder, @key, @hash, 0, @body, @now)
                    ON CONFLICT (holder, idempotency_key) DO NOTHING
                    """,
                    stop, ("@holder", holder), ("@key", key), ("@hash", hash), ("@body", Array.Empty<byte>()), ("@now", now.ToUnixTimeMilliseconds()));
                if (taken == 1) return null;
                var before = await connection.QueryAsync(
                    "SELECT request_hash, status, body FROM idempotency WHERE holder = @holder AND idempotency_key = @key",
                    row => (Hash: row.GetString(0), Status: (int)row.GetInt64(1), Body: row.GetFieldValue<byte[]>(2)), stop, ("@holder", holder), ("@key", key));
                return before switch
                {
                    [{ } one] when one.Hash != hash => AdminReply.Error(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came with another request before."),
                    [{ Status: > 0 } one] => new AdminReply(one.Status, one.Body) { IsReplay = true },
                    _ => AdminReply.Error(409, "IDEMPOTENCY_IN_PROGRESS", "The request with this Idempotency-Key is still running.") with { RetryAfterSeconds = 1 },
                };
            },
            cancel);
    }

    /// <summary>Keeps the answer; one of a failure of ours frees the key instead, so that the request may be sent again.</summary>
    public Task KeepAsync(string holder, string key, in AdminReply reply, CancellationToken cancel)
    {
        var (status, body) = (reply.Status, (reply.Kept ?? reply.Body).ToArray());
        return _database.WriteAsync(
            (connection, stop) => status >= 500
                ? connection.ExecuteAsync("DELETE FROM idempotency WHERE holder = @holder AND idempotency_key = @key", stop, ("@holder", holder), ("@key", key))
                : connection.ExecuteAsync(
                    "UPDATE idempotency SET status = @status, body = @body WHERE holder = @holder AND idempotency_key = @key", stop,
                    ("@status", status), ("@body", body), ("@holder", holder), ("@key", key)),
            cancel);
    }
}
