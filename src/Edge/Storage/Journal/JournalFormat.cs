using System.Buffers.Binary;
using System.Numerics;

namespace Edge.Storage.Journal;

/// <summary>
/// The bytes on disk, little endian throughout.
/// <code>
/// segment = header record*
/// header  = magic "EDGEJRN1"  first position: u64  made at, Unix ms: u64  reserved: u32  crc: u32     (32 bytes)
/// record  = length: u32  crc: u32  position: u64  payload: length bytes                               (16 + length)
/// </code>
/// Both checksums are CRC32C (Castagnoli, RFC 3720 appendix B.4), a header's over its first 28 bytes, a record's over length, position and payload.
/// A length of 0 is no record: a file system may leave zeros behind a crash.
/// </summary>
internal static class JournalFormat
{
    public const int HeaderBytes = 32;
    public const int RecordHeaderBytes = 16;

    /// <summary>No length above this is believed when reading.</summary>
    public const int LargestRecord = 64 << 20;

    public static ReadOnlySpan<byte> Magic => "EDGEJRN1"u8;

    public static void WriteHeader(Span<byte> to, long first, long madeAt)
    {
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], first);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], madeAt);
        BinaryPrimitives.WriteInt32LittleEndian(to[24..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(to[28..], Crc32C(0, to[..28]));
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> from, out long first, out long madeAt)
    {
        (first, madeAt) = (0, 0);
        if (from.Length < HeaderBytes || !from.StartsWith(Magic)) return false;
        first = BinaryPrimitives.ReadInt64LittleEndian(from[8..]);
        madeAt = BinaryPrimitives.ReadInt64LittleEndian(from[16..]);
        return first > 0 && BinaryPrimitives.ReadUInt32LittleEndian(from[28..]) == Crc32C(0, from[..28]);
    }

    /// <summary>Writes one record; <paramref name="to"/> has room for it.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteRecord(Span<byte> to, long position, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], position);
        payload.CopyTo(to[RecordHeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], RecordCrc(to[..(RecordHeaderBytes + payload.Length)]));
        return RecordHeaderBytes + payload.Length;
    }

    /// <summary>The length of the payload that a record's first 16 bytes announce; 0 = they announce none.</summary>
    public static int PayloadLength(ReadOnlySpan<byte> header)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return length is > 0 and <= LargestRecord ? length : 0;
    }

    public static long Position(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt64LittleEndian(header[8..]);

    /// <summary>Whether a whole record's checksum holds.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) == RecordCrc(record);

    private static uint RecordCrc(ReadOnlySpan<byte> record) => Crc32C(Crc32C(0, record[..4]), record[8..]);

    /// <summary>CRC32C of <paramref name="data"/>, going on from <paramref name="crc"/> (0 at the start). One instruction for eight bytes on x86 and Arm.</summary>
    public static uint Crc32C(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }
        foreach (var b in data) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
