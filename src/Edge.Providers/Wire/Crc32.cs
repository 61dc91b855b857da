using System.Buffers.Binary;

namespace Edge.Providers.Wire;

/// <summary>
/// CRC-32 as in gzip and IEEE 802.3 (polynomial 0x04C11DB7, reflected), eight bytes a step by eight tables. Not CRC-32C, for which processors have an instruction.
/// https://www.rfc-editor.org/rfc/rfc1952#section-8
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] _tables = MakeTables();

    /// <param name="bytes">More bytes.</param>
    /// <param name="crc">The checksum of what came before; 0 = nothing.</param>
    public static uint Append(ReadOnlySpan<byte> bytes, uint crc = 0)
    {
        ReadOnlySpan<uint> t = _tables;
        crc = ~crc;
        while (bytes.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[(int)(0x700 + (low & 0xFF))] ^ t[(int)(0x600 + ((low >> 8) & 0xFF))] ^ t[(int)(0x500 + ((low >> 16) & 0xFF))] ^ t[(int)(0x400 + (low >> 24))]
                ^ t[(int)(0x300 + (high & 0xFF))] ^ t[(int)(0x200 + ((high >> 8) & 0xFF))] ^ t[(int)(0x100 + ((high >> 16) & 0xFF))] ^ t[(int)(high >> 24)];
            bytes = bytes[8..];
        }
        foreach (var b in bytes) crc = t[(int)((crc ^ b) & 0xFF)] ^ (crc >> 8);
        return ~crc;
    }

    // Table k gives what a byte does to the checksum k bytes later.
    private static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (Polynomial & (0u - (crc & 1)));
            tables[i] = crc;
        }
        for (var i = 256; i < tables.Length; i++) tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 0xFF];
        return tables;
    }
}
