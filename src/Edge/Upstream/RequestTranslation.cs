using System.Globalization;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Upstream;

/// <summary>A request for a provider of another dialect: decoded into the one model of a request, encoded as the provider's body.</summary>
public sealed class RequestTranslation
{
    private readonly List<string> _dropped = [];

    /// <summary>Fills the upstream request's body. False = the context holds an error that names the field.</summary>
    public async ValueTask<bool> RunAsync(RequestContext context)
    {
        _dropped.Clear();
        var done = Decode(context) && await FetchAsync(context) && Encode(context);
        // It refers into the body, which goes back to the pool.
        context.Codecs.Request.Clear();
        return done;
    }

    /// <summary>The provider speaks the client's dialect, but is to be given the beginning of its answer.</summary>
    public static bool Prefills(RequestContext context)
    {
        if (context.Recovery is not { MayPrefill: true }) return false;
        var prefills = Decode(context) && context.Codecs.Request.IsContinued;
        context.Codecs.Request.Clear();
        if (prefills) return true;
        // What only we cannot read goes as it came.
        context.DropError();
        context.Recovery.BeginCall();
        return false;
    }

    private static bool Decode(RequestContext context)
    {
        if (!context.Client.TryDecode(context.Body, context.Index.Tokens, context.Codecs.Request, out var error)) return context.Fail(ErrorCode.InvalidRequest, error);
        if (context.OutputCap > 0) context.Codecs.Request.MaxTokens = Math.Min(context.OutputCap, context.Codecs.Request.MaxTokens ?? long.MaxValue);
        context.Recovery?.TryPrefill(context.Codecs.Request);
        return true;
    }

    private static async ValueTask<bool> FetchAsync(RequestContext context)
    {
        if (context.Route.Target.Sheet.TakesMediaUrls) return true;
        return await context.State.Media.RunAsync(context.Codecs.Request, context.ClientGone) is not { } error || context.Fail(ErrorCode.UnsupportedFeature, error);
    }

    private bool Encode(RequestContext context)
    {
        var request = context.Codecs.Request;
        var target = context.Route.Target;
        if (context.Codecs.RequestEncoder(context.Wire) is not { } encoder)
        {
            return context.Fail(ErrorCode.UnsupportedFeature, message: $"Provider '{target.Name}' cannot be reached in this dialect.");
        }
        var options = new ChatEncodeOptions
        {
            Model = Plain(context.Route.Model),
            DefaultMaxTokens = target.MaxTokensDefault,
            Sheet = target.Sheet,
        };
        if (!encoder.TryEncode(request, options, context.Translated, _dropped, out var error)) return context.Fail(ErrorCode.UnsupportedFeature, Renamed(context, error));
        context.UpstreamRequest.Body.Add(context.Translated.Memory);
        // A stream that has begun has its own.
        if (context.Recovery is not { IsJoining: true }) Repeat(context);
        return Report(context, _dropped);
    }

    /// <summary>Keeps what the client's answer repeats of its request.</summary>
    internal static void Repeat(RequestContext context)
    {
        context.Echo.Clear();
        context.Client.WriteEcho(new JsonValue(context.Body.Span, context.Index.Tokens), context.Echo);
        context.AnswerFilter?.Members(context.Echo);
    }

    // Fields that the provider has no counterpart for: the client is told in a header, which must stay one that every client can read.
    internal static bool Report(RequestContext context, List<string> dropped)
    {
        dropped.RemoveAll(static name => name.Length > 64 || name.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0);
        if (dropped.Count == 0) return true;
        const int Named = 32;
        var names = string.Join(", ", dropped.Take(Named).Select(context.Client.FieldName));
        if (dropped.Count > Named) names += string.Create(CultureInfo.InvariantCulture, $", and {dropped.Count - Named} more");
        switch (context.State.Config.Translation.DropUnsupported)
        {
            case DropPolicy.Error:
                return context.Fail(ErrorCode.UnsupportedFeature, context.Client.FieldName(dropped[0]),
                    $"Provider '{context.Route.Target.Name}' cannot express: {names}. Leave them out, or allow dropping them (translation.drop_unsupported).");
            case DropPolicy.Warn:
                context.DroppedFields = names;
                return true;
            default:
                return true;
        }
    }

    // Encoders speak of OpenAI's fields; paths into the client's own body are the client's already.
    private static RequestError Renamed(RequestContext context, RequestError error)
    {
        var name = context.Client.FieldName(error.Field);
        return name == error.Field ? error : error with { Field = name };
    }

    /// <summary>The inside of a JSON string -> its text.</summary>
    internal static ReadOnlyMemory<byte> Plain(ReadOnlyMemory<byte> escaped)
    {
        if (!escaped.Span.Contains((byte)'\\')) return escaped;
        var plain = new byte[escaped.Length];
        return plain.AsMemory(0, new JsonText(escaped.Span, isEscaped: true).Unescape(plain));
    }
}
