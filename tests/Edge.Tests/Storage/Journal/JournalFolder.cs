using System.Text;
using Edge.Storage.Journal;

namespace Edge.Tests.Storage.Journal;

/// <summary>A real directory for a journal, and what is in it.</summary>
internal sealed class JournalFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("edge-journal-");

    public string Path => System.IO.Path.Combine(_root.FullName, "journal");

    public JournalOptions Options => new() { Directory = Path, RetryDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(5) };

    public string Segment(int number) => System.IO.Path.Combine(Path, $"{number:D8}.journal");

    public Edge.Storage.Journal.Journal Open(JournalOptions? options = null) => Edge.Storage.Journal.Journal.Open(options ?? Options, TimeProvider.System);

    /// <summary>Appends texts and closes.</summary>
    public async Task WriteAsync(params string[] texts)
    {
        await using var journal = Open();
        foreach (var text in texts) Assert.True(journal.Append(Encoding.UTF8.GetBytes(text)).IsTaken);
    }

    /// <summary>Appends texts, each flushed by itself in a segment of its own.</summary>
    public async Task WriteSegmentsAsync(params string[] texts)
    {
        await using var journal = Open(Options with { SegmentBytes = 1 });
        foreach (var text in texts) Assert.Equal(JournalFault.None, await journal.FlushedAsync(journal.Append(Encoding.UTF8.GetBytes(text)).Position));
    }

    /// <summary>All there is: records as <c>position:text</c>, damage as <c>!segment@offset+bytes expected->found</c>, the tail as <c>~bytes</c>.</summary>
    public List<string> Read(long from = 1)
    {
        using var reader = new JournalReader(Path, from);
        return Drain(reader);
    }

    public static List<string> Drain(JournalReader reader)
    {
        var found = new List<string>();
        while (reader.Read() is not JournalRead.End and var read)
        {
            var damage = reader.Damage;
            found.Add(read == JournalRead.Record
                ? $"{reader.Position}:{Encoding.UTF8.GetString(reader.Payload.Span)}"
                : $"!{damage.Segment}@{damage.Offset}+{damage.Bytes} {damage.Expected}->{damage.Found}");
        }
        if (reader.TailBytes > 0) found.Add($"~{reader.TailBytes}");
        return found;
    }

    public void Dispose() => _root.Delete(recursive: true);
}
