using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Guard.Restore;

/// <summary>OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat-streaming) with what compatible providers add, and its legacy completions.</summary>
internal sealed partial class AnswerFilter
{
    private enum ChatText
    {
        Content,
        Refusal,
        ReasoningContent,
        Reasoning,
        Details,
        PartText,
        PartThinking,
        Arguments,
        Input,
        FunctionCall,
        Transcript,
        Completion,
    }

    // Texts of one family may come side by side: the same reasoning under two names, calls in turn.
    private static int Family(int kind) => (ChatText)kind switch
    {
        ChatText.Refusal => 1,
        ChatText.ReasoningContent or ChatText.Reasoning or ChatText.Details or ChatText.PartThinking => 2,
        ChatText.Arguments or ChatText.Input or ChatText.FunctionCall => 3,
        _ => 0,
    };

    private long _events;

    // Of the choice at hand, what this event says something of, a bit for each family; and whether a call begins in it.
    private int _families;
    private bool _beginsCall;

    private void ChatEvent(ReadOnlySpan<byte> data, JsonValue root)
    {
        _events++;
        foreach (var member in root.Members)
        {
            if (!member.Name.Is("choices"u8))
            {
                AnyMember(data, member);
                continue;
            }
            foreach (var choice in member.Value.Elements) Choice(data, root, choice);
        }
    }

    private void Choice(ReadOnlySpan<byte> data, JsonValue root, JsonValue choice)
    {
        var index = IndexOf(choice["index"u8]);
        // Some servers write "" until the end.
        _isLast = choice["finish_reason"u8] is { Kind: JsonKind.String, RawText.Length: > 0 };
        (_families, _beginsCall) = (0, false);
        foreach (var member in choice.Members)
        {
            if (member.Name.Is("delta"u8)) Delta(data, root, member.Value, index);
            else if (member.Name.Is("text"u8)) ChatPart(data, root, member.Value, ChatText.Completion, index, 0);
            else AnyMember(data, member);
        }
        if (_isLast) EndTexts(index);
        else EndOthers(index);
        _isLast = false;
    }

    private void Delta(ReadOnlySpan<byte> data, JsonValue root, JsonValue delta, int index)
    {
        foreach (var member in delta.Members)
        {
            var name = member.Name;
            var value = member.Value;
            if (name.Is("content"u8))
            {
                if (value.Kind == JsonKind.Array) Parts(data, root, value, index);
                else ChatPart(data, root, value, ChatText.Content, index, 0);
            }
            else if (name.Is("tool_calls"u8)) Calls(data, root, value, index);
            else if (name.Is("reasoning_content"u8)) ChatPart(data, root, value, ChatText.ReasoningContent, index, 0);
            else if (name.Is("reasoning"u8)) ChatPart(data, root, value, ChatText.Reasoning, index, 0);
            else if (name.Is("refusal"u8)) ChatPart(data, root, value, ChatText.Refusal, index, 0);
            else if (name.Is("function_call"u8)) Inside(data, root, value, "arguments"u8, ChatText.FunctionCall, index, 0);
            else if (name.Is("audio"u8)) Inside(data, root, value, "transcript"u8, ChatText.Transcript, index, 0);
            else if (name.Is("reasoning_details"u8))
            {
                // https://openrouter.ai/docs/use-cases/reasoning-tokens: text or summary, by place.
                foreach (var detail in value.Elements) Inside(data, root, detail, detail["summary"u8].Kind == JsonKind.String ? "summary"u8 : "text"u8, ChatText.Details, index, IndexOf(detail["index"u8]));
            }
            else AnyMember(data, member);
        }
    }

    // Mistral's content of several kinds: https://docs.mistral.ai/capabilities/reasoning/
    private void Parts(ReadOnlySpan<byte> data, JsonValue root, JsonValue parts, int index)
    {
        foreach (var part in parts.Elements)
        {
            foreach (var member in part.Members)
            {
                if (member.Name.Is("text"u8)) ChatPart(data, root, member.Value, ChatText.PartText, index, 0);
                else if (!member.Name.Is("thinking"u8)) AnyMember(data, member);
                else if (member.Value.Kind == JsonKind.String) Text(data, member.Value.Token, null, 1, isSaid: true);
                else foreach (var thought in member.Value.Elements) Inside(data, root, thought, "text"u8, ChatText.PartThinking, index, 0);
            }
        }
    }

