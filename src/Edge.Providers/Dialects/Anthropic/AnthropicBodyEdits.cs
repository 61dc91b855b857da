using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Providers.Wire;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>What must change in a body of the Messages API on its way to a provider of the same dialect, beyond the model's name.</summary>
public static class AnthropicBodyEdits
{
    private static readonly byte[] _vertex = "\"anthropic_version\":\"vertex-2023-10-16\""u8.ToArray();
    private static readonly byte[] _bedrock = "\"anthropic_version\":\"bedrock-2023-05-31\""u8.ToArray();

    /// <summary>
    /// Claude on Vertex AI: the model stands in the path, and the body says which version of the API it is written for. One edit each: <c>"model":".."</c> becomes
    /// <c>"anthropic_version":"vertex-2023-10-16"</c>; a version that the client gave goes. No edit of the model's value may be added beside it.
    /// https://docs.claude.com/en/api/claude-on-vertex-ai
    /// </summary>
    public static void ForVertex(JsonValue root, EditList edits) => Rename(root, edits, _vertex, dropsStream: false);

    /// <summary>
    /// Claude behind Bedrock's InvokeModel: likewise with <c>bedrock-2023-05-31</c>, and <c>stream</c> goes, for the path says it.
    /// https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
    /// </summary>
    public static void ForBedrock(JsonValue root, EditList edits) => Rename(root, edits, _bedrock, dropsStream: true);

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
        var cuts = new Cuts(edits);
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
            var inner = new Cuts(edits);
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

    private static void Rename(JsonValue root, EditList edits, byte[] version, bool dropsStream)
    {
        var cuts = new Cuts(edits);
        foreach (var member in root.Members)
        {
            var goes = member.Name.Is("anthropic_version"u8) || (dropsStream && member.Name.Is("stream"u8));
            if (member.Name.Is("model"u8)) edits.Add(member.NameToken.Begin, member.Value.Token.End - member.NameToken.Begin, version);
            cuts.Next(member.NameToken.Begin, member.Value.Token.End, goes);
        }
        cuts.End();
    }

    // Cuts elements out of a list with the comma that goes with each: the one before it, or, at the list's beginning, the one behind.
    private struct Cuts(EditList edits)
    {
        private readonly EditList _edits = edits;
        private int _keptEnd = -1;
        private int _cutStart = -1;
        private int _cutEnd = -1;

        public void Next(int begin, int end, bool goes)
        {
            if (goes)
            {
                if (_cutStart < 0) _cutStart = _keptEnd >= 0 ? _keptEnd : begin;
                _cutEnd = end;
                return;
            }
            if (_cutStart >= 0) _edits.Add(_cutStart, (_keptEnd >= 0 ? _cutEnd : begin) - _cutStart, default);
            _cutStart = -1;
            _keptEnd = end;
        }

        public void End()
        {
            if (_cutStart >= 0) _edits.Add(_cutStart, _cutEnd - _cutStart, default);
        }
    }
}
