using System.Text;
using System.Text.Unicode;
using Edge.Providers.Json;

namespace Edge.Ledger;

/// <summary>
/// A row as the bytes that wait for the database, in memory or in the journal: a version, then numbers as varints (zigzag) and texts with their length, in the order of <see cref="Read"/>.
/// Journals outlive a binary: a field that comes to be stands at the end and raises the version; what an older version wrote is read for ever.
/// </summary>
internal static class LedgerRecord
{
    public const int MaxBytes = 24 * 1024;

    internal const byte Version = 1;

    internal const int MaxText = 512;

    /// <summary>Null = this binary cannot read it.</summary>
    public static LedgerRow? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] is 0 or > Version) return null;
        var reader = new RecordReader(bytes[1..]);
        var row = new LedgerRow
        {
            Id = reader.Text(),
            At = reader.Number(),
            Expires = reader.Number(),
            IsRollupOnly = reader.Flag(),
            Organisation = reader.Text(),
            Team = reader.Text(),
            User = reader.Text(),
            Key = reader.Text(),
            CallerKind = reader.Text(),
            Caller = reader.Text(),
            Tags = RequestNotes.Unpack(reader.Bytes()),
            TagsDropped = (int)reader.Number(),
            Endpoint = reader.Text(),
            ModelAsked = reader.Json(),
            Model = reader.Text(),
            Provider = reader.Text(),
            Region = reader.Text(),
            InputTokens = reader.Number(),
            OutputTokens = reader.Number(),
            CacheReadTokens = reader.Number(),
            CacheWriteTokens = reader.Number(),
            ReasoningTokens = reader.Number(),
            AudioInputTokens = reader.Number(),
            AudioOutputTokens = reader.Number(),
            ImageInputTokens = reader.Number(),
            ImageOutputTokens = reader.Number(),
            UsageFrom = (UsageFrom)reader.Number(),
            IsPriced = reader.Flag(),
            InputCost = reader.Number(),
            OutputCost = reader.Number(),
            SavedByCache = reader.Number(),
            SavedByRouting = reader.Number(),
            TotalMicroseconds = reader.Number(),
            GatewayMicroseconds = reader.Number(),
            FirstTokenMicroseconds = reader.Number(),
            IsStreamed = reader.Flag(),
            Outcome = reader.Text(),
            Error = reader.Text(),
            Status = (int)reader.Number(),
            Attempts = (int)reader.Number(),
            Guard = reader.Text(),
        };
        return reader.IsWhole ? row : null;
    }
}

/// <summary>Writes a record's fields. Texts that are too long are cut; the sum of all bounds fits into <see cref="LedgerRecord.MaxBytes"/>.</summary>
internal ref struct RecordWriter
{
    private readonly Span<byte> _to;

    public RecordWriter(Span<byte> to)
    {
        _to = to;
        _to[0] = LedgerRecord.Version;
        Length = 1;
    }

    public int Length { get; private set; }

    public void Number(long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            _to[Length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        _to[Length++] = (byte)rest;
    }

    /// <summary>A counter: what nobody reported is none.</summary>
    public void Count(long value) => Number(Math.Max(0, value));

    public void Flag(bool value) => _to[Length++] = value ? (byte)1 : (byte)0;

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        bytes.CopyTo(_to[Length..]);
        Length += bytes.Length;
    }

    public void Text(scoped ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[LedgerRecord.MaxText];
        Utf8.FromUtf16(text, utf8, out _, out var bytes);
        Bytes(utf8[..bytes]);
    }
}

/// <summary>Reads a record's fields. What is not there is nothing, and the record is not whole.</summary>
internal ref struct RecordReader
{
    private ReadOnlySpan<byte> _rest;

    public RecordReader(ReadOnlySpan<byte> bytes)
    {
        _rest = bytes;
        IsWhole = true;
    }

    public bool IsWhole { get; private set; }

    public long Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty) break;
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return (long)(value >> 1) ^ -(long)(value & 1);
        }
        IsWhole = false;
        return 0;
    }

    public bool Flag()
    {
        if (_rest.IsEmpty) return IsWhole = false;
        var value = _rest[0] != 0;
        _rest = _rest[1..];
        return value;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Number();
        if (length < 0 || length > _rest.Length)
        {
            IsWhole = false;
            return default;
        }
        var bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return bytes;
    }

    public string Text() => WithoutNul(Encoding.UTF8.GetString(Bytes()));

    /// <summary>The inside of a JSON string.</summary>
    public string Json()
    {
        var bytes = Bytes();
        return WithoutNul(new JsonText(bytes, bytes.Contains((byte)'\\')).ToString());
    }

    // PostgreSQL's TEXT takes every character but this one, and a batch must not fail over it.
    private static string WithoutNul(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace("\0", "", StringComparison.Ordinal) : text;
}
