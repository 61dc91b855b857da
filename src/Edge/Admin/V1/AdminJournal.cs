using System.Security.Cryptography;

namespace Edge.Admin.V1;

/// <summary>What an administrator changed.</summary>
/// <param name="At">When.</param>
/// <param name="Holder">The name of the admin token.</param>
/// <param name="Role">Of the token: <c>owner</c>.</param>
/// <param name="From">The address that it came from.</param>
/// <param name="Action">The operation: <c>createKey</c>, <c>switchTarget</c>.</param>
/// <param name="Path">Without its query.</param>
/// <param name="Organisation">Whose thing it is; null = nobody's, or the whole gateway's.</param>
/// <param name="Status">What was answered: refused changes are told too.</param>
/// <param name="BeforeHash">SHA-256 in hex of what it was; null = it was not there.</param>
/// <param name="AfterHash">SHA-256 in hex of what it is; null = it is gone, or nothing came of it.</param>
internal sealed record AdminChange(
    DateTimeOffset At, string Holder, string Role, string From, string Action, string Path, string? Organisation, int Status, string? BeforeHash, string? AfterHash);

/// <summary>Where every change by an administrator, done or refused, is told before it is answered. Any thread.</summary>
internal sealed class AdminJournal
{
    /// <summary>Writes one; awaited before the answer goes out. Null = nobody keeps them.</summary>
    public Func<AdminChange, CancellationToken, ValueTask>? Writer { get; set; }

    /// <exception cref="IOException">It could not be written where it must be: the change was made, but is answered as failed.</exception>
    public ValueTask RecordAsync(AdminChange change, CancellationToken cancel) => Writer is { } writer ? writer(change, cancel) : default;

    /// <summary>Null for nothing.</summary>
    public static string? Hash(ReadOnlyMemory<byte> content) => content.IsEmpty ? null : Convert.ToHexStringLower(SHA256.HashData(content.Span));
}
