using System.Globalization;
using System.Text;
using Edge.Storage.Journal;

namespace Edge.Audit;

/// <summary>Something that is not as it was written.</summary>
/// <param name="File">Name of the segment's file; empty = of none.</param>
/// <param name="Offset">Where in it.</param>
/// <param name="Sequence">Of the record; 0 = of none.</param>
/// <param name="Text">What is wrong.</param>
public sealed record AuditProblem(string File, long Offset, long Sequence, string Text);

/// <summary>What checking one chain found.</summary>
public sealed record AuditVerdict
{
    public required string Directory { get; init; }

    public long Records { get; init; }

    /// <summary>Numbers of the oldest and the newest record.</summary>
    public long First { get; init; }

    public long Last { get; init; }

    public int Segments { get; init; }

    /// <summary>By type, in order of name.</summary>
    public required IReadOnlyDictionary<string, long> Types { get; init; }

    /// <summary>Empty = the chain is whole, as far as it can be known.</summary>
    public required IReadOnlyList<AuditProblem> Problems { get; init; }

    /// <summary>What limits that knowledge, or is the trace of a crash.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public bool IsIntact => Problems.Count == 0;
}

/// <summary>Checks a chain from its oldest record to its newest, without changing anything: also while the gateway writes to it.</summary>
public sealed class AuditVerifier
{
    private readonly string _directory;
    private readonly AuditSigner? _signer;
    private readonly string? _checkpoints;
    private readonly List<AuditProblem> _problems = [];
    private readonly List<string> _notes = [];
    private readonly SortedDictionary<string, long> _types = new(StringComparer.Ordinal);
    private readonly byte[] _hash = new byte[AuditLine.HashBytes];
    private readonly byte[] _previous = new byte[AuditLine.HashBytes];
    private readonly byte[] _expected = new byte[AuditLine.HashBytes];
    private readonly byte[] _front = new byte[AuditLine.HashBytes];
    private bool _isKnown;
    private bool _isFrontOpen;
    private long _first;
    private long _last;
    private long _records;
    private int _segments;
    private int _segment;
    private string? _instance;

    private AuditVerifier(string directory, AuditSigner? signer, string? checkpoints) => (_directory, _signer, _checkpoints) = (directory, signer, checkpoints);

