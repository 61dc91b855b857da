using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Json;

namespace Edge.Upstream;

/// <summary>A request for a provider of another dialect: decoded into the one <see cref="ChatRequest"/>, encoded as the provider's body.</summary>
public sealed class RequestTranslation
{
    private readonly ChatRequest _request = new();
    private readonly AnthropicRequestEncoder _anthropic = new();
    private readonly List<string> _dropped = [];

    /// <summary>Fills the upstream request's body. False = the context holds an error that names the field.</summary>
    public bool Run(RequestContext context)
    {
        _dropped.Clear();
        var done = Encode(context);
        // It refers into the body, which goes back to the pool.
        _request.Clear();
        return done;
    }

    private bool Encode(RequestContext context)
    {
        if (!OpenAiChatRequestDecoder.TryDecode(context.Body, context.Index.Tokens, _request, out var error))
        {
            return context.Fail(ErrorCode.InvalidRequest, error);
        }
        var options = new ChatEncodeOptions
        {
            Model = Plain(context.Route.Model),
            DefaultMaxTokens = context.Route.Target.MaxTokensDefault,
        };
        if (!_anthropic.TryEncode(_request, options, context.Translated, _dropped, out error))
        {
            return context.Fail(ErrorCode.UnsupportedFeature, error);
        }
        context.UpstreamRequest.Body.Add(context.Translated.Memory);
        context.DroppedFields = Dropped();
        return true;
    }

    // Fields that the provider has no counterpart for: the client is told in a header, which must stay one that every client can read.
    private string? Dropped()
    {
        _dropped.RemoveAll(static name => name.Length > 64 || name.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0);
        if (_dropped.Count == 0) return null;
        const int Named = 32;
        var names = string.Join(", ", _dropped.Take(Named));
        if (_dropped.Count > Named) names += $", and {_dropped.Count - Named} more";
        return names;
    }

    private static ReadOnlyMemory<byte> Plain(ReadOnlyMemory<byte> escaped)
    {
        if (!escaped.Span.Contains((byte)'\\')) return escaped;
        var plain = new byte[escaped.Length];
        return plain.AsMemory(0, new JsonText(escaped.Span, isEscaped: true).Unescape(plain));
    }
}
