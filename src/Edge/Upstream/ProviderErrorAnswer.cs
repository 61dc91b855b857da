using Edge.Pipeline;
using Edge.Providers.Dialects;
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

    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, Log log)
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
        var passes = context.PassesThrough && read.IsWhole && IsEnvelope(body.Span);
        ReadOnlyMemory<byte> json = passes ? body.Memory : context.Client.Error(ErrorResponse.Of(context, error));
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, status, json);
        return true;
    }

    private static bool IsEnvelope(ReadOnlySpan<byte> body)
    {
        // {"error":{...}}, as SDKs of either kind expect it; some compatible servers write {"error":"text"}.
        using var index = new JsonIndex();
        return index.TryBuild(body, maxDepth: 64, maxTokens: 100_000, out _) && new JsonValue(body, index.Tokens)["error"u8].Kind == JsonKind.Object;
    }
}
