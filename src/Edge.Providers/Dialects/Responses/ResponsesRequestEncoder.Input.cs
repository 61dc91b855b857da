using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

public sealed partial class ResponsesRequestEncoder
{
    /// <summary>Messages -> items.</summary>
    private ref partial struct Body
    {
        private bool Input()
        {
            _json.Raw(",\"input\":["u8);
            var items = 0;
            foreach (ref readonly var message in _request.Messages)
            {
                if (message.Role != ChatRole.Tool && message.Name.Length > 0) _dropped.Drop("messages.name");
                switch (message.Role)
                {
                    case ChatRole.Assistant:
                        if (!Assistant(message, ref items)) return false;
                        break;
                    case ChatRole.Tool:
                        if (!Output(message, ref items)) return false;
                        break;
                    default:
                        var parts = _request.PartsOf(message);
                        if (parts.Length == 0) break;
                        Next(ref items);
                        _json.Raw(_isAgent ? "{\"type\":\"message\","u8 : "{"u8);
                        _json.Raw(message.Role switch
                        {
                            ChatRole.User => "\"role\":\"user\",\"content\":"u8,
                            ChatRole.System => "\"role\":\"system\",\"content\":"u8,
                            _ => "\"role\":\"developer\",\"content\":"u8,
                        });
                        if (!Content(message, parts, default)) return false;
                        _json.Raw("}"u8);
                        break;
                }
            }
            if (items == 0) return Fail("messages", "Must hold at least one message with content.");
            _json.Raw("]"u8);
            return true;
        }

        private void Next(ref int items)
        {
            if (items++ > 0) _json.Raw(","u8);
        }

        // In the order of the parts: the API wants reasoning in front of what it led to.
        private bool Assistant(in ChatMessage message, ref int items)
        {
            var parts = _request.PartsOf(message);
            var isText = false;
            foreach (ref readonly var part in parts)
            {
                if (part.Kind is ChatPartKind.Text or ChatPartKind.Refusal)
                {
                    if (part.Text.Length == 0) continue;
                    if (!isText)
                    {
                        Next(ref items);
                        _json.Raw(_isAgent ? "{\"type\":\"message\",\"role\":\"assistant\",\"content\":\""u8 : "{\"role\":\"assistant\",\"content\":\""u8);
                    }
                    isText = true;
                    _json.Text(_request.Text(part.Text));
                    continue;
                }
                if (isText) _json.Raw("\"}"u8);
                isText = false;
                switch (part.Kind)
                {
                    case ChatPartKind.Thinking:
                    case ChatPartKind.RedactedThinking:
                        Reasoning(part, ref items);
                        break;
                    case ChatPartKind.ToolCall:
                        Next(ref items);
                        _json.Raw("{\"type\":\"function_call\",\"call_id\":"u8);
                        CallId(part.Id, part.CallNumber);
                        Member(",\"name\":"u8, part.Name);
                        // JSON within JSON: raw arguments are plain text here and get escaped; a string of them is escaped already.
                        var arguments = part.ArgumentsAreJson ? JsonText.Plain(_request.Raw(part.Text)) : _request.Text(part.Text);
                        Member(",\"arguments\":"u8, arguments.IsEmpty ? JsonText.Plain("{}"u8) : arguments);
                        if (_isAgent) AgentSignature(part);
                        _json.Raw("}"u8);
                        break;
                    default:
                        _dropped.Drop("messages.images");
                        break;
                }
            }
            if (isText) _json.Raw("\"}"u8);
            return true;
        }

        private void Reasoning(in ChatPart part, ref int items)
        {
            if (_isAgent || part.Kind != ChatPartKind.Thinking || !SignatureOrigin.TryTake(_request.Text(part.Signature), SignatureOrigin.OpenAi, out var encrypted))
            {
                // Without its own state the API takes no reasoning.
                if (part.Text.Length > 0) _dropped.Drop(part.Position < 0 ? "messages.reasoning_content" : "messages.thinking_blocks");
                return;
            }
            Next(ref items);
            _json.Raw("{\"type\":\"reasoning\",\"summary\":["u8);
            if (part.Text.Length > 0)
            {
                Member("{\"type\":\"summary_text\",\"text\":"u8, part.Text);
                _json.Raw("}"u8);
            }
            Member("],\"encrypted_content\":"u8, encrypted);
            _json.Raw("}"u8);
        }

        private bool Output(in ChatMessage message, ref int items)
        {
            Next(ref items);
            _json.Raw("{\"type\":\"function_call_output\",\"call_id\":"u8);
            CallId(message.ToolCallId, message.CallNumber);
            _json.Raw(",\"output\":"u8);
            var parts = _request.PartsOf(message);
            if (_isAgent) return AgentOutput(message, parts);
            // The dialect has no mark for a tool that failed; the model must learn of it from the text.
            if (!Content(message, parts, IsMarked(message, parts) ? "Error: "u8 : default)) return false;
            _json.Raw("}"u8);
            return true;
        }

        private readonly bool IsMarked(in ChatMessage message, ReadOnlySpan<ChatPart> parts) =>
            message.IsError && !(parts.Length > 0 && parts[0].Kind == ChatPartKind.Text && SaysError(_request.Text(parts[0].Text)));

        private static bool SaysError(JsonText text) => text.Bytes.Length >= 5 && Ascii.EqualsIgnoreCase(text.Bytes[..5], "error"u8);

        private bool Content(in ChatMessage message, ReadOnlySpan<ChatPart> parts, ReadOnlySpan<byte> front)
        {
            if (parts.Length == 0 || parts is [{ Kind: ChatPartKind.Text }])
            {
                _json.Raw("\""u8);
                _json.Raw(front);
                if (parts.Length > 0) _json.Text(_request.Text(parts[0].Text));
                _json.Raw("\""u8);
                return true;
            }
            var isFirst = front.IsEmpty;
            _json.Raw(isFirst ? "["u8 : "[{\"type\":\"input_text\",\"text\":\"Error:\"}"u8);
            foreach (ref readonly var part in parts)
            {
                if (!isFirst) _json.Raw(","u8);
                isFirst = false;
                if (!Part(message, part)) return false;
            }
            _json.Raw("]"u8);
            return true;
        }

        private bool Part(in ChatMessage message, in ChatPart part)
        {
            if (_isAgent && part.Kind == ChatPartKind.Audio) return FailPart(message, part, AgentInput);
            switch (part.Kind)
            {
                case ChatPartKind.Image:
                    return Image(message, part);
                case ChatPartKind.File:
                    return File(message, part);
                case ChatPartKind.Audio:
                    if (!_request.TryMedia(part, out var format, out var sound)) return FailPart(message, part, "Must be base64 of wav or mp3.");
                    Member("{\"type\":\"input_audio\",\"input_audio\":{\"data\":"u8, sound);
                    _json.Raw(format.Bytes.IndexOf("wav"u8) >= 0 ? ",\"format\":\"wav\"}}"u8 : ",\"format\":\"mp3\"}}"u8);
                    return true;
                default:
                    Member("{\"type\":\"input_text\",\"text\":"u8, part.Text);
                    _json.Raw("}"u8);
                    return true;
            }
        }

        private bool Image(in ChatMessage message, in ChatPart part)
        {
            if (part.Source == ChatSource.FileId)
            {
                if (_isAgent || !IsOwnFile(part)) return FailPart(message, part, "A file id is valid at its own provider alone; send a URL or the data.");
                Member("{\"type\":\"input_image\",\"file_id\":"u8, part.Text);
            }
            else if (part is { Source: ChatSource.Url, Attachment: 0 }) Member("{\"type\":\"input_image\",\"image_url\":"u8, part.Text);
            else if (_request.TryMedia(part, out var type, out var data)) Data("{\"type\":\"input_image\",\"image_url\":\"data:"u8, type, data);
            else return FailPart(message, part, "Must be a URL, or base64 with its media type.");
            _json.Raw(part.Detail switch
            {
                _ when _isAgent => "}"u8,
                ImageDetail.Low => ",\"detail\":\"low\"}"u8,
                ImageDetail.High => ",\"detail\":\"high\"}"u8,
                _ => ",\"detail\":\"auto\"}"u8,
            });
            return true;
        }

        private bool File(in ChatMessage message, in ChatPart part)
        {
            if (part.Citations) _dropped.Drop("messages.citations");
            var text = _request.Text(part.Text);
            if (_isAgent && !(part.Source == ChatSource.Text || (_request.TryMedia(part, out var kind, out _) && (kind.Bytes.StartsWith("image"u8) || kind.Bytes.StartsWith("text"u8)))))
            {
                return FailPart(message, part, AgentInput);
            }
            if (part.Source == ChatSource.FileId)
            {
                if (!IsOwnFile(part)) return FailPart(message, part, "A file id is valid at its own provider alone; send the data.");
                Member("{\"type\":\"input_file\",\"file_id\":"u8, text);
                _json.Raw("}"u8);
                return true;
            }
            if (part.Source == ChatSource.Text)
            {
                TextFile(part, text);
                return true;
            }
            if (_request.TryMedia(part, out var type, out var data))
            {
                if (type.Bytes.StartsWith("image"u8)) return Image(message, part);
                if (type.Bytes.StartsWith("text"u8)) return TextData(message, part, data);
                FileName(part);
                Data(",\"file_data\":\"data:"u8, type, data);
            }
            else if (part.Source == ChatSource.Url && text.Bytes.StartsWith("http"u8)) Member("{\"type\":\"input_file\",\"file_url\":"u8, text);
            else if (part.Source == ChatSource.Url)
            {
                FileName(part);
                Member(",\"file_data\":"u8, text);
            }
            else return FailPart(message, part, "Must be base64 with its media type.");
            _json.Raw("}"u8);
            return true;
        }

        // Required beside the data.
        private void FileName(in ChatPart part) =>
            Member("{\"type\":\"input_file\",\"filename\":"u8, part.Name.Length > 0 ? _request.Text(part.Name) : JsonText.Plain("document.pdf"u8));

        private bool TextData(in ChatMessage message, in ChatPart part, JsonText data)
        {
            var encoded = Unescaped(data);
            var decoded = ArrayPool<byte>.Shared.Rent(global::System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
            var valid = global::System.Buffers.Text.Base64.DecodeFromUtf8(encoded, decoded, out _, out var length) == OperationStatus.Done
                && Utf8.IsValid(decoded.AsSpan(0, length));
            if (valid) TextFile(part, JsonText.Plain(decoded.AsSpan(0, length)));
            ArrayPool<byte>.Shared.Return(decoded);
            return valid || FailPart(message, part, "Must be base64 of UTF-8 text.");
        }

        // Under its name, because files are PDFs here.
        private void TextFile(in ChatPart part, scoped JsonText text)
        {
            _json.Raw("{\"type\":\"input_text\",\"text\":\""u8);
            if (part.Name.Length > 0)
            {
                _json.Text(_request.Text(part.Name));
                _json.Raw(":\\n"u8);
            }
            _json.Text(text);
            _json.Raw("\"}"u8);
        }

        private void Data(ReadOnlySpan<byte> before, JsonText type, JsonText data)
        {
            _json.Raw(before);
            _json.Text(type);
            _json.Raw(";base64,"u8);
            _json.Text(data);
            _json.Raw("\""u8);
        }

        private readonly bool IsOwnFile(in ChatPart part) => _request.Raw(part.Text).StartsWith("file-"u8);

        private bool FailPart(in ChatMessage message, in ChatPart part, string text) => Fail(_request.PathOf(message, part), text);

        // Call and result come through here, so an id that we make up is the same on both sides.
        private void CallId(BodyRange id, int number)
        {
            const int Longest = 64;
            if (id.Length is > 0 and <= Longest)
            {
                _json.String(_request.Text(id));
                return;
            }
            _json.Raw("\"call_"u8);
            if (id.Length == 0) _json.Number(number);
            else
            {
                // FNV-1a, 64 bits.
                var hash = 14695981039346656037UL;
                foreach (var b in Unescaped(_request.Text(id))) hash = (hash ^ b) * 1099511628211UL;
                _json.Number((long)(hash >> 1));
            }
            _json.Raw("\""u8);
        }

        private readonly ReadOnlySpan<byte> Unescaped(JsonText text)
        {
            if (!text.IsEscaped) return text.Bytes;
            _scratch.Clear();
            _scratch.Advance(text.Unescape(_scratch.GetSpan(text.Bytes.Length)));
            return _scratch.Span;
        }
    }
}
