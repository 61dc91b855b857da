using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Responses;

public static partial class ResponsesRequestDecoder
{
    private ref partial struct Decoder
    {
        // A turn of more parts than any model writes is not searched, because the search is quadratic; the provider checks all the same.
        private const int MaxSearched = 128;

        private bool Instructions(JsonValue instructions)
        {
            if (!OptionalText("instructions", instructions, out var text)) return false;
            if (text.Length == 0) return true;
            _request.AddMessage(ChatRole.System, -1);
            _request.AddPart(ChatPartKind.Text, -1).Text = text;
            return true;
        }

        private bool Input(JsonValue input)
        {
            if (input.Kind == JsonKind.String)
            {
                _request.AddMessage(ChatRole.User, -1);
                _request.AddPart(ChatPartKind.Text, -1).Text = BodyRange.Of(input);
                return true;
            }
            if (input.IsNullOrAbsent) return Fail("input", "The field is missing; it must be a string or a non-empty array of items.");
            if (input.Kind != JsonKind.Array) return Fail("input", "Must be a string or a non-empty array of items.");
            var position = 0;
            foreach (var item in input.Elements)
            {
                if (!Item(FieldName.Element("input", position), position, item)) return false;
                position++;
            }
            return position > 0 || Fail("input", "Must hold at least one item.");
        }

        private bool Item(in FieldName at, int position, JsonValue item)
        {
            if (item.Kind != JsonKind.Object) return Fail(at, "Must be an object: a message or another item.");
            var type = item["type"u8];
            if (type.IsNullOrAbsent && !item["role"u8].IsNullOrAbsent) return Message(at, position, item);
            if (type.IsNullOrAbsent && item["id"u8].Kind == JsonKind.String) return Reference(at);
            if (type.IsNullOrAbsent) return Fail(at.Dot("role"), "Must be user, assistant, system or developer, unless a type says what else the item is.");
            if (type.Kind != JsonKind.String) return Fail(at.Dot("type"), "Must be a string such as message, function_call, function_call_output or reasoning.");
            if (type.IsString("message"u8)) return Message(at, position, item);
            if (type.IsString("function_call"u8)) return Call(at, position, item, isCustom: false);
            if (type.IsString("function_call_output"u8) || type.IsString("custom_tool_call_output"u8)) return Output(at, position, item);
            if (type.IsString("reasoning"u8)) return Reasoning(at, position, item);
            if (type.IsString("custom_tool_call"u8)) return Call(at, position, item, isCustom: true);
            if (type.IsString("item_reference"u8)) return Reference(at);
            if (type.IsString("compaction"u8)) return Fail(at.Dot("type"), "Must not be compaction: only OpenAI can read what was compacted there. Send the items themselves.");
            if (type.IsString("additional_tools"u8)) return AdditionalTools(at, item["tools"u8]);
            if (!IsBuiltIn(type.Text)) return Fail(at.Dot("type"), "Must be message, function_call, function_call_output, custom_tool_call, custom_tool_call_output, reasoning or an item of a built-in tool.");
            _request.Unsupported.Drop(DroppedNames.Visible("input." + type.Text.ToString()));
            return true;
        }

        private bool Reference(in FieldName at) => Fail(at, $"Must not be an item_reference: {NeedsState()} Send the item itself, as SDKs do with store set to false.");

        // What OpenAI's own tools left in the conversation.
        private static bool IsBuiltIn(JsonText type) =>
            type.Bytes.EndsWith("_call"u8) || type.Bytes.EndsWith("_call_output"u8) || type.Bytes.StartsWith("mcp_"u8) || type.Is("tool_search_output"u8);

        private bool AdditionalTools(in FieldName at, JsonValue tools)
        {
            if (tools.Kind != JsonKind.Array) return Fail(at.Dot("tools"), "Must be an array of tools.");
            var position = 0;
            foreach (var tool in tools.Elements)
            {
                if (_request.Tools.Length == ChatRequest.MaxTools) return Fail(at.Dot("tools"), ChatRequest.TooManyTools);
                if (!Tool(at.Inner("tools", position), position, tool)) return false;
                position++;
            }
            return true;
        }

        private bool Message(in FieldName at, int position, JsonValue item)
        {
            var role = item["role"u8];
            ChatRole kind;
            if (role.IsString("user"u8)) kind = ChatRole.User;
            else if (role.IsString("assistant"u8)) kind = ChatRole.Assistant;
            else if (role.IsString("system"u8)) kind = ChatRole.System;
            else if (role.IsString("developer"u8)) kind = ChatRole.Developer;
            else return Fail(at.Dot("role"), "Must be user, assistant, system or developer.");
            if (kind == ChatRole.Assistant) OpenTurn(position);
            else
            {
                _request.AddMessage(kind, position);
                _isAssistantsTurn = false;
            }
            return Content(at, "content", kind, position, item["content"u8]);
        }

        // Reasoning, messages and calls of the assistant in a row are one turn.
        private void OpenTurn(int position)
        {
            if (_isAssistantsTurn) return;
            _isAssistantsTurn = true;
            _turn = _request.Messages.Length;
            _bound?.Clear();
            _request.AddMessage(ChatRole.Assistant, position);
        }

        private bool Content(in FieldName at, string field, ChatRole role, int position, JsonValue content)
        {
            var assistant = role == ChatRole.Assistant;
            if (content.Kind == JsonKind.String)
            {
                _request.AddPart(ChatPartKind.Text, assistant ? position : -1).Text = BodyRange.Of(content);
                return true;
            }
            if (content.Kind != JsonKind.Array) return Fail(at.Dot(field), "Must be a string or an array of parts.");
            var number = 0;
            foreach (var part in content.Elements)
            {
                if (!Part(at.Inner(field, number), role, assistant ? position : number, part)) return false;
                number++;
            }
            // An answer may have been empty, and a tool may have nothing to say.
            return number > 0 || role is ChatRole.Assistant or ChatRole.Tool || Fail(at.Dot(field), "Must hold at least one part.");
        }

        private bool Part(in FieldName at, ChatRole role, int position, JsonValue value)
        {
            if (value.Kind != JsonKind.Object) return Fail(at, "Must be an object with a type.");
            var type = value["type"u8];
            if (role == ChatRole.Assistant)
            {
                // Some clients write what the assistant said as input_text.
                if (type.IsString("output_text"u8) || type.IsString("input_text"u8)) return TextPart(at, ChatPartKind.Text, "text", position, value["text"u8]);
                if (type.IsString("refusal"u8)) return TextPart(at, ChatPartKind.Refusal, "refusal", position, value["refusal"u8]);
                return Fail(at.Dot("type"), "Must be output_text or refusal.");
            }
            if (type.IsString("input_text"u8) || (role == ChatRole.Tool && type.IsString("output_text"u8))) return TextPart(at, ChatPartKind.Text, "text", position, value["text"u8]);
            if (role is ChatRole.System or ChatRole.Developer) return Fail(at.Dot("type"), "Must be input_text.");
            if (type.IsString("input_image"u8)) return ImagePart(at, position, value);
            if (type.IsString("input_file"u8)) return FilePart(at, position, value);
            if (type.IsString("input_audio"u8) && role == ChatRole.User) return AudioPart(at, position, value["input_audio"u8]);
            return Fail(at.Dot("type"), role == ChatRole.Tool ? "Must be input_text, input_image or input_file." : "Must be input_text, input_image, input_file or input_audio.");
        }

        private bool TextPart(in FieldName at, ChatPartKind kind, string field, int position, JsonValue text)
        {
            if (text.Kind != JsonKind.String) return Fail(at.Dot(field), "Must be a string.");
            _request.AddPart(kind, position).Text = BodyRange.Of(text);
            return true;
        }

        private bool ImagePart(in FieldName at, int position, JsonValue value)
        {
            if (!OptionalText(at.Dot("image_url"), value["image_url"u8], out var url)) return false;
            if (!OptionalText(at.Dot("file_id"), value["file_id"u8], out var id)) return false;
            if (url.Length == 0 && id.Length == 0) return Fail(at.Dot("image_url"), "Must be a URL or a data URL, unless file_id is given.");
            var detail = value["detail"u8];
            ImageDetail level;
            if (detail.IsNullOrAbsent) level = ImageDetail.Unset;
            else if (detail.IsString("auto"u8)) level = ImageDetail.Auto;
            else if (detail.IsString("low"u8)) level = ImageDetail.Low;
            else if (detail.IsString("high"u8) || detail.IsString("original"u8)) level = ImageDetail.High;
            else return Fail(at.Dot("detail"), "Must be auto, low, high or original.");
            ref var part = ref _request.AddPart(ChatPartKind.Image, position);
            part.Source = url.Length > 0 ? ChatSource.Url : ChatSource.FileId;
            part.Text = url.Length > 0 ? url : id;
            part.Detail = level;
            return true;
        }

        private bool FilePart(in FieldName at, int position, JsonValue value)
        {
            if (!OptionalText(at.Dot("filename"), value["filename"u8], out var name)) return false;
            if (!OptionalText(at.Dot("file_data"), value["file_data"u8], out var data)) return false;
            if (!OptionalText(at.Dot("file_url"), value["file_url"u8], out var url)) return false;
            if (!OptionalText(at.Dot("file_id"), value["file_id"u8], out var id)) return false;
            if (data.Length == 0) data = url;
            if (data.Length == 0 && id.Length == 0) return Fail(at.Dot("file_data"), "Must be a data URL with base64, unless file_url or file_id is given.");
            ref var part = ref _request.AddPart(ChatPartKind.File, position);
            part.Source = data.Length > 0 ? ChatSource.Url : ChatSource.FileId;
            part.Text = data.Length > 0 ? data : id;
            part.Name = name;
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

        private bool Call(in FieldName at, int position, JsonValue item, bool isCustom)
        {
            if (!Text(at.Dot("call_id"), item["call_id"u8], out var id)) return false;
            if (!Text(at.Dot("name"), item["name"u8], out var name)) return false;
            var field = isCustom ? "input" : "arguments";
            var arguments = isCustom ? item["input"u8] : item["arguments"u8];
            if (arguments.Kind != JsonKind.String) return Fail(at.Dot(field), isCustom ? "Must be a string." : "Must be a string that holds a JSON object.");
            OpenTurn(position);
            ref var part = ref _request.AddPart(ChatPartKind.ToolCall, position);
            part.Id = id;
            part.Name = name;
            part.ArgumentsAreJson = isCustom;
            part.Signature = SignatureOf(id);
            part.Text = isCustom ? _request.Derive(CustomTools.Before, BodyRange.Of(arguments), CustomTools.Behind) : BodyRange.Of(arguments);
            return true;
        }

        private bool Output(in FieldName at, int position, JsonValue item)
        {
            if (!Text(at.Dot("call_id"), item["call_id"u8], out var id)) return false;
            if (!IsCalled(id)) return Fail(at.Dot("call_id"), "Must be the call_id of a call in the assistant's last turn before this item.");
            _isAssistantsTurn = false;
            ref var message = ref _request.AddMessage(ChatRole.Tool, position);
            message.ToolCallId = id;
            return Content(at, "output", ChatRole.Tool, position, item["output"u8]);
        }

        private readonly bool IsCalled(BodyRange id)
        {
            if (_turn < 0) return false;
            var parts = _request.PartsOf(_request.Messages[_turn]);
            if (parts.Length > MaxSearched) return true;
            var wanted = _request.Text(id);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == ChatPartKind.ToolCall && Same(_request.Text(part.Id), wanted)) return true;
            }
            return false;
        }

