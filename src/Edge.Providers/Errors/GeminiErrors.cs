using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Edge.Providers.Dialects.Gemini;
using Edge.Providers.Json;

namespace Edge.Providers.Errors;

/// <summary>
/// Google's errors: <c>{"error":{"code":429,"message":..,"status":"RESOURCE_EXHAUSTED","details":[..]}}</c> (google.rpc.Status), as a body with its status, inside a
/// stream, or as the one element of an array (a stream without <c>alt=sse</c>). https://cloud.google.com/apis/design/errors
/// </summary>
public static class GeminiErrors
{
    private ref struct Parts
    {
        public bool IsError;
        public long Code;
        public string Message;
        public string? Status;
        public string? Reason;
        public string? Field;
        public TimeSpan? RetryAfter;

        /// <summary>A quota of a day: there is no use in trying again soon.</summary>
        public bool IsDaily;
    }

    /// <summary>The error of a response whose status is not a success. Never throws, whatever the body is.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body as far as it was read; may be empty, HTML or cut off.</param>
    public static ProviderError FromResponse(int status, ReadOnlySpan<byte> body)
    {
        var parts = Read(body);
        return Make(parts, status);
    }

    /// <summary>The error that stands in a 200 stream; its status is what the error says. False where the data holds none.</summary>
    public static bool TryFromEvent(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ProviderError? error)
    {
        var parts = Read(data);
        error = parts.IsError ? Make(parts, parts.Code is >= 400 and < 600 ? (int)parts.Code : StatusOf(parts.Status)) : null;
        return parts.IsError;
    }

    private static ProviderError Make(in Parts parts, int status) => new()
    {
        Kind = KindOf(parts, status),
        Status = status,
        Message = parts.Message,
        Type = parts.Status,
        Code = parts.Reason ?? parts.Status,
        Param = parts.Field,
        RetryAfter = parts.RetryAfter,
    };

    private static int StatusOf(string? status) => status switch
    {
        "INVALID_ARGUMENT" or "FAILED_PRECONDITION" or "OUT_OF_RANGE" => 400,
        "UNAUTHENTICATED" => 401,
        "PERMISSION_DENIED" => 403,
        "NOT_FOUND" => 404,
        "ABORTED" or "ALREADY_EXISTS" => 409,
        "RESOURCE_EXHAUSTED" => 429,
        "CANCELLED" => 499,
        "UNIMPLEMENTED" => 501,
        "UNAVAILABLE" => 503,
        "DEADLINE_EXCEEDED" => 504,
        _ => 500,
    };

