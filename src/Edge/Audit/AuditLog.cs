using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Edge.Storage.Journal;

namespace Edge.Audit;

/// <summary>
/// One instance's chain of records, in a journal of its own. Several processes that share a directory take <c>DIRECTORY/1</c>, <c>DIRECTORY/2</c> ..., each the first that nobody uses.
/// Any thread.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    private const int MaxInstances = 256;

    private readonly Lock _gate = new();
    private readonly byte[] _head = new byte[AuditLine.HashBytes];
    private readonly byte[] _next = new byte[AuditLine.HashBytes];
    private readonly AuditSigner? _signer;
    private readonly TimeProvider _time;
    private readonly string _checkpoints;
    private byte[] _line = new byte[4096];
    private long _lost;
    private long _lostInAll;
    private long _lostSince;
    private long _checkpointed;

    private AuditLog(Journal journal, string instance, AuditOptions options, AuditSigner? signer, TimeProvider time)
    {
        (Journal, Instance, _signer, _time) = (journal, instance, signer, time);
        Subjects = AuditSubjects.Open(options.Directory);
        _checkpoints = options.CheckpointDirectory is { } other
            ? Path.Combine(other, $"{instance}.checkpoint.json")
            : Path.Combine(journal.Directory, AuditCheckpoint.FileName);
    }

    public Journal Journal { get; }

    /// <summary>Pseudonyms, the same for every chain of the directory.</summary>
    public AuditSubjects Subjects { get; }

    /// <summary>Of the chain, for good: made with its first record.</summary>
    public string Instance { get; }

    /// <summary>Records that no room was found for: each is counted in the chain once there is room.</summary>
    public long Lost => Volatile.Read(ref _lostInAll);

    /// <summary>Opens the first chain of the directory that nobody uses, or makes one.</summary>
    /// <exception cref="IOException">The directory cannot be used, or every chain in it is in use.</exception>
    /// <exception cref="CryptographicException">The key cannot be used.</exception>
    public static AuditLog Open(AuditOptions options, TimeProvider time)
    {
        var signer = options.SigningKeyFile is { } file ? AuditSigner.Load(file) : null;
        JournalFiles.MakeDirectory(options.Directory);
        if (options.CheckpointDirectory is { } other) Directory.CreateDirectory(other);
        for (var number = 1; number <= MaxInstances; number++)
        {
            Journal journal;
            try
            {
                journal = Journal.Open(options.Journal with { Directory = Path.Combine(options.Directory, number.ToString(CultureInfo.InvariantCulture)), KeepsAcknowledged = true }, time);
            }
            catch (JournalInUseException) when (number < MaxInstances)
            {
                continue;
            }
            var log = new AuditLog(journal, InstanceOf(journal.Directory), options, signer, time);
            log.Begin(options);
            return log;
        }
        throw new IOException("unreachable");
    }

    /// <summary>Adds a record. Never waits for the disk.</summary>
    /// <param name="body">A JSON object with at least one member.</param>
    public JournalAppend Append(ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            if (_lost > 0 && AppendGap() is { IsTaken: false } refused) return Lose(refused);
            var append = AppendNext(body);
            return append.IsTaken ? append : Lose(append);
        }
    }

    /// <inheritdoc cref="Journal.FlushedAsync"/>
    public ValueTask<JournalFault> FlushedAsync(long position) => Journal.FlushedAsync(position);

    /// <summary>Notes the end of what is on disk outside of the chain, signed if there is a key. Blocks on the disk.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Checkpoint()
    {
        // The head alone is known to be the hash of its record: what is on disk must have come so far.
        long sequence;
        byte[] hash;
        lock (_gate)
        {
            sequence = Journal.Last;
            if (sequence == _checkpointed || sequence != Journal.Durable) return;
            hash = (byte[])_head.Clone();
        }
        JournalFiles.Replace(_checkpoints, new AuditCheckpoint(Instance, sequence, Convert.ToHexStringLower(hash), _time.GetUtcNow()).Write(_signer));
        _checkpointed = sequence;
    }

    /// <summary>Until cancelled: a checkpoint whenever there is something new.</summary>
    /// <param name="every">Between two.</param>
    /// <param name="retention">How long records are kept; null = for ever.</param>
    /// <param name="failed">Told what went wrong.</param>
    /// <param name="cancel">Ends it, without an exception.</param>
    public async Task RunAsync(TimeSpan every, Func<TimeSpan?> retention, Action<string> failed, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(every, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                try
                {
                    if (retention() is { } span) await AuditRetention.ExpireAsync(this, _time.GetUtcNow() - span);
                    if (Journal.Last != _checkpointed && await Journal.FlushedAsync(Journal.Last) == JournalFault.None) Checkpoint();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    failed(e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Writes what is left, with a record and a checkpoint that say that this was the end.</summary>
    public async ValueTask DisposeAsync()
    {
        Append(Body(static json => json.WriteString("type"u8, "stop"u8)));
        if (await Journal.FlushedAsync(Journal.Last) == JournalFault.None)
        {
            try
            {
                Checkpoint();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The records are there; the last of them are checked against an older note.
            }
        }
        await Journal.DisposeAsync();
        _signer?.Dispose();
    }

    /// <summary>A record of our own.</summary>
    internal byte[] Body(Action<System.Text.Json.Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteString("at"u8, _time.GetUtcNow().UtcDateTime);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private void Begin(AuditOptions options)
    {
        var recovery = Journal.Recovery;
        if (recovery.Last == 0)
        {
            Append(Body(json =>
            {
                json.WriteString("type"u8, "genesis"u8);
                json.WriteString("instance"u8, Instance);
                json.WriteString("version"u8, GatewayVersion.Text);
            }));
        }
        else ReadHead(recovery.Last);
        Append(Body(json =>
        {
            json.WriteString("type"u8, "start"u8);
            json.WriteString("instance"u8, Instance);
            json.WriteString("version"u8, GatewayVersion.Text);
            json.WriteString("mode"u8, options.Mode == Configuration.AuditMode.Strict ? "strict"u8 : "relaxed"u8);
            if (recovery.IsClean) return;
            json.WriteStartObject("repaired"u8);
            json.WriteNumber("torn_bytes"u8, recovery.TornBytes);
            json.WriteNumber("damaged_places"u8, recovery.Damages.Count);
            json.WriteEndObject();
        }));
    }

    // The hash of the newest record, which the next one names.
    private void ReadHead(long last)
    {
        using var reader = new JournalReader(Journal.Directory, last);
        Span<byte> previous = stackalloc byte[AuditLine.HashBytes];
        while (reader.Read() is not JournalRead.End and var read)
        {
            if (read != JournalRead.Record || reader.Position != last) continue;
            if (!AuditLine.TryOpen(reader.Payload.Span, _head, previous, out _))
            {
                // Not ours to mend: the chain goes on from what the record claims, and verification says where it is broken.
                SHA256.HashData(reader.Payload.Span, _head);
            }
            return;
        }
    }

    private JournalAppend AppendNext(ReadOnlySpan<byte> body)
    {
        if (_line.Length < body.Length + AuditLine.SealBytes) _line = new byte[body.Length + AuditLine.SealBytes];
        var length = AuditLine.Seal(body, Journal.Last + 1, _head, _line, _next);
        var append = Journal.Append(_line.AsSpan(0, length));
        if (append.IsTaken) _next.CopyTo(_head, 0);
        return append;
    }

    private JournalAppend AppendGap()
    {
        var append = AppendNext(Body(json =>
        {
            json.WriteString("type"u8, "gap"u8);
            json.WriteNumber("lost"u8, _lost);
            json.WriteString("since"u8, DateTimeOffset.FromUnixTimeMilliseconds(_lostSince).UtcDateTime);
        }));
        if (append.IsTaken) _lost = 0;
        return append;
    }

    private JournalAppend Lose(JournalAppend append)
    {
        if (_lost++ == 0) _lostSince = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Volatile.Write(ref _lostInAll, _lostInAll + 1);
        return append;
    }

    private static string InstanceOf(string directory)
    {
        var path = Path.Combine(directory, "instance");
        if (File.Exists(path)) return File.ReadAllText(path).Trim();
        var instance = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        JournalFiles.Replace(path, Encoding.ASCII.GetBytes(instance));
        return instance;
    }
}
