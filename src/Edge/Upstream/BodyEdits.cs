using System.Text;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Dialects.OpenAi;
using Edge.Providers.Dialects.Responses;
using Edge.Providers.Json;
using Edge.Providers.Wire;
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
    /// <returns>False = the context holds an error: a field cannot go along, and policy does not allow dropping it.</returns>
    public static bool Apply(RequestContext context)
    {
        List<string>? dropped = null;
        if (NeedsMembers(context)) dropped = ApplyByMember(context);
        else ApplyCommon(context);
        if (AsksForUsage(context)) AskForUsage(context);
        if (context.OutputCap > 0) CapOutput(context);
        // Our own answers bring members and signatures of other providers into a conversation, over which the next one would refuse it.
        switch (context.Wire)
        {
            case Dialect.Anthropic:
                AnthropicBodyEdits.CutForeignThinking(context.Body.Span, Root(context), context.Edits);
                break;
            case Dialect.OpenAi:
                OpenAiBodyEdits.CutMembers(context.Body.Span, Root(context)["messages"u8], context.Route.Target.Sheet, context.Edits, ref dropped);
                break;
            case Dialect.Responses when ResponsesBodyEdits.CutForeignReasoning(context.Body.Span, Root(context), context.Edits):
                (dropped ??= []).Add("messages.reasoning_content");
                break;
            default:
                break;
        }
        return dropped is null || RequestTranslation.Report(context, dropped);
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
        if (model.Kind != JsonKind.None && !context.Body.Span.Slice(model.Start, model.Length).SequenceEqual(context.Route.Model.Span))
        {
            edits.Add(model.Start, model.Length, context.Route.Model);
        }
    }

    // Providers that refuse a body over a member that they do not know.
    private static bool NeedsMembers(RequestContext context)
    {
        var sheet = context.Route.Target.Sheet;
        return (context.Wire == Dialect.Anthropic && sheet.AnthropicVersionInBody is not null) || (context.Wire == Dialect.OpenAi && sheet.Refused.Count > 0);
    }

    private static List<string>? ApplyByMember(RequestContext context)
    {
        var (edits, sheet) = (context.Edits, context.Route.Target.Sheet);
        edits.Clear();
        List<string>? dropped = null;
        var cuts = new ListCuts(edits);
        foreach (var member in Root(context).Members)
        {
            var (begin, end) = (member.NameToken.Begin, member.Value.Token.End);
            var field = ChatFieldNames.Find(member.Name, context.Shape);
            var goes = field > ChatField.LastKept;
            if (context.Wire == Dialect.Anthropic)
            {
                // The path names the model there, and the body the version.
                if (field == ChatField.Model) edits.Add(begin, end - begin, Encoding.ASCII.GetBytes($"\"anthropic_version\":\"{sheet.AnthropicVersionInBody}\""));
                goes |= member.Name.Is("anthropic_version"u8);
            }
            else if (field == ChatField.Model)
            {
                edits.Add(member.Value.Token.Start, member.Value.Token.Length, context.Route.Model);
            }
            else if (!goes && Find(sheet.Refused, member.Name) is { } refused)
            {
                goes = true;
                // Usage comes unasked from those who do not know how to be asked.
                if (refused != "stream_options" && !member.Value.IsNullOrAbsent) (dropped ??= []).Add(refused);
            }
            cuts.Next(begin, end, goes);
        }
        cuts.End();
        return dropped;
    }

    private static string? Find(IReadOnlyList<string> names, JsonText name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (name.Bytes.Length == names[i].Length && Ascii.Equals(name.Bytes, names[i])) return names[i];
        }
        return null;
    }

    private static JsonValue Root(RequestContext context) => new(context.Body.Span, context.Index.Tokens);

    /// <summary>The gateway asks for the usage chunk on its own account, and so must hide it.</summary>
    public static bool AsksForUsage(RequestContext context) =>
        context.Fields is { Stream: true, IncludeUsage: false } && context.Wire is (Dialect.OpenAi or Dialect.Completions) && context.Route.Target.Sheet.StreamOptions;

    // The bound of the answer, where a budget has room for no more. A client's own lower one stays.
    private static void CapOutput(RequestContext context)
    {
        var text = Encoding.ASCII.GetBytes(context.OutputCap.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var root = Root(context);
        var isBounded = false;
        foreach (var member in root.Members)
        {
            var isBound = context.Wire == Dialect.Responses ? member.Name.Is("max_output_tokens"u8) : member.Name.Is("max_tokens"u8) || (context.Wire == Dialect.OpenAi && member.Name.Is("max_completion_tokens"u8));
            if (!isBound) continue;
            isBounded |= !member.Value.IsNullOrAbsent;
            if (member.Value.TryGetDouble(out var most) && most <= context.OutputCap) continue;
            if (member.Value.IsNullOrAbsent) continue;
            context.Edits.Add(member.Value.Token.Begin, member.Value.Token.End - member.Value.Token.Begin, text);
        }
        if (isBounded) return;
        ReadOnlySpan<byte> name = context.Wire switch
        {
            Dialect.Responses => "max_output_tokens"u8,
            Dialect.OpenAi when (context.Route.Target.Sheet.Traits & ChatTraits.MaxCompletionTokens) != 0 => "max_completion_tokens"u8,
            _ => "max_tokens"u8,
        };
        // One that says null stands for the one that is set.
        foreach (var member in root.Members)
        {
            if (!member.Name.Is(name)) continue;
            context.Edits.Add(member.Value.Token.Begin, member.Value.Token.End - member.Value.Token.Begin, text);
            return;
        }
        context.Edits.Add(root.Token.Begin + 1, 0, (byte[])[.. "\""u8, .. name, .. "\":"u8, .. text, .. ","u8]);
    }

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
