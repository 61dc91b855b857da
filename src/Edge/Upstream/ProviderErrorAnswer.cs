using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>
/// Passes a provider's own error on: its status, type, code and retry-after. In the client's dialect the body goes through as bytes; another dialect's, or a page that
/// some proxy on the way wrote, becomes the client's envelope.
/// </summary>
public static class ProviderErrorAnswer
{
    // Real error bodies are a few hundred bytes; what is behind this is a page that nobody needs.
    private const int MaxBody = 256 * 1024;

    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, TimeProvider time, Log log)
    {
        var status = response.Status;
        // Redirects and other successes than 200 make no sense here; following them would send the key elsewhere.
        if (status < 400) return AttemptStage.Failed(context, UpstreamFailure.Protocol, $"status {status}", log);
        var body = context.Answer;
        var read = await BufferedBody.ReadAsync(response, MaxBody, body);
        response.TryGetHeader("x-amzn-errortype"u8, out var errorType);
        // What was cut off or never came is still an error with that status: the status is the truth, the text a courtesy.
        var error = ChatDialects.ReadError(context.Wire, status, errorType, body.Span);
        context.ProviderError = error;
        context.Outcome = Outcome.ProviderError;
        Report(context, error, status);
        var goesOn = CallVerdict.GoesOn(context, error, response, time);
        if (context.Recovery is { IsJoining: true } recovery)
        {
            // It has no answer of its own to give: the client has the beginning of one. Another may take what this one does not.
            recovery.Refuse();
            context.Attempts.Failed(mayGoOn: true, context.Attempts.RetryAfter);
            return false;
        }
        if (goesOn) return false;
        var passes = context.PassesThrough && read.IsWhole && IsEnvelope(body.Span);
        ReadOnlyMemory<byte> json = passes ? context.Route.Target.WithoutSecrets(body.Memory) : context.Client.Error(ErrorResponse.Of(context, error));
        // It may repeat the prompt. What is kept of it for log and record has placeholders.
        if (passes && context.AnswerFilter?.Whole(json.Span, context.Translated) == true) json = context.Translated.Memory;
        ResponseHeaders.Forward(response, context.Response.Headers);
        ErrorResponse.AddRetryAfter(context, error);
        await ErrorResponse.WriteJsonAsync(context, status, json);
        return true;
    }

    // What only the body tells: a key that is refused by a 400 (Gemini), and how long to stay away.
    private static void Report(RequestContext context, ProviderError error, int status)
    {
        var isRefused = error.Kind is ProviderErrorKind.Authentication && status is not (401 or 403);
        if (isRefused || error.RetryAfter is not null) context.Route.Target.Credential?.Report(context.CredentialKey, isRefused ? 401 : status, error.RetryAfter);
    }

    private static bool IsEnvelope(ReadOnlySpan<byte> body)
    {
        // {"error":{...}}, as SDKs of either kind expect it; some compatible servers write {"error":"text"}.
        using var index = new JsonIndex();
        return index.TryBuild(body, maxDepth: 64, maxTokens: 100_000, out _) && new JsonValue(body, index.Tokens)["error"u8].Kind == JsonKind.Object;
    }
}
