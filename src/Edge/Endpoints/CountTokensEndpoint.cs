using System.Globalization;
using System.Text;
using Edge.Pipeline;
using Edge.Providers.Dialects.Anthropic;

namespace Edge.Endpoints;

/// <summary><c>POST /v1/messages/count_tokens</c>: asked of a provider that counts, estimated for all others.</summary>
public static class CountTokensEndpoint
{
    /// <summary>The provider of the context's route counts itself.</summary>
    public static bool IsServed(RequestContext context) => !context.Route.Paths.CountTokens.IsEmpty;

    /// <summary>Answers with an estimate, which a header tells it is. False = the context holds an error that names the field.</summary>
    public static async ValueTask<bool> EstimateAsync(RequestContext context)
    {
        var request = context.Codecs.Request;
        try
        {
            if (!AnthropicRequestDecoder.TryDecodeForCount(context.Body, context.Index.Tokens, request, out var error)) return context.Fail(ErrorCode.InvalidRequest, error);
            var tokens = TokenEstimate.Of(request);
            context.Response.Headers["x-edge-estimated"] = "true";
            await ErrorResponse.WriteJsonAsync(context, 200, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"input_tokens\":{tokens}}}")));
            return true;
        }
        finally
        {
            request.Clear();
        }
    }
}
