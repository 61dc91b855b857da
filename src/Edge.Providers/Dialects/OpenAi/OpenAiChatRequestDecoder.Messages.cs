using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.OpenAi;

public static partial class OpenAiChatRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool Messages(JsonValue messages)
        {
            if (messages.IsNullOrAbsent) return Fail("messages", "The field is missing; it must be a non-empty array of messages.");
            if (messages.Kind != JsonKind.Array) return Fail("messages", "Must be a non-empty array of messages.");
            var position = 0;
            foreach (var message in messages.Elements)
            {
                if (!Message(FieldName.Element("messages", position), position, message)) return false;
                position++;
            }
            return position > 0 || Fail("messages", "Must hold at least one message.");
        }

        private bool Message(in FieldName at, int position, JsonValue value)
        {
            if (value.Kind != JsonKind.Object) return Fail(at, "Must be an object with a role.");
            JsonValue role = default, content = default, name = default, callId = default, calls = default, functionCall = default;
            JsonValue refusal = default, reasoning = default, blocks = default, details = default, cacheControl = default;
            foreach (var member in value.Members)
            {
                if (member.Name.Is("role"u8)) role = member.Value;
                else if (member.Name.Is("content"u8)) content = member.Value;
                else if (member.Name.Is("name"u8)) name = member.Value;
                else if (member.Name.Is("tool_call_id"u8)) callId = member.Value;
                else if (member.Name.Is("tool_calls"u8)) calls = member.Value;
                else if (member.Name.Is("function_call"u8)) functionCall = member.Value;
                else if (member.Name.Is("refusal"u8)) refusal = member.Value;
                else if (member.Name.Is("reasoning_content"u8)) reasoning = member.Value;
                // OpenRouter's and Groq's name; where both are given they say the same.
                else if (member.Name.Is("reasoning"u8) && reasoning.IsNullOrAbsent && member.Value.Kind == JsonKind.String) reasoning = member.Value;
                else if (member.Name.Is("thinking_blocks"u8)) blocks = member.Value;
                else if (member.Name.Is("reasoning_details"u8)) details = member.Value;
                else if (member.Name.Is("cache_control"u8)) cacheControl = member.Value;
                else if (member.Name.Is("audio"u8) && !member.Value.IsNullOrAbsent) _request.Unsupported.Drop("messages.audio");
                // Of an answer that comes back as it was given.
                else if (!member.Name.Is("audio"u8) && !member.Name.Is("annotations"u8) && !member.Name.Is("reasoning"u8) && !member.Name.Is("prefix"u8)) Unknown("messages", member);
            }
            if (!Role(at, role, out var kind, out var isFunction)) return false;
            if (!OptionalText(at.Dot("name"), name, out var nameRange) || !Object(at.Dot("cache_control"), cacheControl)) return false;
            Turn(kind);
            ref var message = ref _request.AddMessage(kind, position);
            message.Name = nameRange;
            message.CacheControl = BodyRange.Of(cacheControl);
            if (kind == ChatRole.Tool && !isFunction)
            {
                if (!Text(at.Dot("tool_call_id"), callId, out message.ToolCallId)) return false;
                if (!IsCalled(message.ToolCallId)) return Fail(at.Dot("tool_call_id"), "Must be the id of a call in the assistant's last turn before this message.");
            }
            if (isFunction)
            {
                if (!nameRange.IsPresent) return Fail(at.Dot("name"), "Must be the name of the function that was called.");
                if (_answered == _numbered) return Fail(at, "Must follow an assistant message whose function_call it answers.");
                message.CallNumber = ++_answered;
            }
            if (kind != ChatRole.Assistant) return Content(at, kind, content, isRequired: !isFunction);

            // The order in which every provider expects them back, whatever their order in the object.
            return (blocks.IsNullOrAbsent && details.Kind == JsonKind.Array ? Details(reasoning, details) : Reasoning(at, reasoning, blocks))
                && Content(at, kind, content, isRequired: false)
                && AssistantRefusal(at, refusal)
                && Calls(at, calls)
                && LegacyCall(at, functionCall)
                && (_request.Messages[^1].PartCount > 0 || content.Kind is JsonKind.String or JsonKind.Array
                    || Fail(at.Dot("content"), "Must be a string or an array of parts, unless tool_calls is given."));
        }

        private bool Role(in FieldName at, JsonValue value, out ChatRole role, out bool isFunction)
        {
            isFunction = false;
            if (value.IsString("user"u8)) role = ChatRole.User;
            else if (value.IsString("assistant"u8)) role = ChatRole.Assistant;
            else if (value.IsString("tool"u8)) role = ChatRole.Tool;
            else if (value.IsString("system"u8)) role = ChatRole.System;
            else if (value.IsString("developer"u8)) role = ChatRole.Developer;
            else
            {
                role = ChatRole.Tool;
                isFunction = value.IsString("function"u8);
                return isFunction || Fail(at.Dot("role"), "Must be system, developer, user, assistant, tool or function.");
            }
            return true;
        }

        private bool Content(in FieldName at, ChatRole role, JsonValue content, bool isRequired)
        {
            switch (content.Kind)
            {
                case JsonKind.String:
                    _request.AddPart(ChatPartKind.Text, -1).Text = BodyRange.Of(content);
                    return true;
                case JsonKind.Array:
                    var position = 0;
                    foreach (var part in content.Elements)
                    {
                        if (!Part(at.Inner("content", position), role, position, part)) return false;
                        position++;
                    }
                    return position > 0 || !isRequired || Fail(at.Dot("content"), "Must hold at least one part.");
                case JsonKind.None or JsonKind.Null when !isRequired:
                    return true;
                default:
                    return Fail(at.Dot("content"), "Must be a string or an array of parts.");
            }
        }

        private bool Part(in FieldName at, ChatRole role, int position, JsonValue value)
        {
            if (value.Kind != JsonKind.Object) return Fail(at, "Must be an object with a type.");
            var type = value["type"u8];
            var cacheControl = value["cache_control"u8];
            if (!Object(at.Dot("cache_control"), cacheControl)) return false;
            bool read;
            if (type.IsString("text"u8)) read = TextPart(at, ChatPartKind.Text, "text", position, value["text"u8]);
            else if (type.IsString("image_url"u8) && role is ChatRole.User or ChatRole.Tool) read = ImagePart(at, position, value["image_url"u8]);
            else if (type.IsString("input_audio"u8) && role == ChatRole.User) read = AudioPart(at, position, value["input_audio"u8]);
            else if (type.IsString("file"u8) && role is ChatRole.User or ChatRole.Tool) read = FilePart(at, position, value["file"u8].IsNullOrAbsent && value["file_id"u8].Kind == JsonKind.String ? value : value["file"u8]);
            else if (type.IsString("document_url"u8) && role is ChatRole.User or ChatRole.Tool) read = DocumentPart(at, position, value);
            else if (type.IsString("refusal"u8) && role == ChatRole.Assistant) read = TextPart(at, ChatPartKind.Refusal, "refusal", position, value["refusal"u8]);
            else if (type.IsString("thinking"u8) && role == ChatRole.Assistant) read = ThinkingPart(at, position, value, default);
            else if (type.IsString("redacted_thinking"u8) && role == ChatRole.Assistant) read = RedactedPart(at, position, value);
            else return Fail(at.Dot("type"), AllowedParts(role));
            foreach (var member in value.Members)
            {
                if (!IsOfPart(member.Name)) Unknown("messages.content", member);
            }
            if (read && cacheControl.Kind == JsonKind.Object) _request.LastPart.CacheControl = BodyRange.Of(cacheControl);
            return read;
        }

        // Of any kind of part: what stands in the wrong one is not worth a table for each.
        private static bool IsOfPart(JsonText name) => name.Bytes.Length switch
        {
            4 => name.Is("type"u8) || name.Is("text"u8) || name.Is("file"u8) || name.Is("data"u8),
            5 => name.Is("index"u8),
            7 => name.Is("refusal"u8) || name.Is("file_id"u8),
            8 => name.Is("thinking"u8),
            9 => name.Is("image_url"u8) || name.Is("signature"u8),
            11 => name.Is("input_audio"u8) || name.Is("annotations"u8),
            12 => name.Is("document_url"u8),
            _ => name.Is("cache_control"u8) || name.Is("document_name"u8),
        };

        private static string AllowedParts(ChatRole role) => role switch
        {
            ChatRole.User => "Must be text, image_url, input_audio or file.",
            ChatRole.Assistant => "Must be text, refusal, thinking or redacted_thinking.",
            ChatRole.Tool => "Must be text, image_url or file.",
            _ => "Must be text.",
        };

        private bool TextPart(in FieldName at, ChatPartKind kind, string field, int position, JsonValue text)
        {
            if (text.Kind != JsonKind.String) return Fail(at.Dot(field), "Must be a string.");
            _request.AddPart(kind, position).Text = BodyRange.Of(text);
            return true;
        }

        private bool ImagePart(in FieldName at, int position, JsonValue image)
        {
            // Mistral's clients write the URL alone.
            var isUrl = image.Kind == JsonKind.String;
            if (!isUrl && image.Kind != JsonKind.Object) return Fail(at.Dot("image_url"), "Must be an object with a url.");
            if (!Text(at.Dot(isUrl ? "image_url" : "image_url.url"), isUrl ? image : image["url"u8], out var url)) return false;
            var detail = isUrl ? default : image["detail"u8];
            ImageDetail level;
            if (detail.IsNullOrAbsent) level = ImageDetail.Unset;
            else if (detail.IsString("auto"u8)) level = ImageDetail.Auto;
            else if (detail.IsString("low"u8)) level = ImageDetail.Low;
            else if (detail.IsString("high"u8) || detail.IsString("original"u8)) level = ImageDetail.High;
            else return Fail(at.Dot("image_url.detail"), "Must be auto, low, high or original.");
            ref var part = ref _request.AddPart(ChatPartKind.Image, position);
            part.Text = url;
            part.Detail = level;
            return true;
        }

        private bool AudioPart(in FieldName at, int position, JsonValue audio)
        {
            if (audio.Kind != JsonKind.Object) return Fail(at.Dot("input_audio"), "Must be an object with data and format.");
            if (!Text(at.Dot("input_audio.data"), audio["data"u8], out var data)) return false;
            var format = audio["format"u8];
            if (!format.IsString("wav"u8) && !format.IsString("mp3"u8)) return Fail(at.Dot("input_audio.format"), "Must be wav or mp3.");
            ref var part = ref _request.AddPart(ChatPartKind.Audio, position);
            part.Source = ChatSource.Base64;
            part.Text = data;
            part.MediaType = BodyRange.Of(format);
            return true;
        }

        private bool FilePart(in FieldName at, int position, JsonValue file)
        {
            if (file.Kind != JsonKind.Object) return Fail(at.Dot("file"), "Must be an object with file_data or file_id.");
            if (!OptionalText(at.Dot("file.filename"), file["filename"u8], out var name)) return false;
            if (!OptionalText(at.Dot("file.file_data"), file["file_data"u8], out var data)) return false;
            if (!OptionalText(at.Dot("file.file_id"), file["file_id"u8], out var id)) return false;
            if (!data.IsPresent && !id.IsPresent) return Fail(at.Dot("file"), "Must be an object with file_data or file_id.");
            ref var part = ref _request.AddPart(ChatPartKind.File, position);
            part.Source = data.IsPresent ? ChatSource.Url : ChatSource.FileId;
            part.Text = data.IsPresent ? data : id;
            part.Name = name;
            return true;
        }

        // Mistral's document. https://docs.mistral.ai/capabilities/document_ai/document_qna
        private bool DocumentPart(in FieldName at, int position, JsonValue value)
        {
            if (!Text(at.Dot("document_url"), value["document_url"u8], out var url)) return false;
            if (!OptionalText(at.Dot("document_name"), value["document_name"u8], out var name)) return false;
            ref var part = ref _request.AddPart(ChatPartKind.File, position);
            part.Source = ChatSource.Url;
            part.Text = url;
            part.Name = name;
            return true;
        }

        private bool Reasoning(in FieldName at, JsonValue reasoning, JsonValue blocks)
        {
            if (!OptionalText(at.Dot("reasoning_content"), reasoning, out var text)) return false;
            if (blocks.IsNullOrAbsent)
            {
                if (text.IsPresent) _request.AddPart(ChatPartKind.Thinking, -1).Text = text;
                return true;
            }
            if (blocks.Kind != JsonKind.Array) return Fail(at.Dot("thinking_blocks"), "Must be an array of thinking blocks.");
            var thinking = 0;
            foreach (var block in blocks.Elements) thinking += block["type"u8].IsString("thinking"u8) ? 1 : 0;
            // Reasoning without a signed block beside it: an encoder can say that it does not go along.
            if (thinking == 0 && text.Length > 0) _request.AddPart(ChatPartKind.Thinking, -1).Text = text;
            var position = 0;
            foreach (var block in blocks.Elements)
            {
                var place = at.Inner("thinking_blocks", position);
                if (block.Kind != JsonKind.Object) return Fail(place, "Must be an object with a type.");
                bool read;
                if (block["type"u8].IsString("thinking"u8))
                {
                    // Some gateways stream a block's text as reasoning_content and its signature alone. A single block can take the text back; of several none
                    // may: a signature over another block's text is refused by the provider, with an error that names neither.
                    if (thinking > 1 && text.Length > 0 && block["thinking"u8].IsNullOrAbsent)
                    {
                        return Fail(place.Dot("thinking"), "Must be the block's own text where a message has several thinking blocks.");
                    }
                    read = ThinkingPart(place, position, block, thinking == 1 ? text : default);
                }
                else if (block["type"u8].IsString("redacted_thinking"u8)) read = RedactedPart(place, position, block);
                else return Fail(place.Dot("type"), "Must be thinking or redacted_thinking.");
                if (!read) return false;
                position++;
            }
            return true;
        }

        // OpenRouter's blocks, as a client of its got them. https://openrouter.ai/docs/use-cases/reasoning-tokens. What makes no sense among them is left out, as there.
        private bool Details(JsonValue reasoning, JsonValue details)
        {
            var hasText = false;
            var position = 0;
            foreach (var detail in details.Elements)
            {
                var text = BodyRange.Of(detail["text"u8].Kind == JsonKind.String ? detail["text"u8] : detail["summary"u8]);
                var format = detail["format"u8].Text;
                var isGemini = format.Bytes.StartsWith("google-gemini"u8);
                var origin = isGemini ? SignatureOrigin.Gemini
                    : format.Bytes.StartsWith("openai"u8) || format.Bytes.StartsWith("azure-openai"u8) ? SignatureOrigin.OpenAi
                    : default;
                var isKnown = !origin.IsEmpty || format.IsEmpty || format.Bytes.StartsWith("anthropic"u8);
                if (text.Length > 0 && (detail["text"u8].Kind == JsonKind.String || detail["summary"u8].Kind == JsonKind.String))
                {
                    hasText = true;
                    ref var part = ref _request.AddPart(ChatPartKind.Thinking, position);
                    part.Text = text;
                    if (isKnown && detail["signature"u8].RawText.Length > 0) part.Signature = _request.Derive(origin, BodyRange.Of(detail["signature"u8]), default);
                }
                else if (isKnown && detail["data"u8].RawText.Length > 0)
                {
                    _request.AddPart(ChatPartKind.RedactedThinking, position).Text = _request.Derive(origin, BodyRange.Of(detail["data"u8]), default);
                }
                position++;
            }
            if (!hasText && reasoning.Kind == JsonKind.String && !reasoning.RawText.IsEmpty) _request.AddPart(ChatPartKind.Thinking, -1).Text = BodyRange.Of(reasoning);
            return true;
        }

        private bool ThinkingPart(in FieldName at, int position, JsonValue block, BodyRange otherwise)
        {
            if (block["thinking"u8].Kind == JsonKind.Array)
            {
                // Mistral's: a list of text chunks. https://docs.mistral.ai/capabilities/reasoning
                var number = 0;
                foreach (var chunk in block["thinking"u8].Elements)
                {
                    var place = at.Inner("thinking", number++);
                    if (chunk.Kind != JsonKind.Object) return Fail(place, "Must be an object with a type.");
                    if (chunk["type"u8].IsString("text"u8) && !TextPart(place, ChatPartKind.Thinking, "text", position, chunk["text"u8])) return false;
                }
                return true;
            }
            if (!OptionalText(at.Dot("thinking"), block["thinking"u8], out var text)) return false;
            if (!OptionalText(at.Dot("signature"), block["signature"u8], out var signature)) return false;
            ref var part = ref _request.AddPart(ChatPartKind.Thinking, position);
            part.Text = text.Length > 0 ? text : otherwise;
            part.Signature = signature;
            return true;
        }

        private bool RedactedPart(in FieldName at, int position, JsonValue block)
        {
            if (!Text(at.Dot("data"), block["data"u8], out var data)) return false;
            _request.AddPart(ChatPartKind.RedactedThinking, position).Text = data;
            return true;
        }

        private bool AssistantRefusal(in FieldName at, JsonValue refusal)
        {
            if (!OptionalText(at.Dot("refusal"), refusal, out var text)) return false;
            if (text.Length > 0) _request.AddPart(ChatPartKind.Refusal, -1).Text = text;
            return true;
        }

        private bool Calls(in FieldName at, JsonValue calls)
        {
            if (calls.IsNullOrAbsent) return true;
            if (calls.Kind != JsonKind.Array) return Fail(at.Dot("tool_calls"), "Must be an array of tool calls.");
            var position = 0;
            foreach (var call in calls.Elements)
            {
                var place = at.Inner("tool_calls", position);
                if (call.Kind != JsonKind.Object) return Fail(place, "Must be an object with id, type and function.");
                if (!Text(place.Dot("id"), call["id"u8], out var id)) return false;
                var type = call["type"u8];
                if (type.IsString("custom"u8))
                {
                    if (!CustomCall(place, position++, id, call["custom"u8])) return false;
                    continue;
                }
                if (!type.IsNullOrAbsent && !type.IsString("function"u8)) return Fail(place.Dot("type"), "Must be function or custom.");
                var function = call["function"u8];
                if (function.Kind != JsonKind.Object) return Fail(place.Dot("function"), "Must be an object with name and arguments.");
                if (!Text(place.Dot("function.name"), function["name"u8], out var name)) return false;
                if (!OptionalText(place.Dot("function.arguments"), function["arguments"u8], out var arguments)) return false;
                ref var part = ref _request.AddPart(ChatPartKind.ToolCall, position);
                part.Id = id;
                part.Name = name;
                part.Text = arguments;
                if (!ThoughtSignature(place, call["extra_content"u8], out part.Signature)) return false;
                position++;
            }
            return true;
        }

        private bool CustomCall(in FieldName at, int position, BodyRange id, JsonValue custom)
        {
            if (custom.Kind != JsonKind.Object) return Fail(at.Dot("custom"), "Must be an object with name and input.");
            if (!Text(at.Dot("custom.name"), custom["name"u8], out var name) || !OptionalText(at.Dot("custom.input"), custom["input"u8], out var input)) return false;
            ref var part = ref _request.AddPart(ChatPartKind.ToolCall, position);
            (part.Id, part.Name, part.ArgumentsAreJson) = (id, name, true);
            part.Text = _request.Derive(CustomTools.Before, input, CustomTools.Behind);
            return true;
        }

        // Where clients of Gemini's OpenAI interface keep it, as Google gave it to them. It comes without our mark, which it gets here, so that no other provider is given it.
        private bool ThoughtSignature(in FieldName at, JsonValue extra, out BodyRange signature)
        {
            signature = default;
            if (extra.Kind != JsonKind.Object) return true;
            if (!OptionalText(at.Dot("extra_content.google.thought_signature"), extra["google"u8]["thought_signature"u8], out var own)) return false;
            if (own.Length == 0) return true;
            signature = SignatureOrigin.TryTake(_request.Text(own), SignatureOrigin.Gemini, out _) ? own : _request.Derive(SignatureOrigin.Gemini, own, default);
            return true;
        }

        // The call of the functions API has no id: its result follows it, so both get the call's number.
        private bool LegacyCall(in FieldName at, JsonValue call)
        {
            if (call.IsNullOrAbsent) return true;
            if (call.Kind != JsonKind.Object) return Fail(at.Dot("function_call"), "Must be an object with name and arguments.");
            if (!Text(at.Dot("function_call.name"), call["name"u8], out var name)) return false;
            if (!OptionalText(at.Dot("function_call.arguments"), call["arguments"u8], out var arguments)) return false;
            ref var part = ref _request.AddPart(ChatPartKind.ToolCall, -1);
            part.CallNumber = ++_numbered;
            part.Name = name;
            part.Text = arguments;
            return true;
        }
    }
}
