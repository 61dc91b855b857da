using System.Text;
using Edge.Audit;
using Edge.Configuration;
using Edge.Storage.Journal;

namespace Edge.Tests.Audit;

/// <summary>A real directory for an audit, and what is in it.</summary>
internal sealed class AuditFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("edge-audit-");

    public string Path => System.IO.Path.Combine(_root.FullName, "audit");

    public string Chain => System.IO.Path.Combine(Path, "1");

    public string Root => _root.FullName;

    public AuditOptions Options => new()
    {
        Mode = AuditMode.Strict,
        Directory = Path,
        Journal = new JournalOptions { Directory = Path, MaxDelay = TimeSpan.FromMilliseconds(5), RetryDelay = TimeSpan.FromMilliseconds(5) },
    };

    public AuditLog Open(AuditOptions? options = null) => AuditLog.Open(options ?? Options, TimeProvider.System);

    public string Segment(int number) => System.IO.Path.Combine(Chain, $"{number:D8}.journal");

    /// <summary>A chain of some records, closed in good order.</summary>
    public async Task WriteAsync(int count, AuditOptions? options = null)
    {
        await using var log = Open(options);
        for (var i = 0; i < count; i++) await log.FlushedAsync(log.Append(Encoding.UTF8.GetBytes($$"""{"type":"request","id":"req_{{i}}","at":"2026-01-0{{1 + (i % 9)}}T00:00:00Z","tenant":"acme"}""")).Position);
    }

    public AuditVerdict Verify(AuditSigner? signer = null) => AuditVerifier.Run(Chain, signer);

    /// <summary>Every record's line.</summary>
    public List<string> Lines()
    {
        var lines = new List<string>();
        using var reader = new JournalReader(Chain);
        while (reader.Read() is not JournalRead.End and var read)
        {
            if (read == JournalRead.Record) lines.Add(Encoding.UTF8.GetString(reader.Payload.Span));
        }
        return lines;
    }

    public void Dispose() => _root.Delete(recursive: true);
}
