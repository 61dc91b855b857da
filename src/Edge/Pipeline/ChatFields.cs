using Edge.Guard.Policy;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Pipeline;

/// <summary>
/// What the gateway itself needs to know of a request body, found in one walk over its top-level members. It holds tokens (places in the body),
/// no copies; everything else passes through untouched.
/// </summary>
public struct ChatFields
{
    private const int MaxModelBytes = 256;

    /// <summary>The model's name as the client wrote it.</summary>
    public JsonToken Model;

    /// <summary>The client wants server-sent events.</summary>
    public bool Stream;

    /// <summary>Token of <c>stream</c>'s value; Kind None where absent.</summary>
    public JsonToken StreamValue;

    /// <summary>Token of <c>stream_options</c>; Kind None where absent.</summary>
    public JsonToken StreamOptions;

    /// <summary>Token of <c>stream_options.include_usage</c>; Kind None where absent.</summary>
    public JsonToken IncludeUsageValue;

    /// <summary>The client asked for the trailing usage chunk; else the gateway asks for itself and hides it.</summary>
    public bool IncludeUsage;

    /// <summary>The client asked for more than one choice.</summary>
    public bool SeveralChoices;

    /// <summary>The extension members that say something; null ones do not.</summary>
    public ChatField Extended;

    /// <summary>What <c>safety</c> asks for.</summary>
    public SafetyFlags Safety;

    /// <summary>Byte ranges of the extension members with the comma that goes with each, in order.</summary>
    public ExtensionRanges Extensions;

    /// <summary>Reads and checks the members. False = <paramref name="problem"/> names the field and what is allowed.</summary>
    public static bool TryRead(JsonValue root, BodyShape shape, out ChatFields fields, out RequestError? problem)
    {
        fields = default;
        problem = null;
        if (root.Kind != JsonKind.Object) return Problem(out problem, "", "The request body must be a JSON object.");

        var seen = ChatField.None;
        var hasInput = shape is BodyShape.Model or BodyShape.Responses or BodyShape.Any;
        var hasMaxTokens = false;
        var keptBefore = false;
        var previousEnd = 0;
        var pendingStart = -1;
        foreach (var member in root.Members)
        {
            var begin = member.NameToken.Begin;
            if (pendingStart >= 0)
            {
                // A removed member with no kept one before it takes the comma that follows.
                fields.Extensions.Add(pendingStart, begin - pendingStart);
                pendingStart = -1;
            }
            var value = member.Value;
            var field = ChatFieldNames.Find(member.Name, shape);
            if (field != ChatField.None)
            {
                // Two members of one name: the provider might honour the other one than the gateway has checked.
                if ((seen & field) != 0) return Problem(out problem, member.Name.ToString(), "The field stands twice in the request body.");
                seen |= field;
            }
            switch (field)
            {
                case ChatField.Model:
                    if (value.Kind != JsonKind.String || value.RawText.IsEmpty) return Problem(out problem, "model", "Must be a non-empty string.");
                    // It becomes a look-up key, a header and a metric's neighbour: no provider's name is anywhere near this long.
                    if (value.RawText.Length > MaxModelBytes) return Problem(out problem, "model", $"Must be at most {MaxModelBytes} bytes long.");
                    fields.Model = value.Token;
                    break;
                case ChatField.Messages:
                    if (!CheckMessages(value, out problem)) return false;
                    hasInput = true;
                    break;
                case ChatField.Prompt:
                    hasInput = value.Kind != JsonKind.Null;
                    break;
                case ChatField.MaxTokens:
                    hasMaxTokens = value.Kind != JsonKind.Null;
                    break;
                case ChatField.Stream:
                    if (value.Kind is not (JsonKind.True or JsonKind.False or JsonKind.Null)) return Problem(out problem, "stream", "Must be true or false.");
                    fields.Stream = value.Kind == JsonKind.True;
                    fields.StreamValue = value.Token;
                    break;
                case ChatField.StreamOptions:
                    if (!ReadStreamOptions(value, ref fields, out problem)) return false;
                    break;
                case ChatField.N:
                    if (value.Kind is not (JsonKind.Number or JsonKind.Null)) return Problem(out problem, "n", "Must be a whole number.");
                    fields.SeveralChoices = value.Kind == JsonKind.Number && !(value.TryGetInt64(out var n) && n == 1);
                    break;
                case ChatField.None:
                    break;
                default:
                    if (value.Kind != JsonKind.Null) fields.Extended |= field;
                    if (!ExtensionFields.Check(field, member.Name, value, out problem)) return false;
                    if (field == ChatField.Safety) fields.Safety = ExtensionFields.Safety(value);
                    if (keptBefore) fields.Extensions.Add(previousEnd, value.Token.End - previousEnd);
                    else pendingStart = begin;
                    break;
            }
            previousEnd = value.Token.End;
            if (field <= ChatField.LastKept) keptBefore = true;
        }
        if (pendingStart >= 0) fields.Extensions.Add(pendingStart, previousEnd - pendingStart);
        if (fields.Model.Kind == JsonKind.None && shape != BodyShape.Any) return Problem(out problem, "model", "The field is missing; it must be a non-empty string.");
        if (shape == BodyShape.Messages && !hasMaxTokens) return Problem(out problem, "max_tokens", "The field is missing; it must be a whole number, at least 1.");
        if (hasInput) return true;
        return shape == BodyShape.Completions
            ? Problem(out problem, "prompt", "The field is missing; it must be a string.")
            : Problem(out problem, "messages", "The field is missing; it must be a non-empty array of messages.");
    }

    private static bool CheckMessages(JsonValue messages, out RequestError? problem)
    {
        problem = null;
        if (messages.Kind != JsonKind.Array) return Problem(out problem, "messages", "Must be a non-empty array of messages.");
        var i = 0;
        foreach (var message in messages.Elements)
        {
            if (message.Kind != JsonKind.Object) return Problem(out problem, $"messages[{i}]", "Must be an object with a role.");
            var role = message["role"u8];
            if (role.Kind != JsonKind.String || role.RawText.IsEmpty)
            {
                return Problem(out problem, $"messages[{i}].role", "Must be a string: system, developer, user, assistant, tool or function.");
            }
            i++;
        }
        return i > 0 || Problem(out problem, "messages", "Must hold at least one message.");
    }

    private static bool ReadStreamOptions(JsonValue options, ref ChatFields fields, out RequestError? problem)
    {
        problem = null;
        if (options.Kind is not (JsonKind.Object or JsonKind.Null)) return Problem(out problem, "stream_options", "Must be an object.");
        fields.StreamOptions = options.Token;
        var include = options["include_usage"u8];
        if (include.Kind == JsonKind.None) return true;
        if (include.Kind is not (JsonKind.True or JsonKind.False or JsonKind.Null))
        {
            return Problem(out problem, "stream_options.include_usage", "Must be true or false.");
        }
        fields.IncludeUsageValue = include.Token;
        fields.IncludeUsage = include.Kind == JsonKind.True;
        return true;
    }

    private static bool Problem(out RequestError? problem, string field, string message)
    {
        problem = new(field, message);
        return false;
    }
}