        private static bool Same(JsonText a, JsonText b)
        {
            if (!a.IsEscaped) return b.Is(a.Bytes);
            if (!b.IsEscaped) return a.Is(b.Bytes);
            return a.Bytes.SequenceEqual(b.Bytes) || a.ToString() == b.ToString();
        }

        private bool Reasoning(in FieldName at, int position, JsonValue item)
        {
            if (!OptionalText(at.Dot("encrypted_content"), item["encrypted_content"u8], out var encrypted)) return false;
            var summary = item["summary"u8];
            if (!summary.IsNullOrAbsent && summary.Kind != JsonKind.Array) return Fail(at.Dot("summary"), "Must be an array of summary texts.");
            var texts = item["content"u8];
            if (!texts.IsNullOrAbsent && texts.Kind != JsonKind.Array) return Fail(at.Dot("content"), "Must be an array of reasoning texts.");
            OpenTurn(position);
            var state = _request.Text(encrypted);
            if (state.Bytes.StartsWith(ResponsesReasoning.Call))
            {
                if (!ResponsesReasoning.TryReadCallMark(state.Bytes, out var id, out var signature)) return Fail(at.Dot("encrypted_content"), "Must be what an earlier answer gave.");
                BindToCall(Within(encrypted, id), Within(encrypted, signature));
                return true;
            }
            if (state.Bytes.StartsWith(ResponsesReasoning.Redacted))
            {
                _request.AddPart(ChatPartKind.RedactedThinking, position).Text = Behind(encrypted, ResponsesReasoning.Redacted);
                return true;
            }
            // The reasoning itself, which open models give, goes before its summary.
            if (!ReasoningText(at, "content", texts, out var text) || !ReasoningText(at, "summary", summary, out var summed)) return false;
            if (text.Length == 0) text = summed;
            if (text.Length == 0 && encrypted.Length == 0) return true;
            ref var part = ref _request.AddPart(ChatPartKind.Thinking, position);
            part.Text = text;
            if (encrypted.Length == 0) return true;
            if (state.Bytes.StartsWith(ResponsesReasoning.Anthropic)) part.Signature = Behind(encrypted, ResponsesReasoning.Anthropic);
            else if (ResponsesReasoning.IsForeign(state) || state.Bytes.StartsWith(SignatureOrigin.OpenAi)) part.Signature = encrypted;
            else part.Signature = _request.Derive(SignatureOrigin.OpenAi, encrypted, default);
            return true;
        }

