using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

public sealed partial class OpenAiChatRequestEncoder
{
    private ref partial struct Body
    {
        private bool Messages()
        {
            _json.Raw(",\"messages\":["u8);
            var written = Instruction();
            var messages = _request.Messages;
            // The run of tool results whose media wait for the user message behind it; -1 = none.
            var waiting = -1;
            for (var m = 0; m < messages.Length; m++)
            {
                ref readonly var message = ref messages[m];
                if (waiting >= 0 && message.Role is not (ChatRole.Tool or ChatRole.User))
                {
                    if (!ResultMedia(ref written, waiting, m)) return false;
                    waiting = -1;
                }
                if (written++ > 0) _json.Raw(","u8);
                switch (message.Role)
                {
                    case ChatRole.Tool:
                        if (!ToolResult(message, out var hasMedia)) return false;
                        if (hasMedia && waiting < 0) waiting = m;
                        break;
                    case ChatRole.Assistant:
                        if (!Assistant(message, isLast: m == messages.Length - 1)) return false;
                        break;
                    default:
                        _json.Raw(message.Role == ChatRole.User ? "{\"role\":\"user\""u8 : "{\"role\":\"system\""u8);
                        Name(message);
                        _json.Raw(",\"content\":"u8);
                        if (!Content(message, waiting < 0 ? m : waiting, m)) return false;
                        _json.Raw("}"u8);
                        waiting = -1;
                        break;
                }
            }
            if (waiting >= 0 && !ResultMedia(ref written, waiting, messages.Length)) return false;
            if (written == 0) return Fail("messages", "Must hold at least one message.");
            _json.Raw("]"u8);
            return true;
        }

        // Where the provider cannot be held to a schema, the model is told of it; json_object demands the word JSON among the messages anyway.
        private int Instruction()
        {
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind != ResponseFormatKind.JsonSchema || TakesSchema()) return 0;
            _json.Raw("{\"role\":\"system\",\"content\":\"Answer with one valid JSON object and nothing else."u8);
            if (format.Schema.IsPresent)
            {
                _json.Raw(" It must match this JSON schema: "u8);
                _json.Text(JsonText.Plain(_request.Raw(format.Schema)));
            }
            _json.Raw("\"}"u8);
            return 1;
        }

        private void Name(in ChatMessage message)
        {
            if (message.Name.Length == 0) return;
            if (Has(ChatTraits.Strict | ChatTraits.NoNamesOrLogits)) _dropped.Drop("messages.name");
            else Member(",\"name\":"u8, message.Name);
        }

        // The message's content, behind the media of the results from firstResult on. One string where it is text alone: some servers take no array.
        private bool Content(in ChatMessage message, int firstResult, int position)
        {
            var parts = _request.PartsOf(message);
            if (firstResult == position && IsPlain(message, parts))
            {
                JoinedText(parts, "\\n\\n"u8);
                return true;
            }
            _json.Raw("["u8);
            var written = 0;
            for (var m = firstResult; m < position; m++)
            {
                if (!MediaOf(_request.Messages[m], ref written)) return false;
            }
            for (var i = 0; i < parts.Length; i++)
            {
                if (!Part(message, parts[i], MarkOf(message, parts, i), ref written)) return false;
            }
            if (written == 0) TextPart(default, default, ref written);
            _json.Raw("]"u8);
            return true;
        }

        private readonly bool IsPlain(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            if (parts.Length > 1 && Has(ChatTraits.OpenAi)) return false;
            for (var i = 0; i < parts.Length; i++)
            {
                if (!IsText(parts[i]) || MarkOf(message, parts, i).IsPresent) return false;
            }
            return true;
        }

        // A mark on the message stands for its end; absent where the provider takes none.
        private readonly BodyRange MarkOf(in ChatMessage message, ReadOnlySpan<ChatPart> parts, int i)
        {
            if (!Has(ChatTraits.CacheControl)) return default;
            return !parts[i].CacheControl.IsPresent && i == parts.Length - 1 ? message.CacheControl : parts[i].CacheControl;
        }

