using System.Buffers.Binary;
using System.Text;

namespace Edge.TestSupport;

/// <summary>Writes AWS event stream messages, with a checksum of its own: one bit at a time, by the definition.</summary>
public static class EventStreamBytes
{
    public static byte[] Event(string type, string payload) =>
        Message([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], Encoding.UTF8.GetBytes(payload));

    public static byte[] Exception(string type, string payload) =>
        Message([(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], Encoding.UTF8.GetBytes(payload));

    public static byte[] Message((string Name, string Value)[] headers, byte[] payload)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add((byte)name.Length);
            block.AddRange(Encoding.UTF8.GetBytes(name));
            var text = Encoding.UTF8.GetBytes(value);
            block.AddRange([7, (byte)(text.Length >> 8), (byte)text.Length]);
            block.AddRange(text);
        }
        return Message([.. block], payload);
    }

    public static byte[] Message(byte[] headers, byte[] payload)
    {
        var message = new byte[12 + headers.Length + payload.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Checksum(message.AsSpan(0, 8)));
        headers.CopyTo(message, 12);
        payload.CopyTo(message, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Checksum(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            table[i] = i;
            for (var bit = 0; bit < 8; bit++) table[i] = (table[i] & 1) != 0 ? (table[i] >> 1) ^ 0xEDB88320u : table[i] >> 1;
        }
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = table[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }
}
