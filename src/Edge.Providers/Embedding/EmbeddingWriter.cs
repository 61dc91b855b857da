using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Dialects;
using Edge.Providers.Errors;

namespace Edge.Providers.Embedding;

/// <summary>What the codecs' encoders share.</summary>
internal static class EmbeddingWriter
{
    /// <summary>False where the request holds token ids, which only a model of the tokenizer that made them understands.</summary>
    public static bool IsText(EmbeddingRequest request, [NotNullWhen(false)] out RequestError? error)
    {
        error = request.FirstTokens < 0 ? null : new RequestError(
            request.Inputs.Length == 1 ? "input" : $"input[{request.FirstTokens}]", "Must be text: this provider does not take token ids.");
        return error is null;
    }

    /// <summary>Names what only OpenAI knows: the user and the members that we have no word for.</summary>
    public static void DropOthers(EmbeddingRequest request, List<string>? dropped)
    {
        if (request.User.IsPresent) dropped.Drop("user");
        foreach (var (name, _) in request.Others) dropped.Drop(DroppedNames.Visible(request.Text(name).ToString()));
    }

    /// <summary>Writes texts as an array of strings.</summary>
    public static void Texts(this ref JsonOut json, EmbeddingRequest request, ReadOnlySpan<EmbeddingInput> inputs)
    {
        json.Raw("["u8);
        for (var i = 0; i < inputs.Length; i++)
        {
            if (i > 0) json.Raw(","u8);
            json.String(request.Text(inputs[i].Range));
        }
        json.Raw("]"u8);
    }

    /// <summary>Writes <c>,"name":number</c> where there is one.</summary>
    public static void Member(this ref JsonOut json, ReadOnlySpan<byte> name, long? number)
    {
        if (number is not { } value) return;
        json.Name(name);
        json.Number(value);
    }

    /// <summary>Writes <c>,"name":true|false</c>.</summary>
    public static void Member(this ref JsonOut json, ReadOnlySpan<byte> name, bool value)
    {
        json.Name(name);
        json.Boolean(value);
    }

    /// <summary>Writes <c>,"name":"text"</c> where there is a text, which needs no escaping.</summary>
    public static void Member(this ref JsonOut json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return;
        json.Name(name);
        json.Raw("\""u8);
        json.Raw(text);
        json.Raw("\""u8);
    }

    /// <summary><c>NONE</c>, <c>START</c>, <c>END</c>; empty for the default.</summary>
    public static ReadOnlySpan<byte> Text(this EmbeddingTruncation truncation) => truncation switch
    {
        EmbeddingTruncation.None => "NONE"u8,
        EmbeddingTruncation.Start => "START"u8,
        EmbeddingTruncation.End => "END"u8,
        _ => default,
    };

    private static void Name(this ref JsonOut json, ReadOnlySpan<byte> name)
    {
        json.Raw(",\""u8);
        json.Raw(name);
        json.Raw("\":"u8);
    }
}
