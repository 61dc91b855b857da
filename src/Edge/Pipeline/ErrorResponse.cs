using System.Globalization;
using Edge.Clients;
using Edge.Providers.Errors;

namespace Edge.Pipeline;

/// <summary>Answers with errors, in the envelope of the client's dialect.</summary>
public static class ErrorResponse
{
    /// <summary>Answers with the context's error. Only before the first byte of an answer.</summary>
    public static async ValueTask WriteAsync(RequestContext context)
    {
        var text = ErrorTexts.Of(context.ErrorCode);
        var headers = context.Response.Headers;
        var retryAfter = context.RetryAfter > 0 ? context.RetryAfter : text.RetryAfterSeconds;
        if (retryAfter > 0) headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
        var own = Own(context);
        await WriteJsonAsync(context, own.Status, context.Client.Error(own));
    }

    /// <summary>Answers with an error that the provider reported inside a success.</summary>
    public static async ValueTask WriteProviderErrorAsync(RequestContext context, ProviderError error)
    {
        context.ProviderError = error;
        context.Outcome = Outcome.ProviderError;
        AddRetryAfter(context, error);
        await WriteJsonAsync(context, StatusOf(error), context.Client.Error(Of(context, error)));
    }

    /// <summary>Answers with a whole JSON body, once policy's record of it is made; without one with the error that says so.</summary>
    public static async ValueTask WriteJsonAsync(RequestContext context, int status, ReadOnlyMemory<byte> json)
    {
        if (context.Audit is { IsStrict: true } audit && context.ErrorCode != ErrorCode.AuditUnavailable && !await audit.BeforeLastByteAsync(context, status))
        {
            await WriteAsync(context);
            return;
        }
        context.Response.StatusCode = context.SentStatus = status;
        ResponseHeaders.Add(context);
        context.Response.Headers.ContentType = ResponseHeaders.Json;
        context.Response.Headers.ContentLength = json.Length;
        if (json.IsEmpty) return;
        await context.ResponseBody.Writer.WriteAsync(json);
    }

    /// <summary>The context's own error.</summary>
    public static ClientError Own(RequestContext context)
    {
        var text = ErrorTexts.Of(context.ErrorCode);
        return new(context.ErrorStatus > 0 ? context.ErrorStatus : text.Status, context.ErrorMessage ?? text.Message, text.Type, context.ErrorField, text.Code, context.Id);
    }

    /// <summary>A provider's error, for a client that speaks another dialect, or of an error body that is no JSON.</summary>
    public static ClientError Of(RequestContext context, ProviderError error)
    {
        var message = error.Message.Length > 0 ? context.Route.Target.WithoutSecrets(error.Message) : $"The provider answered with status {error.Status}.";
        message = context.AnswerFilter?.Restore(message) ?? message;
        return new(StatusOf(error), message, error.ClientType, error.Param, error.ClientCode, context.Id, error);
    }

    /// <summary>What the provider's error itself says of when to come again, where its head said nothing.</summary>
    public static void AddRetryAfter(RequestContext context, ProviderError error)
    {
        var headers = context.Response.Headers;
        if (error.RetryAfter is not { } delay || headers.ContainsKey("retry-after")) return;
        headers.RetryAfter = ((long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The status of an error that came with a 200: what the provider documents for it, or 502.</summary>
    public static int StatusOf(ProviderError error) => error.Status is >= 400 and <= 599 ? error.Status : 502;
}
