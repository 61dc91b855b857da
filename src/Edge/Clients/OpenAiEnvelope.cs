using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Edge.Clients;

/// <summary>OpenAI's error envelope: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal static class OpenAiEnvelope
{
    // The default encoder writes an apostrophe as \u0027, for HTML's sake; this is read by people in a terminal.
    private static readonly JsonWriterOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(in ClientError error) => Write(error.Message, error.Type, error.Param, error.Code);

    public static byte[] Write(string message, string type, string? param, string? code)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, _plain))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error"u8);
            writer.WriteString("message"u8, message);
            writer.WriteString("type"u8, type);
            writer.WriteString("param"u8, param);
            writer.WriteString("code"u8, code);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteEvent(IBufferWriter<byte> output, in ClientError error)
    {
        output.Write("data: "u8);
        output.Write(Write(error));
        output.Write("\n\n"u8);
    }
}