    /// <summary>The chains of a directory: itself, or those below it.</summary>
    public static IReadOnlyList<string> Chains(string directory)
    {
        if (!Directory.Exists(directory)) return [];
        if (JournalFiles.List(directory).Count > 0) return [directory];
        return [.. Directory.GetDirectories(directory).Where(static path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out _) && JournalFiles.List(path).Count > 0)
            .OrderBy(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
    }

    /// <param name="directory">Of one chain.</param>
    /// <param name="signer">Null = signatures are not checked.</param>
    /// <param name="checkpoints">Where checkpoints are kept; null = beside the records.</param>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public static AuditVerdict Run(string directory, AuditSigner? signer = null, string? checkpoints = null) => new AuditVerifier(directory, signer, checkpoints).Run();

    private AuditVerdict Run()
    {
        // First, so that the chain can only have grown since.
        var checkpoint = ReadCheckpoint();
        var isReached = false;
        using var reader = new JournalReader(_directory);
        while (reader.Read() is not JournalRead.End and var read)
        {
            if (reader.Segment.Number != _segment) (_segment, _segments) = (reader.Segment.Number, _segments + 1);
            if (read == JournalRead.Damage)
            {
                Damaged(reader.Damage);
                continue;
            }
            Check(reader);
            if (checkpoint?.Sequence != _last) continue;
            isReached = true;
            if (AuditLine.Hex(_hash) != checkpoint.Hash) Problem(reader, _last, "this is not the record that the checkpoint names");
        }
        if (_isFrontOpen) _problems.Insert(0, new("", 0, _first, $"records before {_first} are missing, and no record of retention accounts for them"));
        if (reader.TailBytes > 0)
        {
            var name = Path.GetFileName(JournalFiles.SegmentPath(_directory, reader.Segment.Number));
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {reader.TailBytes} bytes from {reader.TailOffset} on are no whole record: one that is being written, or the trace of a crash"));
        }
        if (checkpoint is not null && !isReached)
        {
            _problems.Add(new("", 0, checkpoint.Sequence, string.Create(
                CultureInfo.InvariantCulture, $"the chain ends with record {_last}, but a checkpoint of {checkpoint.At:u} names record {checkpoint.Sequence}: its end was cut off or altered")));
        }
        return new()
        {
            Directory = _directory,
            Records = _records,
            First = _first,
            Last = _last,
            Segments = _segments,
            Types = _types,
            Problems = _problems,
            Notes = _notes,
        };
    }

    private AuditCheckpoint? ReadCheckpoint()
    {
        var id = Path.Combine(_directory, "instance");
        if (File.Exists(id)) _instance = File.ReadAllText(id).Trim();
        var path = _checkpoints is null ? Path.Combine(_directory, AuditCheckpoint.FileName) : Path.Combine(_checkpoints, $"{_instance}.checkpoint.json");
        var name = Path.GetFileName(path);
        if (!File.Exists(path))
        {
            if (_signer is null) _notes.Add("there is no checkpoint: records missing at the end would not be noticed");
            else _problems.Add(new(name, 0, 0, "the signed checkpoint is missing"));
            return null;
        }
        if (AuditCheckpoint.Read(File.ReadAllBytes(path)) is not { } checkpoint)
        {
            _problems.Add(new(name, 0, 0, "is no checkpoint"));
            return null;
        }
        if (_signer is null) _notes.Add(checkpoint.Signature is null ? "the checkpoint is not signed: whoever can write here can write a new one" : "the checkpoint's signature was not checked: give the key with --key");
        else if (!checkpoint.IsSignedBy(_signer)) _problems.Add(new(name, 0, checkpoint.Sequence, "the checkpoint's signature is not this key's"));
        if (_instance is not null && checkpoint.Instance != _instance) _problems.Add(new(name, 0, checkpoint.Sequence, "the checkpoint is of another chain"));
        return checkpoint;
    }

    private void Check(JournalReader reader)
    {
        var line = reader.Payload.Span;
        _records++;
        var isWhole = AuditLine.TryOpen(line, _hash, _previous, out var sequence);
        var position = reader.Position;
        if (_first == 0) Front(reader, isWhole ? sequence : position);
        if (!isWhole)
        {
            Problem(reader, position, "its content was altered: it does not have the hash that it carries");
            // The hash that it carries is most likely its own still: then the next one follows, and the damage is this record's alone.
            _isKnown = _isKnown && _hash.AsSpan().ContainsAnyExcept((byte)0);
            _hash.CopyTo(_expected, 0);
            _last = position;
            return;
        }
        if (sequence != position) Problem(reader, sequence, $"stands in the place of record {position}");
        else if (_isKnown && !_previous.AsSpan().SequenceEqual(_expected)) Problem(reader, sequence, "does not follow the record before it: one of them was exchanged");
        _hash.CopyTo(_expected, 0);
        _isKnown = true;
        _last = position;
        Count(line);
    }

    // The oldest record is the chain's first, or retention has taken those before it.
    private void Front(JournalReader reader, long sequence)
    {
        _first = sequence;
        _isKnown = true;
        if (sequence == 1)
        {
            AuditLine.Origin.CopyTo(_expected);
            return;
        }
        _previous.CopyTo(_expected, 0);
        _previous.CopyTo(_front, 0);
        _isFrontOpen = true;
        _ = reader;
    }

    private void Count(ReadOnlySpan<byte> line)
    {
        // Every record begins with its type.
        var rest = line.StartsWith("{\"type\":\""u8) ? line[9..] : [];
        var type = rest.IndexOf((byte)'"') is > 0 and var end ? Encoding.UTF8.GetString(rest[..end]) : "?";
        _types[type] = _types.GetValueOrDefault(type) + 1;
        if (type != AuditRetention.Type || !_isFrontOpen) return;
        var (last, root) = AuditRetention.Read(line);
        if (last == _first - 1 && root == AuditLine.Hex(_front)) _isFrontOpen = false;
    }

    private void Damaged(in JournalDamage damage)
    {
        _isKnown = false;
        var records = damage.Found == 0 || damage.Found == damage.Expected + 1
            ? string.Create(CultureInfo.InvariantCulture, $"record {damage.Expected}")
            : string.Create(CultureInfo.InvariantCulture, $"records {damage.Expected} to {damage.Found - 1}");
        var text = damage switch
        {
            { Bytes: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{damage.Bytes} bytes were altered: {records}"),
            _ when damage.Found < damage.Expected => string.Create(CultureInfo.InvariantCulture, $"record {damage.Found} stands where record {damage.Expected} belongs: records were moved or doubled"),
            _ => $"{records} missing",
        };
        _problems.Add(new(NameOf(damage.Segment), damage.Offset, damage.Expected, text));
    }

    private void Problem(JournalReader reader, long sequence, string text) => _problems.Add(new(NameOf(reader.Segment.Number), reader.Offset, sequence, text));

    private string NameOf(int segment) => segment == 0 ? "" : Path.GetFileName(JournalFiles.SegmentPath(_directory, segment));
}