    private static ProviderErrorKind KindOf(in Parts parts, int status)
    {
        // A wrong key is a 400 at the Gemini API.
        switch (parts.Reason)
        {
            case "API_KEY_INVALID" or "API_KEY_EXPIRED" or "ACCESS_TOKEN_EXPIRED" or "ACCESS_TOKEN_TYPE_UNSUPPORTED" or "CREDENTIALS_MISSING":
                return ProviderErrorKind.Authentication;
            case "BILLING_DISABLED":
                return ProviderErrorKind.Quota;
        }
        return parts.Status switch
        {
            "INVALID_ARGUMENT" or "OUT_OF_RANGE" when IsContextLength(parts.Message) => ProviderErrorKind.ContextLength,
            "INVALID_ARGUMENT" when parts.Message.StartsWith("API key", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.Authentication,
            "INVALID_ARGUMENT" or "OUT_OF_RANGE" or "UNIMPLEMENTED" => ProviderErrorKind.InvalidRequest,
            "FAILED_PRECONDITION" when parts.Message.Contains("billing", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.Quota,
            // "User location is not supported for the API use."
            "FAILED_PRECONDITION" when parts.Message.Contains("location", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.Permission,
            "FAILED_PRECONDITION" => ProviderErrorKind.InvalidRequest,
            "UNAUTHENTICATED" => ProviderErrorKind.Authentication,
            "PERMISSION_DENIED" => ProviderErrorKind.Permission,
            "NOT_FOUND" when parts.Message.Contains("model", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.ModelNotFound,
            "NOT_FOUND" => ProviderErrorKind.InvalidRequest,
            "RESOURCE_EXHAUSTED" when parts.IsDaily || IsOutOfCredit(parts.Message) => ProviderErrorKind.Quota,
            "RESOURCE_EXHAUSTED" => ProviderErrorKind.RateLimit,
            "UNAVAILABLE" => ProviderErrorKind.Overloaded,
            "DEADLINE_EXCEEDED" => ProviderErrorKind.Timeout,
            "INTERNAL" or "UNKNOWN" or "DATA_LOSS" or "ABORTED" or "CANCELLED" => ProviderErrorKind.ServerError,
            _ when status == 413 || parts.Message.Contains("payload size exceeds", StringComparison.OrdinalIgnoreCase) => ProviderErrorKind.TooLarge,
            _ => ErrorBody.KindOf(status),
        };
    }

    // "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    private static bool IsContextLength(string message) =>
        message.Contains("token count", StringComparison.OrdinalIgnoreCase) && message.Contains("exceeds the maximum", StringComparison.OrdinalIgnoreCase);

    private static bool IsOutOfCredit(string message) =>
        message.Contains("credits are depleted", StringComparison.OrdinalIgnoreCase) || message.Contains("spending cap", StringComparison.OrdinalIgnoreCase);

    private static Parts Read(ReadOnlySpan<byte> body)
    {
        var parts = new Parts { Message = "" };
        try
        {
            var reader = GeminiText.Reader(body);
            if (!reader.Read()) return parts;
            if (reader.TokenType == JsonTokenType.StartArray && !GeminiText.NextObject(ref reader)) return parts;
            if (reader.TokenType != JsonTokenType.StartObject) return parts;
            while (GeminiText.NextMember(ref reader))
            {
                if (!reader.Is("error"u8))
                {
                    reader.Skip();
                    continue;
                }
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) Error(ref reader, ref parts);
                else if (reader.TokenType == JsonTokenType.String)
                {
                    parts.IsError = true;
                    parts.Message = ErrorBody.Bounded(new JsonText(reader.ValueSpan, reader.ValueIsEscaped)) ?? "";
                }
                else reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Cut off or not JSON: what was read until then counts.
        }
        return parts;
    }

    private static void Error(scoped ref Utf8JsonReader reader, ref Parts parts)
    {
        parts.IsError = true;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("code"u8)) parts.Code = GeminiText.Count(ref reader);
            else if (reader.Is("message"u8)) parts.Message = ErrorBody.Bounded(GeminiText.String(ref reader)) ?? "";
            else if (reader.Is("status"u8)) parts.Status = ErrorBody.Bounded(GeminiText.String(ref reader));
            else if (reader.Is("details"u8))
            {
                if (!GeminiText.Enter(ref reader, JsonTokenType.StartArray)) continue;
                while (GeminiText.NextObject(ref reader)) Detail(ref reader, ref parts);
            }
            else reader.Skip();
        }
    }

    // One of google.rpc's details; their members' names do not overlap, so @type need not be looked at.
    private static void Detail(scoped ref Utf8JsonReader reader, ref Parts parts)
    {
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("reason"u8)) parts.Reason ??= ErrorBody.Bounded(GeminiText.String(ref reader));
            else if (reader.Is("retryDelay"u8)) parts.RetryAfter = Duration(GeminiText.String(ref reader));
            else if (reader.Is("fieldViolations"u8) || reader.Is("violations"u8))
            {
                if (!GeminiText.Enter(ref reader, JsonTokenType.StartArray)) continue;
                while (GeminiText.NextObject(ref reader)) Violation(ref reader, ref parts);
            }
            else reader.Skip();
        }
    }

    private static void Violation(scoped ref Utf8JsonReader reader, ref Parts parts)
    {
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("field"u8)) parts.Field ??= ErrorBody.Bounded(GeminiText.String(ref reader));
            else if (reader.Is("quotaId"u8)) parts.IsDaily |= GeminiText.String(ref reader).Bytes.IndexOf("PerDay"u8) >= 0;
            else reader.Skip();
        }
    }

    // "34s", "0.5s"
    private static TimeSpan? Duration(JsonText text)
    {
        if (text.IsEscaped || text.Bytes is not [.. var digits, (byte)'s']) return null;
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return null;
        // It takes NaN and Infinity for numbers.
        if (seconds is not (>= 0 and <= 86400)) return null;
        return TimeSpan.FromSeconds(seconds);
    }
}