        // Several texts are paragraphs of one reasoning.
        private bool ReasoningText(in FieldName at, string field, JsonValue list, out BodyRange text)
        {
            text = default;
            var number = 0;
            foreach (var entry in list.Elements)
            {
                var place = at.Inner(field, number++);
                if (entry.Kind != JsonKind.Object) return Fail(place, "Must be an object with type and text.");
                var value = entry["text"u8];
                if (value.Kind != JsonKind.String) return Fail(place.Dot("text"), "Must be a string.");
                var more = BodyRange.Of(value);
                if (more.Length > 0) text = text.Length == 0 ? more : Joined(text, more);
            }
            return true;
        }

        // The line feeds between are an escape; what stands in a JSON string without any is its own escaped form.
        private readonly BodyRange Joined(BodyRange front, BodyRange more)
        {
            // Derived pieces follow each other, so only the first paragraph is copied again.
            if (front.Start < _request.Body.Length) front = _request.Derive(default, front, default);
            var back = _request.Derive("\\n\\n"u8, more, default);
            return new(front.Start, front.Length + back.Length, Escaped: true);
        }

        private void BindToCall(BodyRange callId, BodyRange signature)
        {
            ref readonly var turn = ref _request.Messages[_turn];
            var end = turn.FirstPart + turn.PartCount;
            for (var i = end - 1; i >= Math.Max(turn.FirstPart, end - MaxSearched); i--)
            {
                ref var part = ref _request.PartAt(i);
                if (part.Kind != ChatPartKind.ToolCall || !Same(_request.Text(part.Id), _request.Text(callId))) continue;
                part.Signature = signature;
                return;
            }
            // Its call may come yet.
            if (_bound?.Count >= MaxSearched) _request.Unsupported.Drop("input.reasoning");
            else (_bound ??= []).Add((callId, signature));
        }

        private readonly BodyRange SignatureOf(BodyRange callId)
        {
            if (_bound is null) return default;
            foreach (var (id, signature) in _bound)
            {
                if (Same(_request.Text(id), _request.Text(callId))) return signature;
            }
            return default;
        }

        private static BodyRange Within(BodyRange range, Range piece)
        {
            var (offset, length) = piece.GetOffsetAndLength(range.Length);
            return range with { Start = range.Start + offset, Length = length };
        }

        private static BodyRange Behind(BodyRange range, ReadOnlySpan<byte> mark) => range with { Start = range.Start + mark.Length, Length = range.Length - mark.Length };
    }
}
