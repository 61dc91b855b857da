using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Ollama;

public sealed partial class OllamaRequestEncoder
{
    private ref partial struct Body
    {
        private bool Messages()
        {
            _json.Raw(",\"messages\":["u8);
            foreach (ref readonly var message in _request.Messages)
            {
                if (message.Role != ChatRole.Tool && message.Name.Length > 0) _dropped.Drop("messages.name");
                Turn(message);
                if (!Message(message)) return false;
            }
            _json.Raw("]"u8);
            return _messages > 0 || Fail("messages", "Must hold at least one message.");
        }

        private bool Message(in ChatMessage message)
        {
            _json.Raw(_messages++ > 0 ? ",{\"role\":\""u8 : "{\"role\":\""u8);
            _json.Raw(message.Role switch
            {
                ChatRole.User => "user"u8,
                ChatRole.Assistant => "assistant"u8,
                ChatRole.Tool => "tool"u8,
                _ => "system"u8,
            });
            _json.Raw("\",\"content\":\""u8);
            var parts = _request.PartsOf(message);
            if (!Texts(message, parts)) return false;
            _json.Raw("\""u8);
            if (message.Role == ChatRole.Assistant)
            {
                Thoughts(parts);
                if (!Calls(message, parts)) return false;
            }
            else if (!Images(message, parts))
            {
                return false;
            }
            if (message.Role == ChatRole.Tool) CalledTool(message);
            _json.Raw("}"u8);
            return true;
        }

        private bool Texts(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            var any = false;
            foreach (ref readonly var part in parts)
            {
                var text = _request.Text(part.Text);
                if (part.Kind == ChatPartKind.Audio) return FailPart(message, part, "Ollama takes no audio.");
                if (part.Kind == ChatPartKind.File)
                {
                    if (!RequestParts.TryFileText(_request, part, _scratch, out text)) return FailPart(message, part, "Must be a text file (text/*, UTF-8): Ollama reads no PDF or other binary files.");
                }
                else if (part.Kind is not (ChatPartKind.Text or ChatPartKind.Refusal))
                {
                    continue;
                }
                // Parts are pieces of their own; run together, the end of one file and the question behind it would be one word.
                if (any) _json.Raw("\\n"u8);
                any = true;
                if (part.Kind == ChatPartKind.File && part.Name.Length > 0)
                {
                    _json.Text(_request.Text(part.Name));
                    _json.Raw(":\\n"u8);
                }
                _json.Text(text);
            }
            return true;
        }

        private bool Images(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind != ChatPartKind.Image) continue;
                if (!_request.TryMedia(part, out _, out var base64)) return FailPart(message, part, "Must be a data URL with base64: Ollama fetches no URLs.");
                if (part.Detail is ImageDetail.Low or ImageDetail.High) _dropped.Drop("messages.image_url.detail");
                _json.Raw(any ? ","u8 : ",\"images\":["u8);
                any = true;
                _json.String(base64);
            }
            if (any) _json.Raw("]"u8);
            return true;
        }

        // Reasoning is no more than text here: whoever signed it, the text may go back, the signature has no place.
        private void Thoughts(ReadOnlySpan<ChatPart> parts)
        {
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == ChatPartKind.RedactedThinking) _dropped.Drop("messages.thinking_blocks");
                if (part.Kind != ChatPartKind.Thinking || part.Text.Length == 0) continue;
                _json.Raw(any ? "\\n"u8 : ",\"thinking\":\""u8);
                any = true;
                _json.Text(_request.Text(part.Text));
            }
            if (any) _json.Raw("\""u8);
        }

        private bool Calls(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind != ChatPartKind.ToolCall) continue;
                _json.Raw(any ? ",{\"id\":"u8 : ",\"tool_calls\":[{\"id\":"u8);
                any = true;
                RequestParts.CallId(ref _json, _request, part.Id, part.CallNumber);
                _json.Raw(",\"function\":{\"name\":"u8);
                _json.String(_request.Text(part.Name));
                _json.Raw(",\"arguments\":"u8);
                if (!RequestParts.TryArguments(_request, part, _scratch, out var arguments)) return FailPart(message, part, "Must be a string that holds a JSON object.");
                _json.Raw(arguments);
                _json.Raw("}}"u8);
            }
            if (any) _json.Raw("]"u8);
            return true;
        }

        // Templates tell results apart by the tool's name; the id is newer, and ignored where it is not known.
        private void CalledTool(in ChatMessage message)
        {
            if (message.IsError) _dropped.Drop("messages.is_error");
            _json.Raw(",\"tool_call_id\":"u8);
            RequestParts.CallId(ref _json, _request, message.ToolCallId, message.CallNumber);
            var name = CalledName(message);
            if (!name.IsPresent) name = message.Name;
            if (!name.IsPresent) return;
            _json.Raw(",\"tool_name\":"u8);
            _json.String(_request.Text(name));
        }

        // Results come in the order of their calls nearly always, so the search goes on behind the last one found; a turn of more calls than any model makes is not
        // searched through for every result.
        private BodyRange CalledName(in ChatMessage message)
        {
            var parts = _hasTurn ? _request.PartsOf(_turnFirst, _turnLast) : default;
            for (var i = 0; i < Math.Min(parts.Length, MaxSearched); i++)
            {
                var at = (_nextCall + i) % parts.Length;
                if (parts[at].Kind != ChatPartKind.ToolCall || !IsAnswer(message, parts[at])) continue;
                _nextCall = at + 1;
                return parts[at].Name;
            }
            return default;
        }

        // Neighbouring assistant messages are one turn: some clients write parallel calls as a message each.
        private void Turn(in ChatMessage message)
        {
            if (message.Role is ChatRole.System or ChatRole.Developer) return;
            if (message.Role == ChatRole.Assistant)
            {
                if (!_inTurn) (_turnFirst, _nextCall) = (message, 0);
                (_turnLast, _hasTurn) = (message, true);
            }
            _inTurn = message.Role == ChatRole.Assistant;
        }

        private readonly bool IsAnswer(in ChatMessage result, in ChatPart call) => result.ToolCallId.IsPresent
            ? call.Id.IsPresent && RequestParts.Same(_request.Text(result.ToolCallId), _request.Text(call.Id))
            : !call.Id.IsPresent && call.CallNumber == result.CallNumber;
    }
}
