using System.Globalization;

namespace Edge.Storage.Journal;

/// <summary>What was found when a journal was opened. Anything but a clean end is here; nothing is passed over in silence.</summary>
/// <param name="First">The oldest position on disk; 0 = no record.</param>
/// <param name="Last">The newest position; the next record gets the one after it.</param>
/// <param name="Acknowledged">How far the consumer came.</param>
/// <param name="TornSegment">The segment whose unfinished end was cut off; 0 = none was.</param>
/// <param name="TornBytes">How much was cut: a batch that no waiter was told of.</param>
/// <param name="TornFile">Where those bytes were kept.</param>
/// <param name="Damages">Broken places of the newest segment before its end. Older ones are looked at when they are read.</param>
public sealed record JournalRecovery(
    long First, long Last, long Acknowledged, int TornSegment, long TornBytes, string? TornFile, IReadOnlyList<JournalDamage> Damages)
{
    public bool IsClean => TornBytes == 0 && Damages.Count == 0;
}

/// <summary>
/// Opens what a process left behind. Only the newest segment can be torn: a segment is on disk before the next one is made.
/// <list type="bullet">
/// <item>Bytes at its end that are no whole record are copied to <c>NNNNNNNN.torn-OFFSET</c> and cut off.</item>
/// <item>Bytes in its middle, with whole records behind them, are copied to <c>NNNNNNNN.damaged-OFFSET</c>; the file stays as it is and takes no more records.</item>
/// </list>
/// </summary>
internal static class JournalRecoverer
{
    /// <param name="Recovery">What is reported.</param>
    /// <param name="Segment">The segment to go on with; default = a new one.</param>
    /// <param name="Length">Where its next record goes.</param>
    /// <param name="MadeAt">Unix milliseconds.</param>
    /// <param name="LastNumber">Of the newest segment; 0 = none.</param>
    public readonly record struct Found(JournalRecovery Recovery, JournalSegment Segment, long Length, long MadeAt, int LastNumber);

    /// <exception cref="IOException">The disk cannot be read or written.</exception>
    public static Found Run(string directory, long acknowledged)
    {
        var segments = JournalFiles.List(directory);
        if (segments.Count == 0) return new(new(0, acknowledged, acknowledged, 0, 0, null, []), default, 0, 0, 0);
        var newest = segments[^1];
        var damages = new List<JournalDamage>();
        using var reader = new JournalReader(directory, NewestFirst(segments));
        var last = acknowledged;
        while (reader.Read() is not JournalRead.End and var read)
        {
            if (read == JournalRead.Record)
            {
                last = Math.Max(last, reader.Position);
                continue;
            }
            damages.Add(reader.Damage);
            _ = Keep(directory, reader.Damage.Segment, "damaged", reader.Damage.Offset, reader.Damage.Bytes);
        }
        last = Math.Max(last, reader.SegmentFirst - 1);
        var torn = Keep(directory, newest.Number, "torn", reader.TailOffset, reader.TailBytes);
        var recovery = new JournalRecovery(
            TryFirst(segments[0], out var first) ? first : 1, last, acknowledged, torn is null ? 0 : newest.Number, reader.TailBytes, torn, damages);
        if (reader.TailOffset < JournalFormat.HeaderBytes)
        {
            // The segment was being made.
            File.Delete(newest.Path);
            JournalFiles.FlushDirectory(directory);
            return new(recovery, default, 0, 0, newest.Number);
        }
        if (torn is not null)
        {
            using var file = JournalFiles.OpenToWrite(newest.Path);
            RandomAccess.SetLength(file.SafeFileHandle, reader.TailOffset);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }
        return new(recovery, damages.Count > 0 ? default : newest, reader.TailOffset, reader.SegmentMadeAt, newest.Number);
    }

    /// <summary>The first position of a segment; false = its header cannot be read.</summary>
    public static bool TryFirst(JournalSegment segment, out long first) => TryHeader(segment, out first, out _);

    /// <summary>The first position of a segment, and when it was made (Unix milliseconds); false = its header cannot be read.</summary>
    public static bool TryHeader(JournalSegment segment, out long first, out long madeAt)
    {
        Span<byte> header = stackalloc byte[JournalFormat.HeaderBytes];
        using var file = JournalFiles.OpenToRead(segment.Path);
        return JournalFormat.TryReadHeader(header[..RandomAccess.Read(file.SafeFileHandle, header, 0)], out first, out madeAt);
    }

    private static long NewestFirst(List<JournalSegment> segments)
    {
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            if (TryFirst(segments[i], out var first)) return first;
        }
        return 1;
    }

    private static string? Keep(string directory, int segment, string word, long offset, long bytes)
    {
        if (bytes == 0) return null;
        var from = JournalFiles.SegmentPath(directory, segment);
        var to = Path.ChangeExtension(from, string.Create(CultureInfo.InvariantCulture, $"{word}-{offset}"));
        var content = new byte[bytes];
        using var file = JournalFiles.OpenToRead(from);
        var length = RandomAccess.Read(file.SafeFileHandle, content, offset);
        JournalFiles.Replace(to, content.AsSpan(0, length));
        return to;
    }
}
