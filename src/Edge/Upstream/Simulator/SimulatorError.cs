using System.Buffers;
using System.Text;
using Edge.Providers.Json;

namespace Edge.Upstream.Simulator;

/// <summary>An error in OpenAI's envelope: <c>{"error":{"message":...,"type":...,"param":...,"code":...}}</c>.</summary>
internal sealed record SimulatorError(int Status, string Message, string Type, string? Code = null, string? Param = null)
{
    /// <summary>A request that is wrong in itself.</summary>
    public static SimulatorError Invalid(string message, string? param, string? code = null) => new(400, message, "invalid_request_error", code, param);

    /// <summary>What a provider typically says with that status.</summary>
    public static SimulatorError Simulated(int status)
    {
        var (type, code) = status switch
        {
            401 => ("invalid_request_error", "invalid_api_key"),
            403 => ("invalid_request_error", "permission_denied"),
            404 => ("invalid_request_error", "model_not_found"),
            413 => ("invalid_request_error", "request_too_large"),
            429 => ("requests", "rate_limit_exceeded"),
            500 => ("server_error", "internal_error"),
            503 => ("server_error", "overloaded"),
            504 => ("server_error", "timeout"),
            >= 500 => ("server_error", null),
            _ => ("invalid_request_error", (string?)null),
        };
        return new(status, $"Simulated error: status {status}.", type, code);
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.Write("""{"error":{"message":"""u8);
        WriteString(output, Message);
        output.Write(""","type":"""u8);
        WriteString(output, Type);
        output.Write(""","param":"""u8);
        WriteString(output, Param);
        output.Write(""","code":"""u8);
        WriteString(output, Code);
        output.Write("}}"u8);
    }

    private static void WriteString(IBufferWriter<byte> output, string? text)
    {
        if (text is null)
        {
            output.Write("null"u8);
            return;
        }
        output.Write("\""u8);
        JsonText.Plain(Encoding.UTF8.GetBytes(text)).WriteEscaped(output);
        output.Write("\""u8);
    }
}
