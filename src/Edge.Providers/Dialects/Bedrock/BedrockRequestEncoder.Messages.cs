using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Dialects.Anthropic;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

public sealed partial class BedrockRequestEncoder
{
    private ref partial struct Body
    {
        private bool Messages()
        {
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
            CloseMessage(_model.TakesCachePoints ? _request.CacheControl : default);
            _json.Raw("]"u8);
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
                    if (assistant && isLast && IsClaude) text = AnthropicText.TrimEnd(text);
                    if (AnthropicText.IsBlank(text)) return true;
                    OpenBlock(assistant);
                    _hasText = true;
                    _json.Raw("{\"text\":"u8);
                    _json.String(text);
                    _json.Raw("}"u8);
                    break;
                case ChatPartKind.Thinking:
                    return Thinking(part, assistant);
                case ChatPartKind.RedactedThinking:
                    return Redacted(part, assistant);
                case ChatPartKind.ToolCall:
                    OpenBlock(assistant);
                    if (!ToolUse(message, part)) return false;
                    break;
                default:
                    OpenBlock(assistant);
                    if (!Media(message, part)) return false;
                    break;
            }
            CachePoint(cacheControl);
            return true;
        }

        // Claude takes its own reasoning back, signed; the others refuse the block.
        private bool Thinking(in ChatPart part, bool assistant)
        {
            var signature = _request.Text(part.Signature);
            if (!IsClaude || signature.IsEmpty || !SignatureOrigin.IsAnthropic(signature))
            {
                if (part.Text.Length > 0) _dropped.Drop(part.Position < 0 ? "messages.reasoning_content" : "messages.thinking_blocks");
                return true;
            }
            OpenBlock(assistant);
            _json.Raw("{\"reasoningContent\":{\"reasoningText\":{\"text\":"u8);
            _json.String(_request.Text(part.Text));
            _json.Raw(",\"signature\":"u8);
            _json.String(signature);
            _json.Raw("}}}"u8);
            return true;
        }

        // A blob is base64 in JSON, and what the Messages API calls its data is base64 already: see the decoder.
        private bool Redacted(in ChatPart part, bool assistant)
        {
            var data = _request.Text(part.Text);
            if (!IsClaude || data.IsEmpty || !SignatureOrigin.IsAnthropic(data))
            {
                _dropped.Drop("messages.thinking_blocks");
                return true;
            }
            OpenBlock(assistant);
            _json.Raw("{\"reasoningContent\":{\"redactedContent\":\""u8);
            Base64Of(Unescaped(data));
            _json.Raw("\"}}"u8);
            return true;
        }

        private bool ToolUse(in ChatMessage message, in ChatPart part)
        {
            _json.Raw("{\"toolUse\":{\"toolUseId\":"u8);
            CallId(part.Id, part.CallNumber);
            _json.Raw(",\"name\":"u8);
            _json.String(_request.Text(part.Name));
            _json.Raw(",\"input\":"u8);
            if (!Arguments(part)) return Fail(_request.PathOf(message, part), "Must be a string that holds a JSON object.");
            _json.Raw("}}"u8);
            return true;
        }

        private bool Arguments(in ChatPart part)
        {
            if (part.ArgumentsAreJson)
            {
                var raw = _request.Raw(part.Text);
                if (!IsObject(raw)) return false;
                _json.Raw(raw);
                return true;
            }
            var text = _request.Text(part.Text);
            if (AnthropicText.IsBlank(text))
            {
                _json.Raw("{}"u8);
                return true;
            }
            var arguments = Unescaped(text);
            if (!IsObject(arguments)) return false;
            _json.Raw(arguments);
            return true;
        }

        // Several results in a row share one user message: Converse wants all results of a turn there.
        private bool ToolResult(in ChatMessage message)
        {
            OpenBlock(assistant: false);
            _json.Raw("{\"toolResult\":{\"toolUseId\":"u8);
            CallId(message.ToolCallId, message.CallNumber);
            _json.Raw(",\"content\":["u8);
            var parts = _request.PartsOf(message);
            var any = false;
            var cacheControl = message.CacheControl;
            foreach (ref readonly var part in parts)
            {
                if (!cacheControl.IsPresent) cacheControl = part.CacheControl;
                var isText = part.Kind is ChatPartKind.Text or ChatPartKind.Refusal;
                if (isText && AnthropicText.IsBlank(_request.Text(part.Text))) continue;
                if (any) _json.Raw(","u8);
                any = true;
                if (!isText)
                {
                    var wasDocument = _hasDocument;
                    if (!Media(message, part)) return false;
                    // The rule about a text beside a document is for the message's own.
                    _hasDocument = wasDocument;
                    continue;
                }
                _json.Raw("{\"text\":"u8);
                _json.String(_request.Text(part.Text));
                _json.Raw("}"u8);
            }
            // A blank text is refused.
            if (!any) _json.Raw("{\"text\":\"(empty)\"}"u8);
            _json.Raw(message.IsError ? "],\"status\":\"error\"}}"u8 : "]}}"u8);
            CachePoint(cacheControl);
            return true;
        }

        // Call and result come through here, so an id that we make up is the same on both sides.
        private void CallId(BodyRange id, int number)
        {
            if (id.IsPresent)
            {
                BedrockText.WriteCallId(ref _json, _request.Text(id));
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
            // Converse wants the user to speak first; chats that open with the assistant's greeting are common.
            if (_messages == 0 && assistant)
            {
                _json.Raw("{\"role\":\"user\",\"content\":[{\"text\":\"(The assistant begins.)\"}"u8);
                _messages++;
                _isOpen = true;
            }
            if (_isOpen)
            {
                CloseMessage(default);
                _json.Raw(","u8);
            }
            _json.Raw(assistant ? "{\"role\":\"assistant\",\"content\":["u8 : "{\"role\":\"user\",\"content\":["u8);
            _isOpen = true;
            _isAssistant = assistant;
            _messages++;
        }

        private void CloseMessage(BodyRange cacheControl)
        {
            // Refused: a document without any text beside it.
            if (_hasDocument && !_hasText) _json.Raw(",{\"text\":\"(See the document.)\"}"u8);
            CachePoint(cacheControl);
            (_hasText, _hasDocument) = (false, false);
            _json.Raw("]}"u8);
        }

        // Behind what it marks, a block of its own. An hour is Claude's alone.
        private void CachePoint(BodyRange cacheControl)
        {
            if (!cacheControl.IsPresent) return;
            if (!_model.TakesCachePoints)
            {
                _dropped.Drop("messages.cache_control");
                return;
            }
            var hour = IsClaude && BedrockText.IsHour(_request.Raw(cacheControl));
            _json.Raw(hour ? ",{\"cachePoint\":{\"type\":\"default\",\"ttl\":\"1h\"}}"u8 : ",{\"cachePoint\":{\"type\":\"default\"}}"u8);
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

        private static bool IsObject(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 512 });
            try
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
                reader.Skip();
                return !reader.Read();
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}
