using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

public sealed partial class AnthropicRequestEncoder
{
    private ref partial struct Body
    {
        private bool Media(in ChatMessage message, in ChatPart part, BodyRange cacheControl)
        {
            var text = _request.Text(part.Text);
            if (part.Detail is ImageDetail.Low or ImageDetail.High) _dropped.Drop("messages.image_url.detail");
            if (part.Kind == ChatPartKind.Audio) return FailPart(message, part, "Anthropic's models take no audio.");
            if (part.Source == ChatSource.FileId) return FileId(message, part, text, cacheControl);
            if (part.Source == ChatSource.Text)
            {
                TextDocument(part, text, cacheControl);
                return true;
            }
            if (part.Source == ChatSource.Base64) return Base64(message, part, _request.Text(part.MediaType), text, cacheControl);
            if (DataUrl.TryParse(text, out var mediaType, out var data)) return Base64(message, part, mediaType, data, cacheControl);
            if (IsWebUrl(text))
            {
                _json.Raw(part.Kind == ChatPartKind.Image ? "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":"u8 : "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":"u8);
                _json.String(text);
                _json.Raw("}"u8);
                Title(part);
                EndBlock(cacheControl);
                return true;
            }
            // OpenAI's own documentation has examples with bare base64 as well.
            if (part.Kind == ChatPartKind.File && EndsWithPdf(_request.Text(part.Name))) return Base64(message, part, JsonText.Plain("application/pdf"u8), text, cacheControl);
            return FailPart(message, part, "Must be an http(s) URL or a data URL with base64.");
        }

        private bool Base64(in ChatMessage message, in ChatPart part, JsonText mediaType, JsonText data, BodyRange cacheControl)
        {
            if (mediaType.Is("application/pdf"u8)) _json.Raw("{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\",\"data\":"u8);
            else if (ImageType(mediaType) is { IsEmpty: false } image)
            {
                _json.Raw("{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\""u8);
                _json.Raw(image);
                _json.Raw("\",\"data\":"u8);
            }
            else if (part.Kind == ChatPartKind.File && mediaType.Bytes.StartsWith("text"u8)) return PlainText(message, part, data, cacheControl);
            else
            {
                return FailPart(message, part, part.Kind == ChatPartKind.Image
                    ? "Must be image/jpeg, image/png, image/gif or image/webp."
                    : "Must be application/pdf, text/* or an image.");
            }
            _json.String(data);
            _json.Raw("}"u8);
            if (mediaType.Is("application/pdf"u8)) Title(part);
            EndBlock(cacheControl);
            return true;
        }

        // The API takes text documents as text, not as base64.
        private bool PlainText(in ChatMessage message, in ChatPart part, JsonText data, BodyRange cacheControl)
        {
            var encoded = Unescaped(data);
            var decoded = ArrayPool<byte>.Shared.Rent(global::System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
            var valid = global::System.Buffers.Text.Base64.DecodeFromUtf8(encoded, decoded, out _, out var length) == OperationStatus.Done
                && Utf8.IsValid(decoded.AsSpan(0, length));
            if (valid) TextDocument(part, JsonText.Plain(decoded.AsSpan(0, length)), cacheControl);
            ArrayPool<byte>.Shared.Return(decoded);
            return valid || FailPart(message, part, "Must be base64 of UTF-8 text.");
        }

        private void TextDocument(in ChatPart part, JsonText text, BodyRange cacheControl)
        {
            _json.Raw("{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":"u8);
            _json.String(text);
            _json.Raw("}"u8);
            Title(part);
            EndBlock(cacheControl);
        }

        // Anthropic's ids begin with "file_", OpenAI's with "file-".
        private bool FileId(in ChatMessage message, in ChatPart part, JsonText id, BodyRange cacheControl)
        {
            if (!id.Bytes.StartsWith("file_"u8)) return FailPart(message, part, "A file id is valid at its own provider alone; send file_data.");
            _json.Raw(part.Kind == ChatPartKind.Image ? "{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":"u8 : "{\"type\":\"document\",\"source\":{\"type\":\"file\",\"file_id\":"u8);
            _json.String(id);
            _json.Raw("}"u8);
            Title(part);
            EndBlock(cacheControl);
            return true;
        }

        private void Title(in ChatPart part)
        {
            if (part.Kind != ChatPartKind.File) return;
            if (part.Name.Length > 0)
            {
                _json.Raw(",\"title\":"u8);
                _json.String(_request.Text(part.Name));
            }
            if (part.Citations) _json.Raw(",\"citations\":{\"enabled\":true}"u8);
        }

        private bool FailPart(in ChatMessage message, in ChatPart part, string text) => Fail(_request.PathOf(message, part), text);

        // image/jpg is no registered type and refused by the API, yet common.
        private static ReadOnlySpan<byte> ImageType(JsonText mediaType)
        {
            if (mediaType.Is("image/png"u8)) return "image/png"u8;
            if (mediaType.Is("image/jpeg"u8) || mediaType.Is("image/jpg"u8)) return "image/jpeg"u8;
            if (mediaType.Is("image/webp"u8)) return "image/webp"u8;
            return mediaType.Is("image/gif"u8) ? "image/gif"u8 : default;
        }

        private static bool IsWebUrl(JsonText url)
        {
            // An escaped slash is the one escape to expect here; the colon decides.
            var scheme = url.Bytes[..Math.Max(url.Bytes.IndexOf((byte)':'), 0)];
            return Ascii.EqualsIgnoreCase(scheme, "https"u8) || Ascii.EqualsIgnoreCase(scheme, "http"u8);
        }

        private static bool EndsWithPdf(JsonText name) => name.Bytes.Length > 4 && Ascii.EqualsIgnoreCase(name.Bytes[^4..], ".pdf"u8);
    }
}
