using System.Buffers;
using System.Text;
using Edge.Pipeline;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;
using Edge.Telemetry;

namespace Edge.Upstream;

/// <summary>A whole answer of another dialect: the fold of the same events that a stream pushes.</summary>
public static class ResponseTranslation
{
    /// <summary>What an OpenAI-shaped answer says that another provider does not.</summary>
    public static OpenAiChatOutput Settings(RequestContext context) => new()
    {
        Created = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        IncludeUsage = context.Fields.IncludeUsage,
        FallbackModel = context.Route.Model,
        FallbackId = Encoding.ASCII.GetBytes(context.Id),
    };

    public static async ValueTask<bool> RunAsync(RequestContext context, UpstreamResponse response, ReadOnlyMemory<byte> body, TimeProvider time, Log log)
    {
        var output = new ArrayBufferWriter<byte>(body.Length + 512);
        var encoder = new OpenAiChatResponseEncoder();
        encoder.Begin(output, Settings(context));
        new AnthropicResponseDecoder().Whole(new JsonValue(body.Span, context.Index.Tokens), ref encoder);
        if (encoder.Failure is { } error)
        {
            context.ProviderError = error;
            return AttemptStage.Failed(context, UpstreamFailure.Protocol, error.Message, log);
        }
        if (!encoder.IsWritten) return AttemptStage.Failed(context, UpstreamFailure.Protocol, "the answer has no end", log);
        context.FirstByteAt = time.GetTimestamp();
        ResponseHeaders.Forward(response, context.Response.Headers);
        await ErrorResponse.WriteJsonAsync(context, 200, output.WrittenMemory);
        return true;
    }
}
