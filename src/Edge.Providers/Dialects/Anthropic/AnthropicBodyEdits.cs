using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>What must change in a body of the Messages API on its way to a provider of the same dialect, beyond the model's name.</summary>
public static class AnthropicBodyEdits
{
    /// <summary>
    /// Cuts out thinking that Anthropic's servers would refuse the request over: blocks whose signature carries another family's mark (see <see cref="SignatureOrigin"/>) or
    /// is empty, which this gateway's own answers bring into a conversation that later moves to Anthropic. A message of nothing else goes with them.
    /// </summary>
    /// <param name="body">The body's bytes, for a first look that costs one search where there is no thinking.</param>
    /// <param name="root">Its root value.</param>
    /// <param name="edits">Takes the edits; none where there is nothing to cut.</param>
    /// <returns>Something was cut.</returns>
    public static bool CutForeignThinking(ReadOnlySpan<byte> body, JsonValue root, EditList edits)
    {
        if (body.IndexOf("thinking\""u8) < 0) return false;
        var before = edits.Count;
        var messages = root["messages"u8];
        var cuts = new ListCuts(edits);
        foreach (var message in messages.Elements)
        {
            var content = message["content"u8];
            var (blocks, foreign) = (0, 0);
            if (content.Kind == JsonKind.Array && message["role"u8].IsString("assistant"u8))
            {
                foreach (var block in content.Elements)
                {
                    blocks++;
                    if (IsForeign(block)) foreign++;
                }
            }
            var goes = foreign > 0 && foreign == blocks;
            cuts.Next(message.Token.Begin, message.Token.End, goes);
            if (foreign == 0 || goes) continue;
            var inner = new ListCuts(edits);
            foreach (var block in content.Elements) inner.Next(block.Token.Begin, block.Token.End, IsForeign(block));
            inner.End();
        }
        cuts.End();
        return edits.Count > before;
    }

    private static bool IsForeign(JsonValue block)
    {
        var type = block["type"u8];
        if (type.IsString("redacted_thinking"u8)) return !SignatureOrigin.IsAnthropic(block["data"u8].Text);
        if (!type.IsString("thinking"u8)) return false;
        var signature = block["signature"u8];
        return signature.IsNullOrAbsent || (signature.Kind == JsonKind.String && (signature.RawText.IsEmpty || !SignatureOrigin.IsAnthropic(signature.Text)));
    }
}
