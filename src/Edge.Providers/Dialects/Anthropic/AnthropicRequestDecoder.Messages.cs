using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

public static partial class AnthropicRequestDecoder
{
    private ref partial struct Decoder
    {
        // A turn of more parts than any model writes is not searched, because the search is quadratic; the provider checks all the same.
        private const int MaxSearched = 128;

        private bool System(JsonValue system)
        {
            if (system.IsNullOrAbsent) return true;
            Open(ChatRole.System, -1);
            if (system.Kind == JsonKind.String)
            {
                if (!system.RawText.IsEmpty) Add(ChatPartKind.Text, -1).Text = BodyRange.Of(system);
                return true;
            }
            if (system.Kind != JsonKind.Array) return Fail("system", "Must be a string or an array of text blocks.");
            var position = 0;
            foreach (var block in system.Elements)
            {
                if (!TextBlockOnly(AnthropicPath.Element("system", position), position, block)) return false;
                position++;
            }
            return true;
        }

        private bool Messages(JsonValue messages)
        {
            if (messages.IsNullOrAbsent) return Fail("messages", "The field is missing; it must be a non-empty array of messages.");
            if (messages.Kind != JsonKind.Array) return Fail("messages", "Must be a non-empty array of messages.");
            var position = 0;
            foreach (var message in messages.Elements)
            {
                if (!Message(AnthropicPath.Element("messages", position), position, message)) return false;
                position++;
            }
            return position > 0 || Fail("messages", "Must hold at least one message.");
        }

        private bool Message(in AnthropicPath at, int position, JsonValue message)
        {
            if (message.Kind != JsonKind.Object) return Fail(at, "Must be an object with role and content.");
            JsonValue role = default, content = default;
            foreach (var member in message.Members)
            {
                if (member.Name.Is("role"u8)) role = member.Value;
                else if (member.Name.Is("content"u8)) content = member.Value;
            }
            if (role.IsString("user"u8)) return UserMessage(at, position, content);
            if (role.IsString("assistant"u8)) return AssistantMessage(at, position, content);
            return role.IsString("system"u8) ? SystemMessage(at, position, content) : Fail(at.Dot("role"), "Must be user, assistant or system.");
        }

        private bool UserMessage(in AnthropicPath at, int position, JsonValue content)
        {
            _isAssistantsTurn = false;
            var results = 0;
            var block = 0;
            foreach (var element in content.Elements)
            {
                if (element["type"u8].IsString("tool_result"u8))
                {
                    results++;
                    if (!ToolResult(at.Inner("content", block), position, block, element)) return false;
                }
                block++;
            }
            Open(ChatRole.User, position);
            if (content.Kind == JsonKind.String)
            {
                Add(ChatPartKind.Text, -1).Text = BodyRange.Of(content);
                return true;
            }
            if (content.Kind != JsonKind.Array) return Fail(at.Dot("content"), "Must be a string or an array of blocks.");
            block = 0;
            foreach (var element in content.Elements)
            {
                if (!UserBlock(at.Inner("content", block), block, element)) return false;
                block++;
            }
            return block > 0 || Fail(at.Dot("content"), "Must hold at least one block.");
        }

        private bool UserBlock(in AnthropicPath at, int position, JsonValue block)
        {
            if (block.Kind != JsonKind.Object) return Fail(at, "Must be an object with a type.");
            var type = block["type"u8];
            if (type.IsString("text"u8)) return TextBlock(at, position, block);
            if (type.IsString("tool_result"u8)) return true;
            if (type.IsString("image"u8)) return ImageBlock(at, position, block);
            if (type.IsString("document"u8)) return DocumentBlock(at, position, block);
            if (type.IsString("search_result"u8)) return SearchResult(at, position, block);
            // The results of Anthropic's own tools may stand in a user's message as well.
            return ServerBlock(at, type) || Fail(at.Dot("type"), "Must be text, image, document, search_result or tool_result.");
        }

        private bool AssistantMessage(in AnthropicPath at, int position, JsonValue content)
        {
            if (!_isAssistantsTurn) _turnStart = -1;
            _isAssistantsTurn = true;
            Open(ChatRole.Assistant, position);
            if (content.Kind == JsonKind.String)
            {
                Add(ChatPartKind.Text, -1).Text = BodyRange.Of(content);
            }
            else if (content.Kind != JsonKind.Array) return Fail(at.Dot("content"), "Must be a string or an array of blocks.");
            else if (!AssistantBlocks(at, content)) return false;
            if (!_isAdded) return true;
            _turnEnd = _request.Messages.Length - 1;
            if (_turnStart < 0) _turnStart = _turnEnd;
            return true;
        }

        private bool AssistantBlocks(in AnthropicPath at, JsonValue content)
        {
            var position = 0;
            BodyRange loose = default;
            foreach (var block in content.Elements)
            {
                var place = at.Inner("content", position);
                if (block.Kind != JsonKind.Object) return Fail(place, "Must be an object with a type.");
                var type = block["type"u8];
                bool read;
                if (type.IsString("thinking"u8))
                {
                    // A second one before any call: the first was no call's.
                    if (loose.IsPresent) AddLoose(position - 1, loose);
                    loose = default;
                    read = ThinkingBlock(place, position, block, ref loose);
                }
                else
                {
                    var isCall = type.IsString("tool_use"u8);
                    if (loose.IsPresent && !isCall) AddLoose(position - 1, loose);
                    if (type.IsString("text"u8)) read = TextBlock(place, position, block);
                    else if (isCall) read = ToolUse(place, position, block, loose);
                    else if (type.IsString("redacted_thinking"u8)) read = RedactedBlock(place, position, block);
                    else if (type.IsString("image"u8)) read = ImageBlock(place, position, block);
                    else if (type.IsString("document"u8)) read = DocumentBlock(place, position, block);
                    else read = ServerBlock(place, type) || Fail(place.Dot("type"), "Must be text, thinking, redacted_thinking or tool_use.");
                    loose = default;
                }
                if (!read) return false;
                position++;
            }
            if (loose.IsPresent) AddLoose(position - 1, loose);
            return true;
        }

        private bool SystemMessage(in AnthropicPath at, int position, JsonValue content)
        {
            Open(ChatRole.System, position);
            if (content.Kind == JsonKind.String)
            {
                Add(ChatPartKind.Text, -1).Text = BodyRange.Of(content);
                return true;
            }
            if (content.Kind != JsonKind.Array) return Fail(at.Dot("content"), "Must be a string or an array of text blocks.");
            var block = 0;
            foreach (var element in content.Elements)
            {
                if (!TextBlockOnly(at.Inner("content", block), block, element)) return false;
                block++;
            }
            return true;
        }

        // Several results in one message answer the calls of the assistant's last turn, one each.
        private bool ToolResult(in AnthropicPath at, int position, int block, JsonValue value)
        {
            JsonValue id = default, content = default, isError = default, cacheControl = default;
            foreach (var member in value.Members)
            {
                if (member.Name.Is("tool_use_id"u8)) id = member.Value;
                else if (member.Name.Is("content"u8)) content = member.Value;
                else if (member.Name.Is("is_error"u8)) isError = member.Value;
                else if (member.Name.Is("cache_control"u8)) cacheControl = member.Value;
            }
            if (!Text(at.Dot("tool_result.tool_use_id"), id, out var call)) return false;
            if (!IsCalled(call)) return Fail(at.Dot("tool_result.tool_use_id"), "Must be the id of a tool_use block in the assistant's last turn before this message.");
            if (!Boolean(at.Dot("tool_result.is_error"), isError, out var failed)) return false;
            if (!CacheControl(at.Dot("tool_result.cache_control"), cacheControl, out var mark)) return false;
            Open(ChatRole.Tool, position);
            // A result without content is a result all the same.
            ref var message = ref Added();
            message.Block = block;
            message.ToolCallId = call;
            message.IsError = failed == true;
            message.CacheControl = mark;
            if (content.Kind == JsonKind.String)
            {
                Add(ChatPartKind.Text, -1).Text = BodyRange.Of(content);
                return true;
            }
            if (content.IsNullOrAbsent) return true;
            if (content.Kind != JsonKind.Array) return Fail(at.Dot("tool_result.content"), "Must be a string or an array of blocks.");
            var inner = 0;
            foreach (var element in content.Elements)
            {
                if (!ResultBlock(at.Inner("tool_result.content", inner), inner, element)) return false;
                inner++;
            }
            return true;
        }

        private bool ResultBlock(in AnthropicPath at, int position, JsonValue block)
        {
            if (block.Kind != JsonKind.Object) return Fail(at, "Must be an object with a type.");
            var type = block["type"u8];
            if (type.IsString("text"u8)) return TextBlock(at, position, block);
            if (type.IsString("image"u8)) return ImageBlock(at, position, block);
            if (type.IsString("document"u8)) return DocumentBlock(at, position, block);
            if (type.IsString("search_result"u8)) return SearchResult(at, position, block);
            return ServerBlock(at, type) || Fail(at.Dot("type"), "Must be text, image, document or search_result.");
        }

        private readonly bool IsCalled(BodyRange id)
        {
            if (_turnStart < 0) return false;
            var parts = _request.PartsOf(_request.Messages[_turnStart], _request.Messages[_turnEnd]);
            if (parts.Length > MaxSearched) return true;
            var wanted = _request.Text(id);
            foreach (ref readonly var part in parts)
            {
                if (part.Kind == ChatPartKind.ToolCall && RequestParts.Same(_request.Text(part.Id), wanted)) return true;
            }
            return false;
        }

        private void Open(ChatRole role, int position) => (_role, _position, _isAdded) = (role, position, false);

        private ref ChatMessage Added()
        {
            _isAdded = true;
            return ref _request.AddMessage(_role, _position);
        }

        private ref ChatPart Add(ChatPartKind kind, int position)
        {
            if (!_isAdded) Added();
            return ref _request.AddPart(kind, position);
        }
    }
}
