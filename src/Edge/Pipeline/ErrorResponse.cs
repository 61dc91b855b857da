using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Providers.Errors;

namespace Edge.Pipeline;

/// <summary>Writes errors in the client's envelope. OpenAI's: <c>{"error":{"message","type","param","code"}}</c>.</summary>
public static class ErrorResponse
{
    // The default encoder writes an apostrophe as \u0027, for HTML's sake; this is read by people in a terminal.
    private static readonly JsonWriterOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers with the context's error. Only before the first byte of an answer.</summary>
    public static async ValueTask WriteAsync(RequestContext context)
    {
        var text = ErrorTexts.Of(context.ErrorCode);
        var headers = context.Response.Headers;
        if (text.RetryAfterSeconds > 0) headers.RetryAfter = text.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var body = Envelope(context.ErrorMessage ?? text.Message, text.Type, context.ErrorField, text.Code);
        await WriteJsonAsync(context, text.Status, body);
    }

    /// <summary>Answers with a whole JSON body.</summary>
    public static async ValueTask WriteJsonAsync(RequestContext context, int status, ReadOnlyMemory<byte> json)
    {
        context.Response.StatusCode = context.SentStatus = status;
        ResponseHeaders.Add(context);
        context.Response.Headers.ContentType = ResponseHeaders.Json;
        context.Response.Headers.ContentLength = json.Length;
        if (json.IsEmpty) return;
        await context.ResponseBody.Writer.WriteAsync(json);
    }

    /// <summary>The envelope of a provider's error for a client that speaks another dialect, or of an error body that is no JSON.</summary>
    public static byte[] Envelope(ProviderError error, string? fallbackMessage = null)
    {
        var message = error.Message.Length > 0 ? error.Message : fallbackMessage ?? $"The provider answered with status {error.Status}.";
        return Envelope(message, error.Type ?? TypeOf(error.Kind), error.Param, error.Code);
    }

    public static byte[] Envelope(string message, string type, string? param, string? code)
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

    /// <summary>The same as an event of a stream that has begun: no end mark follows it, so nobody takes the stream for complete.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, ReadOnlySpan<byte> envelope)
    {
        output.Write("data: "u8);
        output.Write(envelope);
        output.Write("\n\n"u8);
    }

    private static string TypeOf(ProviderErrorKind kind) => kind switch
    {
        ProviderErrorKind.Authentication => "authentication_error",
        ProviderErrorKind.Permission => "permission_error",
        ProviderErrorKind.RateLimit or ProviderErrorKind.Quota => "rate_limit_error",
        ProviderErrorKind.Overloaded or ProviderErrorKind.Timeout or ProviderErrorKind.ServerError or ProviderErrorKind.Malformed => "server_error",
        _ => "invalid_request_error",
    };
}
