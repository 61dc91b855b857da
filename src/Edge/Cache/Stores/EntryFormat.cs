using System.Security.Cryptography;
using System.Text;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Cache.Stores;

/// <summary>An entry as it stands in Redis: version, check, what is known of the answer, the answer. In the numbers and texts of <see cref="AnswerEvent"/>.</summary>
internal static class EntryFormat
{
    private const byte Version = 1;
    private const int Check = 8, Head = 1 + Check;

    public static byte[] Write(CacheEntry entry)
    {
        var texts = new[] { entry.Model, entry.Provider, entry.ProviderModel }.Concat(entry.Tags).Select(Encoding.UTF8.GetBytes).Append(entry.UpstreamModel.ToArray()).ToArray();
        var answer = entry.Answer.Bytes;
        var room = new byte[Head + answer.Length + texts.Sum(static text => text.Length + EventWriter.MaxNumber) + (20 * EventWriter.MaxNumber)];
        var writer = new EventWriter(room.AsSpan(Head));
        writer.Signed(entry.CreatedAt);
        writer.Signed(entry.ExpiresAt);
        writer.Signed(entry.ForgottenAt);
        writer.Unsigned((ulong)entry.Wire);
        writer.Unsigned((ulong)texts.Length);
        foreach (var text in texts) writer.Text(JsonText.Plain(text));
        foreach (var count in Counts(entry.Usage)) writer.Signed(count);
        writer.Text(JsonText.Plain(answer));
        var all = room.AsSpan(0, Head + writer.Length);
        all[0] = Version;
        CheckOf(all[Head..], all[1..Head]);
        return all.ToArray();
    }

    /// <summary>Null = it is none, or not whole.</summary>
    public static CacheEntry? Read(ReadOnlySpan<byte> bytes, in CacheKey key, ulong scope)
    {
        if (bytes.Length < Head || bytes[0] != Version) return null;
        Span<byte> check = stackalloc byte[Check];
        CheckOf(bytes[Head..], check);
        // What was written so is read so: behind this nothing needs to be checked.
        if (!check.SequenceEqual(bytes[1..Head])) return null;
        var parts = new EventParts(bytes[Head..]);
        var (created, expires, forgotten, wire) = (parts.Signed(), parts.Signed(), parts.Signed(), (Dialect)parts.Unsigned());
        var texts = new byte[parts.Unsigned()][];
        for (var i = 0; i < texts.Length; i++) texts[i] = parts.Text().Bytes.ToArray();
        var usage = new Usage
        {
            Input = parts.Signed(),
            Output = parts.Signed(),
            CacheRead = parts.Signed(),
            CacheWrite = parts.Signed(),
            CacheWrite1h = parts.Signed(),
            Reasoning = parts.Signed(),
            AudioInput = parts.Signed(),
            AudioOutput = parts.Signed(),
            ImageInput = parts.Signed(),
            ImageOutput = parts.Signed(),
            AcceptedPrediction = parts.Signed(),
            RejectedPrediction = parts.Signed(),
        };
        return new CacheEntry(parts.Text().Bytes.ToArray())
        {
            Key = key,
            Scope = scope,
            Model = Encoding.UTF8.GetString(texts[0]),
            Provider = Encoding.UTF8.GetString(texts[1]),
            ProviderModel = Encoding.UTF8.GetString(texts[2]),
            Tags = texts.Length == 4 ? [] : [.. texts[3..^1].Select(Encoding.UTF8.GetString)],
            UpstreamModel = texts[^1],
            Wire = wire,
            Usage = usage,
            CreatedAt = created,
            ExpiresAt = expires,
            ForgottenAt = forgotten,
        };
    }

    private static long[] Counts(in Usage usage) =>
    [
        usage.Input, usage.Output, usage.CacheRead, usage.CacheWrite, usage.CacheWrite1h, usage.Reasoning, usage.AudioInput, usage.AudioOutput,
        usage.ImageInput, usage.ImageOutput, usage.AcceptedPrediction, usage.RejectedPrediction,
    ];

    private static void CheckOf(ReadOnlySpan<byte> bytes, Span<byte> check)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        hash[..Check].CopyTo(check);
    }
}
