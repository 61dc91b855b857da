using Edge.Providers.Chat;
using Edge.Providers.Json;
using Edge.Simd.Json;

namespace Edge.Providers.Dialects.Anthropic;

public static partial class AnthropicRequestDecoder
{
    private ref partial struct Decoder
    {
        private bool TextBlock(in AnthropicPath at, int position, JsonValue block)
        {
            JsonValue text = default, cacheControl = default;
            foreach (var member in block.Members)
            {
                if (member.Name.Is("text"u8)) text = member.Value;
                else if (member.Name.Is("cache_control"u8)) cacheControl = member.Value;
                // Sources of the model's own earlier words: no other API takes them back.
                else if (member.Name.Is("citations"u8) && !IsEmpty(member.Value)) _request.Unsupported.Drop("messages.content.citations");
            }
            if (text.Kind != JsonKind.String) return Fail(at.Dot("text.text"), "Must be a string.");
            if (!CacheControl(at.Dot("text.cache_control"), cacheControl, out var mark)) return false;
            ref var part = ref Add(ChatPartKind.Text, position);
            part.Text = BodyRange.Of(text);
            part.CacheControl = mark;
            return true;
        }

        private bool TextBlockOnly(in AnthropicPath at, int position, JsonValue block)
        {
            if (block.Kind != JsonKind.Object) return Fail(at, "Must be a text block.");
            var type = block["type"u8];
            if (type.IsString("text"u8)) return TextBlock(at, position, block);
            if (!type.IsString("tool_addition"u8) && !type.IsString("tool_removal"u8)) return Fail(at.Dot("type"), "Must be text.");
            _request.Unsupported.Drop("messages.content.tool_addition");
            return true;
        }

        // The text is empty where the client's display is "omitted", the signature where the reasoning came from a provider that signs none.
        private bool ThinkingBlock(in AnthropicPath at, int position, JsonValue block, ref BodyRange loose)
        {
            if (!OptionalText(at.Dot("thinking.thinking"), block["thinking"u8], out var text)) return false;
            if (!OptionalText(at.Dot("thinking.signature"), block["signature"u8], out var signature)) return false;
            // Our own encoders write a call's signature as an empty block before the call: it goes back to its call. Those of other parts say so.
            if (text.Length == 0 && Gemini.GeminiSignatures.TryTake(_request.Text(signature), out var signed, out _) && signed == Gemini.SignedPart.Call)
            {
                loose = signature;
                return true;
            }
            ref var part = ref Add(ChatPartKind.Thinking, position);
            part.Text = text;
            part.Signature = signature;
            return true;
        }

        private void AddLoose(int position, BodyRange signature)
        {
            // Behind a call that has none it is that call's: where the provider signed after it had given the arguments, the block could only follow.
            if (_isAdded && _request.Messages[^1].PartCount > 0 && _request.LastPart is { Kind: ChatPartKind.ToolCall, Signature.IsPresent: false })
            {
                _request.LastPart.Signature = signature;
                return;
            }
            Add(ChatPartKind.Thinking, position).Signature = signature;
        }

        private bool RedactedBlock(in AnthropicPath at, int position, JsonValue block)
        {
            if (!Text(at.Dot("redacted_thinking.data"), block["data"u8], out var data)) return false;
            Add(ChatPartKind.RedactedThinking, position).Text = data;
            return true;
        }

        private bool ToolUse(in AnthropicPath at, int position, JsonValue block, BodyRange signature)
        {
            JsonValue id = default, name = default, input = default, cacheControl = default;
            foreach (var member in block.Members)
            {
                if (member.Name.Is("id"u8)) id = member.Value;
                else if (member.Name.Is("name"u8)) name = member.Value;
                else if (member.Name.Is("input"u8)) input = member.Value;
                else if (member.Name.Is("cache_control"u8)) cacheControl = member.Value;
            }
            if (!Text(at.Dot("tool_use.id"), id, out var idRange) || !Text(at.Dot("tool_use.name"), name, out var nameRange)) return false;
            if (input.Kind != JsonKind.Object) return Fail(at.Dot("tool_use.input"), "Must be an object.");
            if (!CacheControl(at.Dot("tool_use.cache_control"), cacheControl, out var mark)) return false;
            ref var part = ref Add(ChatPartKind.ToolCall, position);
            part.Id = idRange;
            part.Name = nameRange;
            part.Text = BodyRange.Of(input);
            part.ArgumentsAreJson = true;
            part.Signature = signature;
            part.CacheControl = mark;
            return true;
        }

        // Blocks that only Anthropic's own servers write and read. The list is what the API accepts, so that a typo is still an error.
        private readonly bool ServerBlock(in AnthropicPath at, JsonValue type)
        {
            if (type.Kind != JsonKind.String) return false;
            var name = type.Text;
            var isKnown = name.Is("server_tool_use"u8) || name.Is("mcp_tool_use"u8) || name.Is("container_upload"u8) || name.Is("tool_reference"u8)
                || name.Is("browser_state"u8) || name.Is("compaction"u8) || name.Is("fallback"u8) || name.Bytes.EndsWith("_tool_result"u8);
            if (isKnown) _request.Unsupported.Drop(DroppedNames.Visible($"messages.content.{name.ToString()}"));
            return isKnown;
        }

        private bool ImageBlock(in AnthropicPath at, int position, JsonValue block)
        {
            if (!CacheControl(at.Dot("image.cache_control"), block["cache_control"u8], out var mark)) return false;
            if (!IsEmpty(block["transformations"u8])) _request.Unsupported.Drop("messages.content.transformations");
            var source = block["source"u8];
            if (source.Kind != JsonKind.Object) return Fail(at.Dot("image.source"), "Must be an object with a type.");
            var (kind, text, mediaType) = (ChatSource.Url, default(BodyRange), default(BodyRange));
            var type = source["type"u8];
            if (type.IsString("base64"u8))
            {
                var media = source["media_type"u8];
                if (!media.IsString("image/png"u8) && !media.IsString("image/jpeg"u8) && !media.IsString("image/webp"u8) && !media.IsString("image/gif"u8))
                {
                    return Fail(at.Dot("image.source.base64.media_type"), "Must be image/jpeg, image/png, image/gif or image/webp.");
                }
                if (!Text(at.Dot("image.source.base64.data"), source["data"u8], out text)) return false;
                (kind, mediaType) = (ChatSource.Base64, BodyRange.Of(media));
            }
            else if (type.IsString("url"u8))
            {
                if (!Text(at.Dot("image.source.url.url"), source["url"u8], out text)) return false;
            }
            else if (type.IsString("file"u8))
            {
                if (!Text(at.Dot("image.source.file.file_id"), source["file_id"u8], out text)) return false;
                kind = ChatSource.FileId;
            }
            else return Fail(at.Dot("image.source.type"), "Must be base64, url or file.");
            ref var part = ref Add(ChatPartKind.Image, position);
            part.Source = kind;
            part.Text = text;
            part.MediaType = mediaType;
            part.CacheControl = mark;
            return true;
        }

        private bool DocumentBlock(in AnthropicPath at, int position, JsonValue block)
        {
            JsonValue source = default, title = default, context = default, citations = default, cacheControl = default;
            foreach (var member in block.Members)
            {
                if (member.Name.Is("source"u8)) source = member.Value;
                else if (member.Name.Is("title"u8)) title = member.Value;
                else if (member.Name.Is("context"u8)) context = member.Value;
                else if (member.Name.Is("citations"u8)) citations = member.Value;
                else if (member.Name.Is("cache_control"u8)) cacheControl = member.Value;
            }
            if (!OptionalText(at.Dot("document.title"), title, out var name) || !OptionalText(at.Dot("document.context"), context, out var about)) return false;
            if (!CacheControl(at.Dot("document.cache_control"), cacheControl, out var mark)) return false;
            if (!Citations(at.Dot("document.citations"), citations, out var wantsCitations)) return false;
            if (source.Kind != JsonKind.Object) return Fail(at.Dot("document.source"), "Must be an object with a type.");
            // What the client says about a document goes to the model as words before it: other APIs have no field for it.
            if (about.Length > 0) Add(ChatPartKind.Text, position).Text = about;
            var type = source["type"u8];
            if (type.IsString("content"u8))
            {
                return ContentSource(at, position, source["content"u8], name, wantsCitations, mark);
            }
            var (kind, text, mediaType) = (ChatSource.Url, default(BodyRange), default(BodyRange));
            if (type.IsString("base64"u8))
            {
                if (!source["media_type"u8].IsString("application/pdf"u8)) return Fail(at.Dot("document.source.base64.media_type"), "Must be application/pdf.");
                if (!Text(at.Dot("document.source.base64.data"), source["data"u8], out text)) return false;
                (kind, mediaType) = (ChatSource.Base64, BodyRange.Of(source["media_type"u8]));
            }
            else if (type.IsString("text"u8))
            {
                if (!source["media_type"u8].IsString("text/plain"u8)) return Fail(at.Dot("document.source.text.media_type"), "Must be text/plain.");
                if (!Text(at.Dot("document.source.text.data"), source["data"u8], out text)) return false;
                (kind, mediaType) = (ChatSource.Text, BodyRange.Of(source["media_type"u8]));
            }
            else if (type.IsString("url"u8))
            {
                if (!Text(at.Dot("document.source.url.url"), source["url"u8], out text)) return false;
            }
            else if (type.IsString("file"u8))
            {
                if (!Text(at.Dot("document.source.file.file_id"), source["file_id"u8], out text)) return false;
                kind = ChatSource.FileId;
            }
            else return Fail(at.Dot("document.source.type"), "Must be base64, text, content, url or file.");
            AddDocument(position, kind, text, mediaType, name, wantsCitations, mark);
            return true;
        }

        // A document in pieces that can be cited each: every piece becomes a document, or an image, of its own. With one piece nothing is lost by that.
        private bool ContentSource(in AnthropicPath at, int position, JsonValue content, BodyRange name, bool citations, BodyRange mark)
        {
            if (content.Kind == JsonKind.String)
            {
                AddDocument(position, ChatSource.Text, BodyRange.Of(content), default, name, citations, mark);
                return true;
            }
            if (content.Kind != JsonKind.Array) return Fail(at.Dot("document.source.content.content"), "Must be a string or an array of text and image blocks.");
            var piece = 0;
            foreach (var element in content.Elements)
            {
                var place = at.Inner("document.source.content.content", piece);
                if (element.Kind != JsonKind.Object) return Fail(place, "Must be a text or image block.");
                if (element["type"u8].IsString("image"u8))
                {
                    if (!ImageBlock(place, position, element)) return false;
                }
                else if (!element["type"u8].IsString("text"u8)) return Fail(place.Dot("type"), "Must be text or image.");
                else if (!Text(place.Dot("text.text"), element["text"u8], out var text)) return false;
                else AddDocument(position, ChatSource.Text, text, default, name, citations, default);
                piece++;
            }
            if (piece == 0) return Fail(at.Dot("document.source.content.content"), "Must hold at least one block.");
            if (mark.IsPresent) _request.LastPart.CacheControl = mark;
            if (piece > 1) _request.Unsupported.Drop("messages.content.document.source.content");
            return true;
        }

        private bool SearchResult(in AnthropicPath at, int position, JsonValue block)
        {
            if (!Text(at.Dot("search_result.source"), block["source"u8], out _) || !Text(at.Dot("search_result.title"), block["title"u8], out var title)) return false;
            if (!CacheControl(at.Dot("search_result.cache_control"), block["cache_control"u8], out var mark)) return false;
            if (!Citations(at.Dot("search_result.citations"), block["citations"u8], out var citations)) return false;
            var content = block["content"u8];
            if (content.Kind != JsonKind.Array) return Fail(at.Dot("search_result.content"), "Must be an array of text blocks.");
            var piece = 0;
            foreach (var element in content.Elements)
            {
                var place = at.Inner("search_result.content", piece++);
                if (!element["type"u8].IsString("text"u8)) return Fail(place.Dot("type"), "Must be text.");
                if (!Text(place.Dot("text.text"), element["text"u8], out var text)) return false;
                AddDocument(position, ChatSource.Text, text, default, title, citations, default);
            }
            if (piece == 0) return Fail(at.Dot("search_result.content"), "Must hold at least one block.");
            if (mark.IsPresent) _request.LastPart.CacheControl = mark;
            _request.Unsupported.Drop("messages.content.search_result");
            return true;
        }

        private void AddDocument(int position, ChatSource source, BodyRange text, BodyRange mediaType, BodyRange name, bool citations, BodyRange mark)
        {
            ref var part = ref Add(ChatPartKind.File, position);
            part.Source = source;
            part.Text = text;
            part.MediaType = mediaType;
            part.Name = name;
            part.Citations = citations;
            part.CacheControl = mark;
        }

        private bool Citations(in AnthropicPath at, JsonValue value, out bool wanted)
        {
            wanted = false;
            if (value.IsNullOrAbsent) return true;
            if (value.Kind != JsonKind.Object) return Fail(at, "Must be an object.");
            if (!Boolean(at.Sub("enabled"), value["enabled"u8], out var enabled)) return false;
            wanted = enabled == true;
            return true;
        }

        private static bool IsEmpty(JsonValue value) =>
            value.IsNullOrAbsent || (value.Kind is JsonKind.Array or JsonKind.Object && value.Token.Next == value.Index + 1);
    }
}
