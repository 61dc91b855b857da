using System.Buffers.Binary;
using System.Text;
using Edge.Providers;

namespace Edge.Tests.Matrix;

internal static partial class Answers
{
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html: the usage comes behind the stop reason, in a message of its own.
    private static IEnumerable<Answer> Bedrock =>
    [
        Frames("text", ("messageStart", """{"role":"assistant"}"""), Text(0, """H\u00e9llo \"wor"""), Text(0, """ld\" \ud83c\udf89"""), Stop(0), MessageStopped("end_turn"), Metadata(10, 5)) with
        {
            Whole = Converse("""[{"text":"H\u00e9llo \"world\" \ud83c\udf89"}]""", "end_turn", 10, 5),
        },
        Frames("tools", ("messageStart", """{"role":"assistant"}"""), Text(0, "Let me look."), Stop(0),
            ("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"get_weather"}}}"""), Input(1, """{\"ci"""), Input(1, """ty\":\"Paris\"}"""), Stop(1),
            ("contentBlockStart", """{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"tooluse_2","name":"get_time"}}}"""), Stop(2), MessageStopped("tool_use"), Metadata(20, 9)) with
        {
            Whole = Converse("""[{"text":"Let me look."},{"toolUse":{"toolUseId":"tooluse_1","name":"get_weather","input":{"city":"Paris"}}},{"toolUse":{"toolUseId":"tooluse_2","name":"get_time","input":{}}}]""", "tool_use", 20, 9),
        },
        Frames("thinking", ("messageStart", """{"role":"assistant"}"""), Reasoning("""{"text":"Six times"}"""), Reasoning("""{"text":" seven."}"""), Reasoning("""{"signature":"c2ln"}"""), Stop(0), Text(1, "42"), Stop(1),
            MessageStopped("end_turn"), Metadata(12, 8)) with
        {
            Whole = Converse("""[{"reasoningContent":{"reasoningText":{"text":"Six times seven.","signature":"c2ln"}}},{"text":"42"}]""", "end_turn", 12, 8),
        },
        Frames("length", ("messageStart", """{"role":"assistant"}"""), Text(0, "Once upon"), Stop(0), MessageStopped("max_tokens"), Metadata(10, 3)) with
        {
            Whole = Converse("""[{"text":"Once upon"}]""", "max_tokens", 10, 3),
        },
        Frames("error", ("messageStart", """{"role":"assistant"}"""), Text(0, "Once"), ("modelStreamErrorException", """{"message":"The model failed."}""")),
    ];

    private static (string, string) Text(int index, string text) => ("contentBlockDelta", $$"""{"contentBlockIndex":{{index}},"delta":{"text":"{{text}}"} }""");

    private static (string, string) Input(int index, string text) => ("contentBlockDelta", $$"""{"contentBlockIndex":{{index}},"delta":{"toolUse":{"input":"{{text}}"} } }""");

    private static (string, string) Reasoning(string delta) => ("contentBlockDelta", $$"""{"contentBlockIndex":0,"delta":{"reasoningContent":{{delta}} } }""");

    private static (string, string) Stop(int index) => ("contentBlockStop", $$"""{"contentBlockIndex":{{index}}}""");

    private static (string, string) MessageStopped(string reason) => ("messageStop", $$"""{"stopReason":"{{reason}}"}""");

    private static (string, string) Metadata(int input, int output) =>
        ("metadata", $$"""{"usage":{"inputTokens":{{input}},"outputTokens":{{output}},"totalTokens":{{input + output}} },"metrics":{"latencyMs":1} }""");

    private static string Converse(string content, string reason, int input, int output) =>
        $$"""{"output":{"message":{"role":"assistant","content":{{content}} } },"stopReason":"{{reason}}","usage":{"inputTokens":{{input}},"outputTokens":{{output}},"totalTokens":{{input + output}} },"metrics":{"latencyMs":1} }""";

    private static Answer Frames(string name, params (string Type, string Payload)[] messages) => new(Dialect.Bedrock, name, [.. messages.SelectMany(message => Frame(message.Type, message.Payload))], "");

    // https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html
    private static byte[] Frame(string type, string payload)
    {
        var isException = type.EndsWith("Exception", StringComparison.Ordinal);
        byte[] headers =
        [
            .. Header(isException ? ":exception-type" : ":event-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", isException ? "exception" : "event"),
        ];
        var body = Encoding.UTF8.GetBytes(payload);
        var frame = new byte[16 + headers.Length + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc(frame.AsSpan(0, 8)));
        headers.CopyTo(frame, 12);
        body.CopyTo(frame, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }

    private static byte[] Header(string name, string value) =>
        [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), 7, (byte)(value.Length >> 8), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
