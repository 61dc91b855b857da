using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Cohere;

public sealed partial class CohereRequestEncoder
{
    private ref partial struct Body
    {
        private bool Messages()
        {
            _json.Raw(",\"messages\":["u8);
            Instruct();
            var turns = 0;
            foreach (ref readonly var message in _request.Messages)
            {
                if (message.Role != ChatRole.Tool && message.Name.Length > 0) _dropped.Drop("messages.name");
                if (message.CacheControl.IsPresent) _dropped.Drop("cache_control");
                if (message.Role is not (ChatRole.System or ChatRole.Developer)) turns++;
                if (!Message(message)) return false;
            }
            if (turns == 0) return Fail("messages", "Must hold at least one user, assistant or tool message.");
            _json.Raw("]"u8);
            return true;
        }

        private void Instruct()
        {
            if (!IsInstructed(OffersTools() || HasDocuments())) return;
            _dropped.Drop("response_format");
            OpenMessage("system"u8);
            _json.Raw(",\"content\":\"Answer with one valid JSON object and nothing else: no prose around it, no code fence."u8);
            if (_request.ResponseFormat.Schema.IsPresent)
            {
                _json.Raw(" It must match this JSON schema: "u8);
                _json.Text(JsonText.Plain(_request.Raw(_request.ResponseFormat.Schema)));
            }
            _json.Raw("\"}"u8);
        }

        private readonly bool OffersTools()
        {
            foreach (ref readonly var tool in _request.Tools)
            {
                if (RequestParts.IsOffered(_request, tool)) return true;
            }
            return false;
        }

        private readonly bool HasDocuments()
        {
            foreach (ref readonly var message in _request.Messages)
            {
                foreach (ref readonly var part in _request.PartsOf(message))
                {
                    if (part.Kind == ChatPartKind.File && message.Role != ChatRole.Tool) return true;
                }
            }
            return false;
        }

        private bool Message(in ChatMessage message) => message.Role switch
        {
            ChatRole.Assistant => Assistant(message),
            ChatRole.Tool => ToolResult(message),
            ChatRole.User => Content(message, "user"u8),
            _ => Content(message, "system"u8),
        };

        private void OpenMessage(ReadOnlySpan<byte> role)
        {
            _json.Raw(_messages++ > 0 ? ",{\"role\":\""u8 : "{\"role\":\""u8);
            _json.Raw(role);
            _json.Raw("\""u8);
        }

        private bool Content(in ChatMessage message, ReadOnlySpan<byte> role)
        {
            var parts = _request.PartsOf(message);
            if (parts is [{ Kind: ChatPartKind.Text } single])
            {
                CacheMark(single);
                OpenMessage(role);
                _json.Raw(",\"content\":"u8);
                _json.String(_request.Text(single.Text));
                _json.Raw("}"u8);
                return true;
            }
            OpenMessage(role);
            _json.Raw(",\"content\":["u8);
            var any = false;
            foreach (ref readonly var part in parts)
            {
                CacheMark(part);
                // Files go with the request's documents.
                if (part.Kind == ChatPartKind.File) continue;
                if (part.Kind == ChatPartKind.Audio) return FailPart(message, part, "Cohere's models take no audio.");
                if (any) _json.Raw(","u8);
                any = true;
                if (part.Kind == ChatPartKind.Image)
                {
                    if (!Image(message, part)) return false;
                    continue;
                }
                TextBlock(part);
            }
            if (!any) _json.Raw("{\"type\":\"text\",\"text\":\"\"}"u8);
            _json.Raw("]}"u8);
            return true;
        }

        private void TextBlock(in ChatPart part)
        {
            _json.Raw("{\"type\":\"text\",\"text\":"u8);
            _json.String(_request.Text(part.Text));
            _json.Raw("}"u8);
        }

        private bool Image(in ChatMessage message, in ChatPart part)
        {
            _json.Raw("{\"type\":\"image_url\",\"image_url\":{\"url\":"u8);
            var text = _request.Text(part.Text);
            if (part.Source == ChatSource.FileId) return FailPart(message, part, "A file id is valid at its own provider alone; send a URL or a data URL.");
            if (_request.TryMedia(part, out var mediaType, out var base64))
            {
                _json.Raw("\"data:"u8);
                _json.Text(mediaType);
                _json.Raw(";base64,"u8);
                _json.Text(base64);
                _json.Raw("\""u8);
            }
            else if (part.Source == ChatSource.Url && RequestParts.IsWebUrl(text)) _json.String(text);
            else return FailPart(message, part, "Must be an http(s) URL or a data URL with base64.");
            if (part.Detail is ImageDetail.Low or ImageDetail.High or ImageDetail.Auto)
            {
                _json.Raw(part.Detail switch
                {
                    ImageDetail.Low => ",\"detail\":\"low\""u8,
                    ImageDetail.High => ",\"detail\":\"high\""u8,
                    _ => ",\"detail\":\"auto\""u8,
                });
            }
            _json.Raw("}}"u8);
            return true;
        }

        private bool Assistant(in ChatMessage message)
        {
            var parts = _request.PartsOf(message);
            var (calls, texts, thoughts) = (0, 0, 0);
            foreach (ref readonly var part in parts)
            {
                CacheMark(part);
                if (part.Kind == ChatPartKind.ToolCall) calls++;
                else if (part.Kind is ChatPartKind.Text or ChatPartKind.Refusal && part.Text.Length > 0) texts++;
                else if (IsThought(part)) thoughts++;
            }
            // The API refuses a message that says nothing.
            if (calls + texts + thoughts == 0) return true;
            OpenMessage("assistant"u8);
            if (thoughts > 0 || (texts > 0 && calls == 0)) AssistantContent(parts, withTexts: calls == 0);
            if (calls > 0 && texts > 0) Plan(parts);
            if (calls > 0 && !Calls(message, parts)) return false;
            _json.Raw("}"u8);
            return true;
        }

        // Reasoning goes back as it came; what another provider signed goes without its signature, which the API has no place for.
        private readonly bool IsThought(in ChatPart part)
        {
            if (part.Kind == ChatPartKind.RedactedThinking) _dropped.Drop("messages.thinking_blocks");
            if (part.Kind != ChatPartKind.Thinking || part.Text.Length == 0) return false;
            if (_cannotThink) _dropped.Drop(part.Position < 0 ? "messages.reasoning_content" : "messages.thinking_blocks");
            return !_cannotThink;
        }

        private void AssistantContent(ReadOnlySpan<ChatPart> parts, bool withTexts)
        {
            _json.Raw(",\"content\":["u8);
            var any = false;
            foreach (ref readonly var part in parts)
            {
                var isText = part.Kind is ChatPartKind.Text or ChatPartKind.Refusal && part.Text.Length > 0;
                if (isText ? !withTexts : !IsThought(part)) continue;
                if (any) _json.Raw(","u8);
                any = true;
                if (isText)
                {
                    TextBlock(part);
                    continue;
                }
                _json.Raw("{\"type\":\"thinking\",\"thinking\":"u8);
                _json.String(_request.Text(part.Text));
                _json.Raw("}"u8);
            }
            _json.Raw("]"u8);
        }

        private void Plan(ReadOnlySpan<ChatPart> parts)
        {
            _json.Raw(",\"tool_plan\":\""u8);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind is ChatPartKind.Text or ChatPartKind.Refusal) _json.Text(_request.Text(part.Text));
            }
            _json.Raw("\""u8);
        }

        private bool Calls(in ChatMessage message, ReadOnlySpan<ChatPart> parts)
        {
            _json.Raw(",\"tool_calls\":["u8);
            var any = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind != ChatPartKind.ToolCall) continue;
                _json.Raw(any ? ",{\"id\":"u8 : "{\"id\":"u8);
                any = true;
                RequestParts.CallId(ref _json, _request, part.Id, part.CallNumber);
                _json.Raw(",\"type\":\"function\",\"function\":{\"name\":"u8);
                _json.String(_request.Text(part.Name));
                _json.Raw(",\"arguments\":"u8);
                if (!RequestParts.TryArguments(_request, part, _scratch, out var arguments)) return FailPart(message, part, "Must be a string that holds a JSON object.");
                _json.String(JsonText.Plain(arguments));
                _json.Raw("}}"u8);
            }
            _json.Raw("]"u8);
            return true;
        }

        private bool ToolResult(in ChatMessage message)
        {
            // The text says that a tool failed; the API has no flag for it.
            if (message.IsError) _dropped.Drop("messages.is_error");
            OpenMessage("tool"u8);
            _json.Raw(",\"tool_call_id\":"u8);
            RequestParts.CallId(ref _json, _request, message.ToolCallId, message.CallNumber);
            var parts = _request.PartsOf(message);
            if (parts.IsEmpty) _json.Raw(",\"content\":\"\"}"u8);
            else if (parts is [{ Kind: ChatPartKind.Text } single])
            {
                CacheMark(single);
                _json.Raw(",\"content\":"u8);
                _json.String(_request.Text(single.Text));
                _json.Raw("}"u8);
            }
            else
            {
                _json.Raw(",\"content\":["u8);
                for (var i = 0; i < parts.Length; i++)
                {
                    CacheMark(parts[i]);
                    if (i > 0) _json.Raw(","u8);
                    if (parts[i].Kind == ChatPartKind.Text)
                    {
                        TextBlock(parts[i]);
                        continue;
                    }
                    if (parts[i].Kind != ChatPartKind.File || !RequestParts.TryFileText(_request, parts[i], _scratch, out var text))
                    {
                        return FailPart(message, parts[i], "Must be text: Cohere's tool results hold no images or binary files.");
                    }
                    _json.Raw("{\"type\":\"document\",\"document\":"u8);
                    Document(parts[i], text, number: -1);
                    _json.Raw("}"u8);
                }
                _json.Raw("]}"u8);
            }
            return true;
        }

        private bool Documents()
        {
            foreach (ref readonly var message in _request.Messages)
            {
                if (message.Role == ChatRole.Tool) continue;
                foreach (ref readonly var part in _request.PartsOf(message))
                {
                    if (part.Kind != ChatPartKind.File) continue;
                    if (!RequestParts.TryFileText(_request, part, _scratch, out var text))
                    {
                        return FailPart(message, part, "Must be a text file (text/*, UTF-8): Cohere's models read no PDF or other binary files.");
                    }
                    _json.Raw(_documents > 0 ? ","u8 : ",\"documents\":["u8);
                    Document(part, text, _documents++);
                }
            }
            if (_documents > 0) _json.Raw("]"u8);
            return true;
        }

        // One within a tool's result gets no number: the API gives it an id of its own.
        private void Document(in ChatPart part, JsonText text, int number)
        {
            _json.Raw("{"u8);
            if (number >= 0)
            {
                _json.Raw("\"id\":\""u8);
                _json.Raw(DocumentPrefix);
                _json.Number(number);
                _json.Raw("\","u8);
            }
            _json.Raw("\"data\":{"u8);
            if (part.Name.Length > 0)
            {
                _json.Raw("\"title\":"u8);
                _json.String(_request.Text(part.Name));
                _json.Raw(","u8);
            }
            _json.Raw("\"text\":"u8);
            _json.String(text);
            _json.Raw("}}"u8);
        }

        private readonly void CacheMark(in ChatPart part)
        {
            if (part.CacheControl.IsPresent) _dropped.Drop("cache_control");
        }
    }
}
