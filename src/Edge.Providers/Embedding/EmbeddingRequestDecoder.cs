using System.Diagnostics.CodeAnalysis;
using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Embedding;

/// <summary>
/// A body of OpenAI's embeddings -> <see cref="EmbeddingRequest"/>. What is wrong is a <see cref="RequestError"/> that names the field and what is allowed, never an
/// exception; null counts as absent where a field is optional. https://platform.openai.com/docs/api-reference/embeddings/create
/// <para>
/// Beyond OpenAI's own fields it takes what its clients send to other providers: <c>input_type</c> (or <c>task_type</c>, <c>taskType</c>), <c>truncate</c> (or
/// <c>truncation</c>), <c>output_dimension</c> and <c>outputDimensionality</c> for <c>dimensions</c>.
/// </para>
/// </summary>
public static class EmbeddingRequestDecoder
{
    /// <summary>Texts of one request at most, as at OpenAI.</summary>
    public const int MaxInputs = 2048;

    private const string InputKinds = "Must be a string, an array of strings, an array of token ids or an array of arrays of token ids.";
    private static readonly string _tooMany = $"Must not be empty, and hold at most {MaxInputs} inputs.";

    /// <summary>Reads a request.</summary>
    /// <param name="body">The client's body; must live as long as <paramref name="request"/> is used.</param>
    /// <param name="tokens">The body's index.</param>
    /// <param name="request">Cleared and filled.</param>
    /// <param name="error">What is wrong first.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, ReadOnlySpan<JsonToken> tokens, EmbeddingRequest request, [NotNullWhen(false)] out RequestError? error)
    {
        request.Clear();
        request.Body = body;
        error = Root(new JsonValue(body.Span, tokens), request);
        return error is null;
    }

    private static RequestError? Root(JsonValue root, EmbeddingRequest request)
    {
        if (root.Kind != JsonKind.Object) return new("", "The request body must be a JSON object.");
        JsonValue input = default;
        foreach (var member in root.Members)
        {
            var value = member.Value;
            var name = member.Name;
            RequestError? error = null;
            if (name.Is("model"u8))
            {
                if (value.Kind != JsonKind.String || value.RawText.IsEmpty) return new("model", "Must be a non-empty string.");
                request.Model = BodyRange.Of(value);
            }
            else if (name.Is("input"u8))
            {
                input = value;
            }
            else if (name.Is("dimensions"u8) || name.Is("output_dimension"u8) || name.Is("outputDimensionality"u8))
            {
                error = Dimensions(name, value, request);
            }
            else if (name.Is("encoding_format"u8))
            {
                error = Format(value, request);
            }
            else if (name.Is("input_type"u8) || name.Is("task_type"u8) || name.Is("taskType"u8))
            {
                error = Task(name, value, request);
            }
            else if (name.Is("truncate"u8) || name.Is("truncation"u8))
            {
                error = Truncation(name, value, request);
            }
            else if (name.Is("user"u8))
            {
                if (!value.IsNullOrAbsent && value.Kind != JsonKind.String) return new("user", "Must be a string.");
                request.User = BodyRange.Of(value);
            }
            else if (!value.IsNullOrAbsent && !IsGatewaysOwn(name))
            {
                var start = member.NameToken.Begin;
                request.Others.Add((new(member.NameToken.Start, member.NameToken.Length, member.NameToken.Escaped), new(start, value.Token.End - start, false)));
            }
            if (error is not null) return error;
        }
        if (!request.Model.IsPresent) return new("model", "The field is missing; it must be a non-empty string.");
        return Input(input, request);
    }

    // The extension fields of every operation; they are read before and never leave the gateway.
    private static bool IsGatewaysOwn(JsonText name) => name.Is("routing"u8) || name.Is("cache"u8) || name.Is("safety"u8) || name.Is("budget"u8);

    private static RequestError? Dimensions(JsonText name, JsonValue value, EmbeddingRequest request)
    {
        if (value.IsNullOrAbsent) return null;
        if (!value.TryGetInt64(out var dimensions) || dimensions is < 1 or > int.MaxValue) return new(name.ToString(), "Must be an integer of at least 1.");
        request.Dimensions = dimensions;
        return null;
    }

    private static RequestError? Format(JsonValue value, EmbeddingRequest request)
    {
        request.Base64 = value.IsString("base64"u8);
        return value.IsNullOrAbsent || request.Base64 || value.IsString("float"u8) ? null : new("encoding_format", "Must be \"float\" or \"base64\".");
    }

    private static RequestError? Task(JsonText name, JsonValue value, EmbeddingRequest request)
    {
        if (value.IsNullOrAbsent) return null;
        if (value.Kind != JsonKind.String || !EmbeddingTasks.TryParse(value.Text, out var task)) return new(name.ToString(), $"Must be {EmbeddingTasks.Allowed}.");
        request.Task = task;
        return null;
    }

    private static RequestError? Truncation(JsonText name, JsonValue value, EmbeddingRequest request)
    {
        if (value.IsNullOrAbsent) return null;
        if (value.TryGetBoolean(out var cut))
        {
            request.Truncation = cut ? EmbeddingTruncation.End : EmbeddingTruncation.None;
            return null;
        }
        request.Truncation =
            value.IsString("END"u8) || value.IsString("end"u8) ? EmbeddingTruncation.End
            : value.IsString("START"u8) || value.IsString("start"u8) ? EmbeddingTruncation.Start
            : value.IsString("NONE"u8) || value.IsString("none"u8) ? EmbeddingTruncation.None
            : EmbeddingTruncation.Default;
        return request.Truncation != EmbeddingTruncation.Default ? null : new(name.ToString(), "Must be true, false, \"NONE\", \"START\" or \"END\".");
    }

    private static RequestError? Input(JsonValue value, EmbeddingRequest request)
    {
        if (value.IsNullOrAbsent) return new("input", $"The field is missing. {InputKinds}");
        request.Input = BodyRange.Of(value);
        if (value.Kind == JsonKind.String)
        {
            request.InputIsString = true;
            request.Add(new(BodyRange.Of(value), IsTokens: false));
            return null;
        }
        if (value.Kind != JsonKind.Array) return new("input", InputKinds);
        var first = JsonKind.None;
        var i = 0;
        foreach (var element in value.Elements)
        {
            if (first == JsonKind.None) first = element.Kind;
            if (first != JsonKind.Number && i >= MaxInputs) return new("input", _tooMany);
            var good = element.Kind == first && first switch
            {
                JsonKind.String => true,
                JsonKind.Number => element.TryGetInt64(out _),
                JsonKind.Array => AreTokens(element),
                _ => false,
            };
            if (!good) return new($"input[{i}]", first == JsonKind.String ? "Must be a string, as the first one is." : InputKinds);
            if (first != JsonKind.Number) request.Add(new(BodyRange.Of(element), IsTokens: first == JsonKind.Array));
            i++;
        }
        if (first == JsonKind.None) return new("input", _tooMany);
        if (first == JsonKind.Number) request.Add(new(BodyRange.Of(value), IsTokens: true));
        return null;
    }

    private static bool AreTokens(JsonValue array)
    {
        var any = false;
        foreach (var token in array.Elements)
        {
            if (!token.TryGetInt64(out _)) return false;
            any = true;
        }
        return any;
    }
}
