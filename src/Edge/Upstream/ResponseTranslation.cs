using System.Text;
using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>A whole answer of another dialect: the fold of the same events that a stream pushes.</summary>
public static class ResponseTranslation
{
    /// <summary>What an OpenAI-shaped answer says that another provider does not.</summary>
    public static ChatOutput Settings(RequestContext context) => new()
    {
        Created = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        IncludeUsage = context.Fields.IncludeUsage,
        FallbackModel = context.Route.Model,
        FallbackId = Encoding.ASCII.GetBytes(context.Id),
    };

    /// <summary>Answers from the context's indexed <see cref="RequestContext.Answer"/>.</summary>
    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, TimeProvider time, Log log)
    {
        var encoder = new OpenAiChatResponseEncoder();
        encoder.Begin(context.Translated, Settings(context));
        var sink = new Metered(context, encoder);
        new AnthropicResponseDecoder().Whole(new JsonValue(context.Answer.Span, context.Index.Tokens), sink);
        if (sink.Failure is { } error)
        {
            context.Outcome = Outcome.ProviderError;
            await ErrorResponse.WriteJsonAsync(context, ProviderErrorAnswer.StatusOf(error), ErrorResponse.Envelope(error));
            return true;
        }
        if (!encoder.IsWritten) return AttemptStage.Failed(context, UpstreamFailure.Protocol, "the answer has no end", log);
        context.FirstByteAt = time.GetTimestamp();
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, 200, context.Translated.Memory);
        return true;
    }
}
