using System.Text;
using System.Text.Json;
using Edge.Providers.Json;

namespace Edge.Providers.Errors;

/// <summary>
/// Bedrock's errors: the type stands in the header <c>x-amzn-errortype</c> (or in <c>__type</c>), the body is <c>{"message":..}</c> or <c>{"Message":..}</c>; inside a
/// stream it is a message of type <c>exception</c>. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
/// </summary>
public static class BedrockErrors
{
    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> body) => FromResponse(status, default, body);

    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="errorType">Value of the header <c>x-amzn-errortype</c>; empty = there is none.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> errorType, ReadOnlySpan<byte> body)
    {
        var (type, message) = Read(body);
        return Make(errorType.IsEmpty ? type : TypeOf(errorType), message, status);
    }

    /// <summary>The error of an exception inside a stream, whose HTTP status was 200.</summary>
    /// <param name="exceptionType"><c>:exception-type</c>, or the event stream reader's type for a failure that is no modelled exception.</param>
    /// <param name="payload">Its payload.</param>
    public static ProviderError FromEvent(ReadOnlySpan<byte> exceptionType, ReadOnlySpan<byte> payload)
    {
        var (type, message) = Read(payload);
        return Make(exceptionType is [(byte)':', ..] or [] ? type : TypeOf(exceptionType), message, status: 0);
    }

    private static ProviderError Make(string? type, string message, int status)
    {
        // Exceptions begin with a lower-case letter inside streams.
        var name = type?.ToUpperInvariant();
        if (status == 0) status = StatusOf(name);
        return new ProviderError { Kind = KindOf(name, message, status), Status = status, Message = message, Type = type };
    }

    // The URI behind a colon and the namespace before a hash say nothing: "ValidationException:http://...", "com.amazon.coral.service#AccessDeniedException".
    private static string? TypeOf(ReadOnlySpan<byte> text)
    {
        var hash = text.LastIndexOf((byte)'#');
        if (hash >= 0) text = text[(hash + 1)..];
        var colon = text.IndexOf((byte)':');
        if (colon >= 0) text = text[..colon];
        text = text.Trim(" \t"u8);
        return text.IsEmpty || text.Length > 128 ? null : Encoding.UTF8.GetString(text);
    }

    private static (string? Type, string Message) Read(ReadOnlySpan<byte> body)
    {
        string? type = null, message = null;
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return (null, "");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.Is("__type"u8) || reader.Is("code"u8);
                var isMessage = reader.Is("message"u8) || reader.Is("Message"u8) || reader.Is("originalMessage"u8);
                reader.Read();
                if (reader.TokenType != JsonTokenType.String) reader.Skip();
                else if (isType) type ??= TypeOf(reader.ValueSpan);
                else if (isMessage) message ??= ErrorBody.Bounded(new JsonText(reader.ValueSpan, reader.ValueIsEscaped));
            }
        }
        catch (JsonException)
        {
            // Cut off or not JSON: what was read until then counts.
        }
        return (type, message ?? "");
    }

    private static int StatusOf(string? type) => type switch
    {
        "VALIDATIONEXCEPTION" or "SERVICEQUOTAEXCEEDEDEXCEPTION" => 400,
        "ACCESSDENIEDEXCEPTION" or "UNRECOGNIZEDCLIENTEXCEPTION" or "EXPIREDTOKENEXCEPTION" or "INVALIDSIGNATUREEXCEPTION" => 403,
        "RESOURCENOTFOUNDEXCEPTION" => 404,
        "MODELTIMEOUTEXCEPTION" => 408,
        "CONFLICTEXCEPTION" => 409,
        "MODELERROREXCEPTION" or "MODELSTREAMERROREXCEPTION" => 424,
        "THROTTLINGEXCEPTION" or "MODELNOTREADYEXCEPTION" => 429,
        "SERVICEUNAVAILABLEEXCEPTION" => 503,
        _ => 500,
    };

    private static ProviderErrorKind KindOf(string? type, string message, int status) => type switch
    {
        "VALIDATIONEXCEPTION" when Says(message, "model identifier is invalid") || Says(message, "on-demand throughput") => ProviderErrorKind.ModelNotFound,
        "SERVICEQUOTAEXCEEDEDEXCEPTION" => ProviderErrorKind.Quota,
        // Until midnight, that is: waiting a little does not help.
        "THROTTLINGEXCEPTION" when Says(message, "per day") => ProviderErrorKind.Quota,
        "THROTTLINGEXCEPTION" => ProviderErrorKind.RateLimit,
        "MODELNOTREADYEXCEPTION" or "SERVICEUNAVAILABLEEXCEPTION" => ProviderErrorKind.Overloaded,
        "MODELTIMEOUTEXCEPTION" => ProviderErrorKind.Timeout,
        "RESOURCENOTFOUNDEXCEPTION" => ProviderErrorKind.ModelNotFound,
        // A failure of the model, not of the request, although 424 is a 4xx.
        "MODELERROREXCEPTION" or "MODELSTREAMERROREXCEPTION" => ProviderErrorKind.ServerError,
        "UNRECOGNIZEDCLIENTEXCEPTION" or "EXPIREDTOKENEXCEPTION" or "INVALIDSIGNATUREEXCEPTION" or "MISSINGAUTHENTICATIONTOKENEXCEPTION"
            or "INCOMPLETESIGNATUREEXCEPTION" or "INVALIDCLIENTTOKENID" => ProviderErrorKind.Authentication,
        _ when status == 400 && IsContextLength(message) => ProviderErrorKind.ContextLength,
        _ when status == 400 && Says(message, "model identifier is invalid") => ProviderErrorKind.ModelNotFound,
        _ when status == 403 && (Says(message, "security token") || Says(message, "signature")) => ProviderErrorKind.Authentication,
        _ when status == 404 => ProviderErrorKind.ModelNotFound,
        _ when status == 424 => ProviderErrorKind.ServerError,
        _ => ErrorBody.KindOf(status),
    };

    // Each model says it in its own words: "Input is too long for requested model.", "prompt is too long: 210000 tokens > 200000 maximum", "... maximum context length ...",
    // "input length and `max_tokens` exceed context limit".
    private static bool IsContextLength(string message) =>
        Says(message, "input is too long") || Says(message, "prompt is too long") || Says(message, "context length") || Says(message, "context limit")
        || Says(message, "too many input tokens") || Says(message, "maximum number of input tokens");

    private static bool Says(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
}
