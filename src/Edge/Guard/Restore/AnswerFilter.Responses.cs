using System.Buffers;
using System.Buffers.Text;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard.Restore;

/// <summary>
/// OpenAI's responses: https://platform.openai.com/docs/api-reference/responses-streaming. Every <c>*.delta</c> event is a bit of a text; the events that end it say it whole. Its events are numbered, so where one is added
/// for a rest, all behind it count on from there.
/// </summary>
internal sealed partial class AnswerFilter
{
    private void ResponsesEvent(ReadOnlySpan<byte> data, JsonValue root, ReadOnlySpan<byte> eventType)
    {
        var type = root["type"u8].RawText;
        if (type.IsEmpty) type = eventType;
        var group = IndexOf(root["output_index"u8]);
        var isNumbered = root["sequence_number"u8].TryGetInt64(out var number);
        _number = isNumbered ? number : _number + 1;
        var isDelta = type.EndsWith(".delta"u8) && root["delta"u8].Kind == JsonKind.String;
        if (_guard is not null) _guard.IsRepeat = false;
        if (type.EndsWith(".done"u8)) EndTexts(group);
        else if (IsEnd(type)) EndTexts(null);
        // What is no delta says once more what deltas said.
        if (_guard is not null) _guard.IsRepeat = !isDelta && !type.EndsWith(".annotation.added"u8);
        foreach (var member in root.Members)
        {
            if (isDelta && member.Name.Is("delta"u8))
            {
                var depth = type.IndexOf("arguments"u8) >= 0 ? 2 : 1;
                var part = root["content_index"u8].Kind == JsonKind.Number ? root["content_index"u8] : root["summary_index"u8];
                var slot = Slot(Hash(type), group, IndexOf(part), depth);
                Text(data, member.Value.Token, slot, depth, isSaid: slot is null);
                if (slot is { Waiting: > 0 }) ResponsesRest(slot, data, root, type, isNumbered);
            }
            else if (_added > 0 && isNumbered && member.Name.Is("sequence_number"u8))
            {
                var token = member.Value.Token;
                _target.Write(data[_copied..token.Start]);
                Utf8Formatter.TryFormat(number + _added, _target.GetSpan(24), out var length);
                _target.Advance(length);
                _copied = token.End;
            }
            else
            {
                AnyMember(data, member);
            }
        }
    }

    private static bool IsEnd(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.incomplete"u8) || type.SequenceEqual("response.failed"u8) || type.SequenceEqual("response.cancelled"u8) || type.SequenceEqual("error"u8);

    // FNV-1a: which of the few types there are.
    private static int Hash(ReadOnlySpan<byte> type)
    {
        var hash = 2166136261;
        foreach (var b in type) hash = (hash ^ b) * 16777619;
        return (int)hash;
    }

    // The event that will say the rest, should the text end here: this one with another text.
    private static void ResponsesRest(AnswerSlot slot, ReadOnlySpan<byte> data, JsonValue root, ReadOnlySpan<byte> type, bool isNumbered)
    {
        var rest = slot.Event;
        rest.Clear();
        rest.Add("event: "u8).Add(type).Add("\ndata: {\"type\":\""u8).Add(type).Add("\","u8);
        if (isNumbered) rest.Add("\"sequence_number\":"u8).AddNumber().Add(","u8);
        foreach (var member in root.Members)
        {
            if (member.Value.Kind is JsonKind.String or JsonKind.Number && !member.Name.Is("type"u8) && !member.Name.Is("sequence_number"u8) && !member.Name.Is("delta"u8) && !member.Name.Is("obfuscation"u8))
            {
                rest.Add(data[member.NameToken.Begin..member.Value.Token.End]).Add(","u8);
            }
        }
        if (root["logprobs"u8].Kind == JsonKind.Array) rest.Add("\"logprobs\":[],"u8);
        rest.Add("\"delta\":\""u8).AddText().Add("\"}\n\n"u8);
    }
}
