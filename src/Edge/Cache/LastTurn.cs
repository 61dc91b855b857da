using Edge.Endpoints;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Cache;

/// <summary>Why a request is not compared by meaning. The names are labels of metrics: they are added to, never renamed.</summary>
internal enum SemanticBypass : byte
{
    None,

    /// <summary>The guard hides something of it: two that differ in hidden values alone read the same.</summary>
    Hidden,

    /// <summary>The last turn is not the user's: results of tools, an answer that was begun; or the dialect has no turns.</summary>
    Turn,

    /// <summary>The last turn has images, files or several parts.</summary>
    Parts,

    /// <summary>The model must call a tool: its arguments are what the words say to the letter.</summary>
    Tools,

    /// <summary>Text that has no UTF-8: what is left of it could be something else's.</summary>
    Broken,
}

/// <summary>Finds the one text of a request that may be compared by what it means: the user's last turn.</summary>
internal static class LastTurn
{
    // As the embedding's screen has it: PromptScreen.MaxLength signs, of up to six bytes as escapes.
    private const int MaxBytes = 12_000;

    /// <summary>Finds it.</summary>
    /// <param name="context">After the guard.</param>
    /// <param name="token">The index of the text's token.</param>
    /// <param name="text">Without escapes.</param>
    public static SemanticBypass Find(RequestContext context, out int token, out string text)
    {
        (token, text) = (-1, "");
        if (!context.Vault.IsEmpty) return SemanticBypass.Hidden;
        var body = new JsonValue(context.Body.Span, context.Index.Tokens);
        if (IsForced(body["tool_choice"u8]) || IsForced(body["function_call"u8])) return SemanticBypass.Tools;
        var turn = context.Operation switch
        {
            Operation.ChatCompletions or Operation.Messages => body["messages"u8],
            Operation.Responses => body["input"u8],
            _ => default,
        };
        if (context.Operation == Operation.Responses && turn.Kind == JsonKind.String) return Take(turn, out token, out text);
        if (turn.Kind != JsonKind.Array) return SemanticBypass.Turn;
        JsonValue last = default;
        foreach (var element in turn.Elements) last = element;
        if (last.Kind != JsonKind.Object || !last["role"u8].IsString("user"u8)) return SemanticBypass.Turn;
        if (last["type"u8] is { IsNullOrAbsent: false } kind && !kind.IsString("message"u8)) return SemanticBypass.Turn;
        var content = last["content"u8];
        if (content.Kind == JsonKind.String) return Take(content, out token, out text);
        if (content.Kind != JsonKind.Array) return SemanticBypass.Turn;
        JsonValue only = default;
        var count = 0;
        foreach (var part in content.Elements)
        {
            only = part;
            count++;
        }
        if (count != 1 || only.Kind != JsonKind.Object) return SemanticBypass.Parts;
        var type = only["type"u8];
        if (!type.IsString("text"u8) && !type.IsString("input_text"u8)) return SemanticBypass.Parts;
        return only["text"u8] is { Kind: JsonKind.String } said ? Take(said, out token, out text) : SemanticBypass.Parts;
    }

    private static SemanticBypass Take(JsonValue value, out int token, out string text)
    {
        token = value.Index;
        // What is longer is not looked up; its beginning is enough to say so.
        text = value.RawText.Length > MaxBytes ? new string('x', MaxBytes) : value.GetString()!;
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? SemanticBypass.Broken : SemanticBypass.None;
    }

    // "auto" and "none", as a word or as {"type": ...}; anything else makes the model call something.
    private static bool IsForced(JsonValue choice)
    {
        if (choice.Kind == JsonKind.Object) choice = choice["type"u8];
        return !choice.IsNullOrAbsent && !choice.IsString("auto"u8) && !choice.IsString("none"u8);
    }
}
