using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>What must change in a body of the Responses API on its way to a provider of the same dialect, beyond the model's name.</summary>
public static class ResponsesBodyEdits
{
    /// <summary>
    /// Cuts out reasoning items whose state another family's provider wrote (see <see cref="ResponsesReasoning"/>), which this gateway's own answers bring into a conversation: OpenAI answers
    /// <c>invalid_encrypted_content</c> to the whole request.
    /// </summary>
    /// <param name="body">The body's bytes, for a first look that costs one search where there is no such item.</param>
    /// <param name="root">Its root value.</param>
    /// <param name="edits">Takes the edits; none where there is nothing to cut.</param>
    /// <returns>Something was cut.</returns>
    public static bool CutForeignReasoning(ReadOnlySpan<byte> body, JsonValue root, EditList edits)
    {
        if (body.IndexOf("encrypted_content\""u8) < 0) return false;
        var input = root["input"u8];
        if (input.Kind != JsonKind.Array) return false;
        var before = edits.Count;
        var cuts = new ListCuts(edits);
        foreach (var item in input.Elements) cuts.Next(item.Token.Begin, item.Token.End, IsForeign(item));
        cuts.End();
        return edits.Count > before;
    }

    private static bool IsForeign(JsonValue item)
    {
        if (!item["type"u8].IsString("reasoning"u8)) return false;
        var state = item["encrypted_content"u8];
        return state.Kind == JsonKind.String && ResponsesReasoning.IsForeign(state.Text);
    }
}