        private static bool IsText(in ChatPart part) =>
            part.Kind is ChatPartKind.Text or ChatPartKind.Refusal || part is { Kind: ChatPartKind.File, Source: ChatSource.Text };

        private void JoinedText(ReadOnlySpan<ChatPart> parts, ReadOnlySpan<byte> between)
        {
            _json.Raw("\""u8);
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (!IsText(part)) continue;
                if (any) _json.Raw(between);
                any = true;
                TextOf(part);
            }
            _json.Raw("\""u8);
        }

        // The inside of a JSON string.
        private void TextOf(in ChatPart part)
        {
            if (part.Kind == ChatPartKind.File && part.Name.Length > 0)
            {
                _json.Text(_request.Text(part.Name));
                _json.Raw(":\\n"u8);
            }
            _json.Text(_request.Text(part.Text));
        }

        private bool Assistant(in ChatMessage message, bool isLast)
        {
            var parts = _request.PartsOf(message);
            var (hasText, hasCalls, hasRefusal, hasMark) = (false, false, false, false);
            for (var i = 0; i < parts.Length; i++)
            {
                hasCalls |= parts[i].Kind == ChatPartKind.ToolCall;
                hasText |= parts[i].Kind == ChatPartKind.Text;
                hasRefusal |= parts[i].Kind == ChatPartKind.Refusal;
                hasMark |= parts[i].Kind == ChatPartKind.Text && MarkOf(message, parts, i).IsPresent;
                if (parts[i].Kind is ChatPartKind.Image or ChatPartKind.Audio or ChatPartKind.File) _dropped.Drop("messages.images");
            }
            _json.Raw("{\"role\":\"assistant\""u8);
            Name(message);
            _json.Raw(",\"content\":"u8);
            if (_isMagistral && ThinkingChunks(parts))
            {
                // They hold the text too.
            }
            else if (!hasText && (hasCalls || hasRefusal)) _json.Raw("null"u8);
            else if (hasMark) AssistantParts(message, parts);
            else AssistantText(parts, ChatPartKind.Text);
            if (hasRefusal)
            {
                _json.Raw(",\"refusal\":"u8);
                AssistantText(parts, ChatPartKind.Refusal);
            }
            EarlierReasoning(parts, hasCalls);
            if (hasCalls && !Calls(message, parts)) return false;
            if (isLast && !hasCalls && Has(ChatTraits.Prefix)) _json.Raw(",\"prefix\":true"u8);
            _json.Raw("}"u8);
            return true;
        }

        // What the model itself wrote that way. https://docs.mistral.ai/capabilities/reasoning
        private bool ThinkingChunks(ReadOnlySpan<ChatPart> parts)
        {
            var written = 0;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind != ChatPartKind.Thinking || part.Text.Length == 0) continue;
                Member(written++ > 0 ? ",{\"type\":\"text\",\"text\":"u8 : "[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":"u8, part.Text);
                _json.Raw("}"u8);
            }
            if (written == 0) return false;
            _json.Raw("]}"u8);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == ChatPartKind.Text) TextPart(_request.Text(part.Text), default, ref written);
            }
            _json.Raw("]"u8);
            return true;
        }

        // What an assistant said in pieces was one text, so nothing stands between them.
        private void AssistantText(ReadOnlySpan<ChatPart> parts, ChatPartKind kind)
        {
            _json.Raw("\""u8);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == kind) _json.Text(_request.Text(part.Text));
            }
            _json.Raw("\""u8);
        }

        private void AssistantParts(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            _json.Raw("["u8);
            var written = 0;
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i].Kind == ChatPartKind.Text) TextPart(_request.Text(parts[i].Text), MarkOf(message, parts, i), ref written);
            }
            _json.Raw("]"u8);
        }

        private bool Calls(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind != ChatPartKind.ToolCall) continue;
                _json.Raw(any ? ",{\"id\":"u8 : ",\"tool_calls\":[{\"id\":"u8);
                any = true;
                CallId(part.Id, part.CallNumber);
                Member(",\"type\":\"function\",\"function\":{\"name\":"u8, part.Name);
                _json.Raw(",\"arguments\":"u8);
                // JSON within JSON: raw arguments are plain text here and get escaped; a string of them is escaped already.
                var arguments = part.ArgumentsAreJson ? JsonText.Plain(_request.Raw(part.Text)) : _request.Text(part.Text);
                if (arguments.IsEmpty) _json.Raw("\"{}\""u8);
                else _json.String(arguments);
                _json.Raw("}"u8);
                if (Has(ChatTraits.ThoughtSignatures) && Gemini.GeminiSignatures.TryTake(_request.Text(part.Signature), out var signed, out var own) && signed == Gemini.SignedPart.Call)
                {
                    Member(",\"extra_content\":{\"google\":{\"thought_signature\":"u8, own);
                    _json.Raw("}}"u8);
                }
                _json.Raw("}"u8);
            }
            _json.Raw("]"u8);
            return true;
        }

        private bool ToolResult(in ChatMessage message, out bool hasMedia)
        {
            hasMedia = false;
            var parts = _request.PartsOf(message);
            var hasMark = false;
            for (var i = 0; i < parts.Length; i++)
            {
                hasMedia |= !IsText(parts[i]);
                hasMark |= MarkOf(message, parts, i).IsPresent;
            }
            _json.Raw("{\"role\":\"tool\",\"tool_call_id\":"u8);
            CallId(message.ToolCallId, message.CallNumber);
            // Mistral's tool messages have one; OpenAI's have none.
            if (message.Name.Length > 0 && Has(ChatTraits.Translated)) Member(",\"name\":"u8, message.Name);
            _json.Raw(hasMark ? ",\"content\":[{\"type\":\"text\",\"text\":\""u8 : ",\"content\":\""u8);
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (!IsText(part)) continue;
                // The dialect has no mark for a tool that failed; the model must learn of it from the text.
                if (any) _json.Raw("\\n"u8);
                else if (message.IsError && !SaysError(_request.Text(part.Text))) _json.Raw("Error: "u8);
                any = true;
                TextOf(part);
            }
            if (!any && message.IsError) _json.Raw("Error"u8);
            if (hasMedia) _json.Raw(any || message.IsError ? "\\n(Its media follow in the next message of the user.)"u8 : "(Its media follow in the next message of the user.)"u8);
            _json.Raw("\""u8);
            if (hasMark)
            {
                RawMember(",\"cache_control\":"u8, MarkOfResult(message, parts));
                _json.Raw("}]"u8);
            }
            _json.Raw("}"u8);
            return true;
        }

        private readonly BodyRange MarkOfResult(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            for (var i = parts.Length - 1; i >= 0; i--)
            {
                if (MarkOf(message, parts, i) is { IsPresent: true } mark) return mark;
            }
            return default;
        }

        private static bool SaysError(JsonText text) => text.Bytes.Length >= 5 && System.Text.Ascii.EqualsIgnoreCase(text.Bytes[..5], "error"u8);

        private bool ResultMedia(ref int written, int from, int end)
        {
            if (written++ > 0) _json.Raw(","u8);
            _json.Raw("{\"role\":\"user\",\"content\":["u8);
            var count = 0;
            for (var m = from; m < end; m++)
            {
                if (!MediaOf(_request.Messages[m], ref count)) return false;
            }
            _json.Raw("]}"u8);
            return true;
        }

        // Under a line that says whose they are.
        private bool MediaOf(in ChatMessage message, ref int written)
        {
            var isFirst = true;
            foreach (ref readonly var part in _request.PartsOf(message))
            {
                if (IsText(part)) continue;
                if (isFirst)
                {
                    _json.Raw(written++ > 0 ? ",{\"type\":\"text\",\"text\":\"Media of the result of tool call "u8 : "{\"type\":\"text\",\"text\":\"Media of the result of tool call "u8);
                    if (message.ToolCallId.IsPresent) _json.Text(_request.Text(message.ToolCallId));
                    else _json.Number(message.CallNumber);
                    _json.Raw(":\"}"u8);
                    isFirst = false;
                }
                if (!Part(message, part, default, ref written)) return false;
            }
            return true;
        }
    }
}
