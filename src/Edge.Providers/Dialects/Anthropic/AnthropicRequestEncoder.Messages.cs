using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

public sealed partial class AnthropicRequestEncoder
{
    private ref partial struct Body
    {
        private bool System()
        {
            var any = false;
            foreach (ref readonly var message in _request.Messages)
            {
                // A tool's result needs no name: its call has it.
                if (message.Role != ChatRole.Tool && message.Name.Length > 0) _dropped.Drop("messages.name");
                if (message.Role is not (ChatRole.System or ChatRole.Developer)) continue;
                var parts = _request.PartsOf(message);
                for (var i = 0; i < parts.Length; i++)
                {
                    var text = _request.Text(parts[i].Text);
                    if (AnthropicText.IsBlank(text)) continue;
                    _json.Raw(any ? ","u8 : ",\"system\":["u8);
                    TextBlock(text, CacheControlOf(message, parts, i));
                    any = true;
                }
            }
            ref readonly var format = ref _request.ResponseFormat;
            if (format.Kind is ResponseFormatKind.JsonObject or ResponseFormatKind.JsonSchema && !UsesNativeSchema())
            {
                _json.Raw(any ? ",{\"type\":\"text\",\"text\":\""u8 : ",\"system\":[{\"type\":\"text\",\"text\":\""u8);
                _json.Raw("Answer with one valid JSON object and nothing else: no prose around it, no code fence."u8);
                if (format.Schema.IsPresent)
                {
                    _json.Raw(" It must match this JSON schema: "u8);
                    _json.Text(JsonText.Plain(_request.Raw(format.Schema)));
                }
                _json.Raw("\"}"u8);
                any = true;
            }
            if (any) _json.Raw("]"u8);
            return true;
        }

        private bool Messages()
        {
            _json.Raw(",\"messages\":["u8);
            var messages = _request.Messages;
            for (var m = 0; m < messages.Length; m++)
            {
                ref readonly var message = ref messages[m];
                if (message.Role is ChatRole.System or ChatRole.Developer) continue;
                if (message.Role == ChatRole.Tool)
                {
                    if (!ToolResult(message)) return false;
                    continue;
                }
                var parts = _request.PartsOf(message);
                for (var i = 0; i < parts.Length; i++)
                {
                    var isLast = m == messages.Length - 1 && i == parts.Length - 1;
                    if (!Block(message, parts[i], CacheControlOf(message, parts, i), isLast)) return false;
                }
            }
            if (_messages == 0) return Fail("messages", "Must hold at least one user, assistant or tool message with content.");
            _json.Raw("]}]"u8);
            return true;
        }

        private bool Block(in ChatMessage message, in ChatPart part, BodyRange cacheControl, bool isLast)
        {
            var assistant = message.Role == ChatRole.Assistant;
            switch (part.Kind)
            {
                case ChatPartKind.Text:
                case ChatPartKind.Refusal:
                    var text = _request.Text(part.Text);
                    if (assistant && isLast) text = AnthropicText.TrimEnd(text);
                    if (AnthropicText.IsBlank(text)) return true;
                    OpenBlock(assistant);
                    TextBlock(text, cacheControl);
                    return true;
                case ChatPartKind.Thinking:
                    // The API verifies the signature, and refuses the whole request over a block without one or with another provider's.
                    if (part.Signature.Length == 0 || !SignatureOrigin.IsAnthropic(_request.Text(part.Signature)))
                    {
                        if (part.Text.Length > 0) _dropped.Drop(part.Position < 0 ? "messages.reasoning_content" : "messages.thinking_blocks");
                        return true;
                    }
                    OpenBlock(assistant);
                    _json.Raw("{\"type\":\"thinking\",\"thinking\":"u8);
                    _json.String(_request.Text(part.Text));
                    _json.Raw(",\"signature\":"u8);
                    _json.String(_request.Text(part.Signature));
                    _json.Raw("}"u8);
                    return true;
                case ChatPartKind.RedactedThinking:
                    if (!SignatureOrigin.IsAnthropic(_request.Text(part.Text)))
                    {
                        _dropped.Drop("messages.thinking_blocks");
                        return true;
                    }
                    OpenBlock(assistant);
                    _json.Raw("{\"type\":\"redacted_thinking\",\"data\":"u8);
                    _json.String(_request.Text(part.Text));
                    _json.Raw("}"u8);
                    return true;
                case ChatPartKind.ToolCall:
                    OpenBlock(assistant);
                    return ToolUse(message, part, cacheControl);
                default:
                    OpenBlock(assistant);
                    return Media(message, part, cacheControl);
            }
        }

        private bool ToolUse(in ChatMessage message, in ChatPart part, BodyRange cacheControl)
        {
            _json.Raw("{\"type\":\"tool_use\",\"id\":"u8);
            CallId(part.Id, part.CallNumber);
            _json.Raw(",\"name\":"u8);
            _json.String(_request.Text(part.Name));
            _json.Raw(",\"input\":"u8);
            if (!Arguments(part)) return Fail(_request.PathOf(message, part), "Must be a string that holds a JSON object.");
            EndBlock(cacheControl);
            return true;
        }

        private bool Arguments(in ChatPart part)
        {
            if (part.ArgumentsAreJson)
            {
                _json.Raw(_request.Raw(part.Text));
                return true;
            }
            var text = _request.Text(part.Text);
            if (AnthropicText.IsBlank(text))
            {
                _json.Raw("{}"u8);
                return true;
            }
            var arguments = Unescaped(text);
            if (!AnthropicText.IsObject(arguments)) return false;
            _json.Raw(arguments);
            return true;
        }

        // Several results in a row share one user message: the API wants all results of a turn there.
        private bool ToolResult(in ChatMessage message)
        {
            OpenBlock(assistant: false);
            _json.Raw("{\"type\":\"tool_result\",\"tool_use_id\":"u8);
            CallId(message.ToolCallId, message.CallNumber);
            var parts = _request.PartsOf(message);
            var cacheControl = message.CacheControl;
            if (parts is [{ Kind: ChatPartKind.Text } single])
            {
                if (single.Text.Length > 0)
                {
                    _json.Raw(",\"content\":"u8);
                    _json.String(_request.Text(single.Text));
                }
                if (!cacheControl.IsPresent) cacheControl = single.CacheControl;
            }
            else if (!ToolResultParts(message, parts))
            {
                return false;
            }
            if (message.IsError) _json.Raw(",\"is_error\":true"u8);
            EndBlock(cacheControl);
            return true;
        }

        private bool ToolResultParts(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            var any = false;
            foreach (ref readonly var part in parts)
            {
                var isText = part.Kind == ChatPartKind.Text;
                if (isText && AnthropicText.IsBlank(_request.Text(part.Text))) continue;
                _json.Raw(any ? ","u8 : ",\"content\":["u8);
                any = true;
                if (isText) TextBlock(_request.Text(part.Text), part.CacheControl);
                else if (!Media(message, part, part.CacheControl)) return false;
            }
            if (any) _json.Raw("]"u8);
            return true;
        }

        // Call and result come through here, so an id that we make up is the same on both sides.
        private void CallId(BodyRange id, int number)
        {
            if (id.IsPresent)
            {
                AnthropicText.WriteCallId(ref _json, _request.Text(id));
                return;
            }
            _json.Raw("\"function_call_"u8);
            _json.Number(number);
            _json.Raw("\""u8);
        }

        private void OpenBlock(bool assistant)
        {
            if (_isOpen && _isAssistant == assistant)
            {
                _json.Raw(","u8);
                return;
            }
            // The API wants the user to speak first; chats that open with the assistant's greeting are common.
            if (_messages == 0 && assistant)
            {
                _json.Raw("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"(The assistant begins.)\"}"u8);
                _messages++;
                _isOpen = true;
            }
            if (_isOpen) _json.Raw("]},"u8);
            _json.Raw(assistant ? "{\"role\":\"assistant\",\"content\":["u8 : "{\"role\":\"user\",\"content\":["u8);
            _isOpen = true;
            _isAssistant = assistant;
            _messages++;
        }

        private void TextBlock(JsonText text, BodyRange cacheControl)
        {
            _json.Raw("{\"type\":\"text\",\"text\":"u8);
            _json.String(text);
            EndBlock(cacheControl);
        }

        private void EndBlock(BodyRange cacheControl)
        {
            if (cacheControl.IsPresent)
            {
                _json.Raw(",\"cache_control\":"u8);
                _json.Raw(_request.Raw(cacheControl));
            }
            _json.Raw("}"u8);
        }

        // A mark on the message stands for its end.
        private static BodyRange CacheControlOf(in ChatMessage message, ReadOnlySpan<ChatPart> parts, int i) =>
            !parts[i].CacheControl.IsPresent && i == parts.Length - 1 ? message.CacheControl : parts[i].CacheControl;

        private readonly ReadOnlySpan<byte> Unescaped(JsonText text)
        {
            if (!text.IsEscaped) return text.Bytes;
            _scratch.Clear();
            _scratch.Advance(text.Unescape(_scratch.GetSpan(text.Bytes.Length)));
            return _scratch.Span;
        }
    }
}
