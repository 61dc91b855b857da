using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard.Restore;

/// <summary>Anthropic's messages: https://docs.claude.com/en/docs/build-with-claude/streaming</summary>
internal sealed partial class AnswerFilter
{
    private enum MessageText
    {
        Text,
        Thinking,
        Input,
    }

    private void MessagesEvent(ReadOnlySpan<byte> data, JsonValue root)
    {
        var type = root["type"u8].Text;
        var block = IndexOf(root["index"u8]);
        var isDelta = type.Is("content_block_delta"u8);
        var isStart = !isDelta && type.Is("content_block_start"u8);
        if (type.Is("content_block_stop"u8)) EndTexts(block);
        // A block that has begun ends by its own event. Whatever else comes then ends the message, but for the pings.
        else if (!isDelta && !isStart && !type.Is("ping"u8)) EndTexts(null);
        // The signature covers the whole of its block's reasoning.
        if (isDelta && root["delta"u8]["signature"u8].Kind != JsonKind.None) EndTexts(block);
        foreach (var member in root.Members)
        {
            if (!(isDelta && member.Name.Is("delta"u8)) && !(isStart && member.Name.Is("content_block"u8)))
            {
                AnyMember(data, member);
                continue;
            }
            foreach (var inner in member.Value.Members)
            {
                if (inner.Value.Kind != JsonKind.String) AnyMember(data, inner);
                else if (inner.Name.Is("text"u8)) Block(data, inner.Value, MessageText.Text, block);
                else if (inner.Name.Is("thinking"u8)) Block(data, inner.Value, MessageText.Thinking, block);
                else if (inner.Name.Is("partial_json"u8)) Block(data, inner.Value, MessageText.Input, block);
                else AnyMember(data, inner);
            }
        }
    }

    private void Block(ReadOnlySpan<byte> data, JsonValue value, MessageText kind, int block)
    {
        var depth = kind == MessageText.Input ? 2 : 1;
        var slot = Slot((int)kind, block, 0, depth, isExact: kind == MessageText.Thinking);
        Text(data, value.Token, slot, depth, isSaid: slot is null);
        if (slot is not { Waiting: > 0 } || !slot.Event.IsEmpty) return;
        slot.Event.Add("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8).Add(block).Add(",\"delta\":{\"type\":\""u8)
            .Add(kind switch
            {
                MessageText.Text => "text_delta\",\"text\":\""u8,
                MessageText.Thinking => "thinking_delta\",\"thinking\":\""u8,
                _ => "input_json_delta\",\"partial_json\":\""u8,
            })
            .AddText().Add("\"}}\n\n"u8);
    }
}
