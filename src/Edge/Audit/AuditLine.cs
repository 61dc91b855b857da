using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Edge.Audit;

/// <summary>
/// One record as it is stored and exported: a JSON object on one line that ends with its place in the chain.
/// <code>
/// {"type":...,...,"seq":17,"prev":"(hash of record 16)","hash":"(SHA-256 of this line without its hash)"}
/// </code>
/// The hash is over the bytes as they stand, from the brace to the closing quote of <c>prev</c> and a closing brace: whoever has two lines can check them with any tool.
/// As <c>prev</c> is part of it, a record cannot be changed, taken out or moved without changing every later one.
/// </summary>
public static class AuditLine
{
    public const int HashBytes = 32;

    // ,"hash":"64 hex digits"}
    private const int TailBytes = 9 + (2 * HashBytes) + 2;

    // ,"seq":19 digits,"prev":"64 hex digits"} and the tail in the place of the brace.
    internal const int SealBytes = 7 + 19 + 9 + (2 * HashBytes) + 2 + TailBytes;

    /// <summary>What stands for the hash before the first record.</summary>
    public static ReadOnlySpan<byte> Origin => new byte[HashBytes];

    /// <summary>Completes a record.</summary>
    /// <param name="body">A JSON object with at least one member.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="previous">The hash of the record before.</param>
    /// <param name="line">Takes the line; <see cref="SealBytes"/> longer than the body at most.</param>
    /// <param name="hash">Takes its hash.</param>
    /// <returns>The line's length.</returns>
    internal static int Seal(ReadOnlySpan<byte> body, long sequence, ReadOnlySpan<byte> previous, Span<byte> line, Span<byte> hash)
    {
        body[..^1].CopyTo(line);
        var at = body.Length - 1;
        at += Put(",\"seq\":"u8, line[at..]);
        Utf8Formatter.TryFormat(sequence, line[at..], out var digits);
        at += digits;
        at += Put(",\"prev\":\""u8, line[at..]);
        at += PutHex(previous, line[at..]);
        at += Put("\"}"u8, line[at..]);
        SHA256.HashData(line[..at], hash);
        at--;
        at += Put(",\"hash\":\""u8, line[at..]);
        at += PutHex(hash, line[at..]);
        at += Put("\"}"u8, line[at..]);
        return at;
    }

    /// <summary>Whether a line's own hash holds, and what it says of its place. Never throws.</summary>
    /// <param name="line">Without a line break.</param>
    /// <param name="hash">Takes the hash that the line carries.</param>
    /// <param name="previous">Takes the hash of the record before it, as the line says.</param>
    /// <param name="sequence">Its number, as the line says.</param>
    public static bool TryOpen(ReadOnlySpan<byte> line, Span<byte> hash, Span<byte> previous, out long sequence)
    {
        sequence = 0;
        if (line.Length < TailBytes + 10) return false;
        var tail = line[^TailBytes..];
        var body = line[..^TailBytes];
        if (!tail.StartsWith(",\"hash\":\""u8) || !tail.EndsWith("\"}"u8) || !TryHex(tail[9..^2], hash)) return false;
        // ,"seq":N,"prev":"..."
        const int PrevBytes = 9 + (2 * HashBytes) + 1;
        if (body.Length < PrevBytes || !body[^PrevBytes..].StartsWith(",\"prev\":\""u8) || body[^1] != '"' || !TryHex(body[^(PrevBytes - 9)..^1], previous)) return false;
        var before = body[..^PrevBytes];
        var seq = before.LastIndexOf(",\"seq\":"u8);
        if (seq < 0 || !Utf8Parser.TryParse(before[(seq + 7)..], out sequence, out var used) || used != before.Length - seq - 7) return false;
        Span<byte> actual = stackalloc byte[HashBytes];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(body);
        sha.AppendData("}"u8);
        sha.GetHashAndReset(actual);
        return actual.SequenceEqual(hash);
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> to)
    {
        text.CopyTo(to);
        return text.Length;
    }

    private static int PutHex(ReadOnlySpan<byte> bytes, Span<byte> to)
    {
        Convert.TryToHexStringLower(bytes, to, out var written);
        return written;
    }

    private static bool TryHex(ReadOnlySpan<byte> hex, Span<byte> to)
    {
        // One way to write each hash: an upper-case digit is a change.
        if (hex.Length != 2 * HashBytes || hex.ContainsAnyInRange((byte)'A', (byte)'Z')) return false;
        return Convert.FromHexString(hex, to, out _, out var written) == System.Buffers.OperationStatus.Done && written == HashBytes;
    }

    /// <summary>For messages.</summary>
    internal static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    internal static string Text(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line);
}