    private void Calls(ReadOnlySpan<byte> data, JsonValue root, JsonValue calls, int index)
    {
        var left = 0;
        foreach (var _ in calls.Elements) left++;
        var isLast = _isLast;
        foreach (var call in calls.Elements)
        {
            var number = IndexOf(call["index"u8]);
            // Its name alone begins it.
            var isNew = !_slots.ContainsKey(new((int)ChatText.Arguments, index, number)) && !_slots.ContainsKey(new((int)ChatText.Input, index, number));
            _families |= 1 << Family((int)ChatText.Arguments);
            _beginsCall |= isNew;
            // Some servers say several calls at once, each whole.
            left--;
            _isLast = isLast || (isNew && left > 0 && call["function"u8]["arguments"u8].RawText is [(byte)'{', .., (byte)'}']);
            foreach (var member in call.Members)
            {
                if (member.Name.Is("function"u8)) Inside(data, root, member.Value, "arguments"u8, ChatText.Arguments, index, number);
                else if (member.Name.Is("custom"u8)) Inside(data, root, member.Value, "input"u8, ChatText.Input, index, number);
                else AnyMember(data, member);
            }
        }
        _isLast = isLast;
    }

    private void Inside(ReadOnlySpan<byte> data, JsonValue root, JsonValue value, ReadOnlySpan<byte> name, ChatText kind, int choice, int part)
    {
        foreach (var member in value.Members)
        {
            if (member.Name.Is(name)) ChatPart(data, root, member.Value, kind, choice, part);
            else AnyMember(data, member);
        }
    }

    private void ChatPart(ReadOnlySpan<byte> data, JsonValue root, JsonValue value, ChatText kind, int choice, int part)
    {
        if (value.Kind != JsonKind.String)
        {
            Any(data, value);
            return;
        }
        var depth = kind is ChatText.Arguments or ChatText.FunctionCall ? 2 : 1;
        var slot = Slot((int)kind, choice, part, depth);
        Text(data, value.Token, slot, depth, isSaid: slot is null);
        // Chunks of one text say "" for the others.
        if (value.Token.Length > 0)
        {
            _families |= 1 << Family((int)kind);
            if (slot is not null) slot.LastEvent = _events;
        }
        if (slot is { Waiting: > 0 }) ChatRest(slot, data, root);
    }

    // What is held of a choice's other texts goes before the event that says another one: clients show a text, or run a call, when the next one begins. Texts of one event are side by side, and none of them is over.
    private void EndOthers(int choice)
    {
        if (_openBytes == 0 || _families == 0) return;
        foreach (var (key, slot) in _slots)
        {
            if (slot.Open == 0 || key.Group != choice || slot.LastEvent == _events) continue;
            var family = Family(key.Kind);
            if ((_families & (1 << family)) == 0 || (_beginsCall && family == Family((int)ChatText.Arguments))) EndText(slot);
            if (Blocked is not null) return;
        }
    }

    // The chunk that will say the rest, should the text end here.
    private static void ChatRest(AnswerSlot slot, ReadOnlySpan<byte> data, JsonValue root)
    {
        var chunk = slot.Event;
        chunk.Clear();
        chunk.Add("data: {"u8);
        foreach (var member in root.Members)
        {
            if (member.Value.Kind is not (JsonKind.Object or JsonKind.Array or JsonKind.Null)) chunk.Add(data[member.NameToken.Begin..member.Value.Token.End]).Add(","u8);
        }
        var (_, choice, part) = slot.Key;
        var kind = (ChatText)slot.Key.Kind;
        chunk.Add("\"choices\":[{\"index\":"u8).Add(choice);
        if (kind == ChatText.Completion)
        {
            chunk.Add(",\"text\":\""u8).AddText().Add("\",\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8);
            return;
        }
        chunk.Add(",\"delta\":{"u8);
        switch (kind)
        {
            case ChatText.Arguments:
                chunk.Add("\"tool_calls\":[{\"index\":"u8).Add(part).Add(",\"function\":{\"arguments\":\""u8).AddText().Add("\"}}]"u8);
                break;
            case ChatText.Input:
                chunk.Add("\"tool_calls\":[{\"index\":"u8).Add(part).Add(",\"custom\":{\"input\":\""u8).AddText().Add("\"}}]"u8);
                break;
            case ChatText.FunctionCall:
                chunk.Add("\"function_call\":{\"arguments\":\""u8).AddText().Add("\"}"u8);
                break;
            case ChatText.Transcript:
                chunk.Add("\"audio\":{\"transcript\":\""u8).AddText().Add("\"}"u8);
                break;
            case ChatText.Details:
                chunk.Add("\"reasoning_details\":[{\"index\":"u8).Add(part).Add(",\"type\":\"reasoning.text\",\"text\":\""u8).AddText().Add("\"}]"u8);
                break;
            case ChatText.PartText:
                chunk.Add("\"content\":[{\"type\":\"text\",\"text\":\""u8).AddText().Add("\"}]"u8);
                break;
            case ChatText.PartThinking:
                chunk.Add("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\""u8).AddText().Add("\"}]}]"u8);
                break;
            default:
                chunk.Add(kind switch { ChatText.Refusal => "\"refusal\":\""u8, ChatText.Reasoning => "\"reasoning\":\""u8, ChatText.ReasoningContent => "\"reasoning_content\":\""u8, _ => "\"content\":\""u8 });
                chunk.AddText().Add("\""u8);
                break;
        }
        chunk.Add("},\"finish_reason\":null}]}\n\n"u8);
    }
}
