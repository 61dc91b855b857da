using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Chat;

/// <summary>A place in the client's body: the inside of a JSON string, or the raw JSON of any other value. The default stands for an absent value.</summary>
/// <param name="Start">Byte offset; never 0, where a body's root value begins.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Escaped">It is a string with at least one escape.</param>
public readonly record struct BodyRange(int Start, int Length, bool Escaped)
{
    public bool IsPresent => Start > 0;

    /// <summary>The value's place: of a string its inside, of any other kind all of it. Absent and null give the default.</summary>
    public static BodyRange Of(JsonValue value)
    {
        if (value.IsNullOrAbsent) return default;
        var token = value.Token;
        return new(token.Start, token.Length, token.Kind == JsonKind.String && token.Escaped);
    }
}
