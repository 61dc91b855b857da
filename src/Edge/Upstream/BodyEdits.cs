using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Upstream;

/// <summary>What changes in a body that goes to a provider of the client's own dialect: everything else passes as the bytes that came.</summary>
public static class BodyEdits
{
    private static readonly byte[] _streamTrueWithUsage = "true,\"stream_options\":{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] _optionsWithUsage = "{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] _usageFirst = "\"include_usage\":true,"u8.ToArray();
    private static readonly byte[] _usageAlone = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] _true = "true"u8.ToArray();

    /// <summary>Fills the context's edit list for its route.</summary>
    public static void Apply(RequestContext context)
    {
        ApplyCommon(context);
        if (AsksForUsage(context)) AskForUsage(context);
        // Our own answers bring signatures of other providers into a conversation, over which Anthropic would refuse it.
        if (context.Wire == Dialect.Anthropic) AnthropicBodyEdits.CutForeignThinking(context.Body.Span, Root(context), context.Edits);
    }

    /// <summary>The edits of every operation: the model's name, and without the gateway's own members.</summary>
    public static void ApplyCommon(RequestContext context)
    {
        var edits = context.Edits;
        edits.Clear();
        ref readonly var fields = ref context.Fields;
        for (var i = 0; i < fields.Extensions.Count; i++)
        {
            var (offset, length) = fields.Extensions[i];
            edits.Add(offset, length, default);
        }
        var model = fields.Model;
        if (context.Route.Target.Sheet.AnthropicVersionInBody is not null && context.Wire == Dialect.Anthropic)
        {
            AnthropicBodyEdits.ForVertex(Root(context), edits);
        }
        else if (model.Kind != JsonKind.None && !context.Body.Span.Slice(model.Start, model.Length).SequenceEqual(context.Route.Model.Span))
        {
            edits.Add(model.Start, model.Length, context.Route.Model);
        }
    }

    private static JsonValue Root(RequestContext context) => new(context.Body.Span, context.Index.Tokens);

    /// <summary>The gateway asks for the usage chunk on its own account, and so must hide it.</summary>
    public static bool AsksForUsage(RequestContext context) =>
        context.Fields is { Stream: true, IncludeUsage: false } && context.Wire is (Dialect.OpenAi or Dialect.Completions) && context.Route.Target.Sheet.StreamOptions;

    private static void AskForUsage(RequestContext context)
    {
        var edits = context.Edits;
        var options = context.Fields.StreamOptions;
        var include = context.Fields.IncludeUsageValue;
        // The value of "stream" is replaced, not something inserted behind it: an extension member that follows is cut out from that very offset on.
        if (options.Kind == JsonKind.None) edits.Add(context.Fields.StreamValue.Start, context.Fields.StreamValue.Length, _streamTrueWithUsage);
        else if (options.Kind == JsonKind.Null) edits.Add(options.Start, options.Length, _optionsWithUsage);
        else if (include.Kind != JsonKind.None) edits.Add(include.Start, include.Length, _true);
        else edits.Add(options.Start + 1, 0, IsEmptyObject(context, options) ? _usageAlone : _usageFirst);
    }

    private static bool IsEmptyObject(RequestContext context, JsonToken options) =>
        context.Body.Span.Slice(options.Start + 1, options.Length - 2).Trim(" \t\r\n"u8).IsEmpty;
}
