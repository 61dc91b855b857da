using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

public sealed partial class OpenAiChatRequestEncoder
{
    private ref partial struct Body
    {
        private bool Part(in ChatMessage message, in ChatPart part, BodyRange mark, ref int written)
        {
            switch (part.Kind)
            {
                case ChatPartKind.Text:
                case ChatPartKind.Refusal:
                    TextPart(_request.Text(part.Text), mark, ref written);
                    return true;
                case ChatPartKind.Image:
                    return Image(message, part, mark, ref written);
                case ChatPartKind.Audio:
                    return Audio(message, part, mark, ref written);
                case ChatPartKind.File:
                    return File(message, part, mark, ref written);
                default:
                    return true;
            }
        }

        private void TextPart(scoped JsonText text, BodyRange mark, ref int written)
        {
            _json.Raw(written++ > 0 ? ",{\"type\":\"text\",\"text\":"u8 : "{\"type\":\"text\",\"text\":"u8);
            _json.String(text);
            EndPart(mark);
        }

        private bool Image(in ChatMessage message, in ChatPart part, BodyRange mark, ref int written)
        {
            if (part.Source == ChatSource.FileId) return FailPart(message, part, "The dialect takes no image by its file id; send a URL or the data.");
            var hasUrl = part is { Source: ChatSource.Url, Attachment: 0 };
            if (!hasUrl && !_request.TryMedia(part, out _, out _)) return FailPart(message, part, "Must be a URL, or base64 with its media type.");
            _json.Raw(written++ > 0 ? ",{\"type\":\"image_url\",\"image_url\":{\"url\":\""u8 : "{\"type\":\"image_url\",\"image_url\":{\"url\":\""u8);
            if (hasUrl) _json.Text(_request.Text(part.Text));
            else Data(part);
            _json.Raw(part.Detail switch
            {
                ImageDetail.Auto => "\",\"detail\":\"auto\"}"u8,
                ImageDetail.Low => "\",\"detail\":\"low\"}"u8,
                ImageDetail.High => "\",\"detail\":\"high\"}"u8,
                _ => "\"}"u8,
            });
            EndPart(mark);
            return true;
        }

        private bool Audio(in ChatMessage message, in ChatPart part, BodyRange mark, ref int written)
        {
            if (!_request.TryMedia(part, out var type, out var data)) return FailPart(message, part, "Must be base64 of wav or mp3.");
            var slash = type.Bytes.LastIndexOf((byte)'/');
            var format = new JsonText(type.Bytes[(slash + 1)..], type.IsEscaped);
            var isWav = format.Is("wav"u8) || format.Is("x-wav"u8) || format.Is("wave"u8);
            if (!isWav && !format.Is("mp3"u8) && !format.Is("mpeg"u8)) return FailPart(message, part, "Must be base64 of wav or mp3.");
            _json.Raw(written++ > 0 ? ",{\"type\":\"input_audio\",\"input_audio\":{\"data\":"u8 : "{\"type\":\"input_audio\",\"input_audio\":{\"data\":"u8);
            _json.String(data);
            _json.Raw(isWav ? ",\"format\":\"wav\"}"u8 : ",\"format\":\"mp3\"}"u8);
            EndPart(mark);
            return true;
        }

        private bool File(in ChatMessage message, in ChatPart part, BodyRange mark, ref int written)
        {
            if (part.Citations) _dropped.Drop("messages.citations");
            var text = _request.Text(part.Text);
            if (part.Source == ChatSource.Text)
            {
                _json.Raw(written++ > 0 ? ",{\"type\":\"text\",\"text\":\""u8 : "{\"type\":\"text\",\"text\":\""u8);
                TextOf(part);
                _json.Raw("\""u8);
                EndPart(mark);
                return true;
            }
            if (part.Source == ChatSource.FileId && Has(ChatTraits.DocumentUrls) && !text.Bytes.StartsWith("file-"u8) && !text.Bytes.StartsWith("file_"u8))
            {
                _json.Raw(written++ > 0 ? ",{\"type\":\"file\",\"file_id\":"u8 : "{\"type\":\"file\",\"file_id\":"u8);
                _json.String(text);
                EndPart(mark);
                return true;
            }
            if (part.Source == ChatSource.FileId)
            {
                // Files of OpenAI are called so; another provider's id would only be looked for in vain.
                if (!Has(ChatTraits.OpenAi) || !text.Bytes.StartsWith("file-"u8)) return FailPart(message, part, "A file id is valid at its own provider alone; send the data.");
                _json.Raw(written++ > 0 ? ",{\"type\":\"file\",\"file\":{\"file_id\":"u8 : "{\"type\":\"file\",\"file\":{\"file_id\":"u8);
                _json.String(text);
                _json.Raw("}"u8);
                EndPart(mark);
                return true;
            }
            var hasData = _request.TryMedia(part, out var type, out var data);
            if (hasData && type.Bytes.StartsWith("image"u8)) return Image(message, part, mark, ref written);
            if (hasData && type.Bytes.StartsWith("text"u8)) return TextFile(message, part, data, mark, ref written);
            if (!hasData && part.Source != ChatSource.Url) return FailPart(message, part, "Must be base64 with its media type.");
            if (Has(ChatTraits.DocumentUrls))
            {
                _json.Raw(written++ > 0 ? ",{\"type\":\"document_url\",\"document_url\":\""u8 : "{\"type\":\"document_url\",\"document_url\":\""u8);
                if (part is { Source: ChatSource.Url, Attachment: 0 }) _json.Text(text);
                else Data(part);
                _json.Raw("\""u8);
                if (part.Name.Length > 0) Member(",\"document_name\":"u8, part.Name);
                EndPart(mark);
                return true;
            }
            if (!hasData && IsWebUrl(text) && !Has(ChatTraits.FileUrls)) return FailPart(message, part, "The provider takes no file by its URL; send the data.");
            _json.Raw(written++ > 0 ? ",{\"type\":\"file\",\"file\":{\"filename\":"u8 : "{\"type\":\"file\",\"file\":{\"filename\":"u8);
            // Required beside the data.
            _json.String(part.Name.Length > 0 ? _request.Text(part.Name) : JsonText.Plain("document.pdf"u8));
            _json.Raw(",\"file_data\":\""u8);
            if (part is { Source: ChatSource.Url, Attachment: 0 }) _json.Text(text);
            else Data(part);
            _json.Raw("\"}"u8);
            EndPart(mark);
            return true;
        }

        // Text goes as text: the dialect's files are PDFs.
        private bool TextFile(in ChatMessage message, in ChatPart part, JsonText data, BodyRange mark, ref int written)
        {
            var encoded = Unescaped(data);
            var decoded = ArrayPool<byte>.Shared.Rent(global::System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
            var valid = global::System.Buffers.Text.Base64.DecodeFromUtf8(encoded, decoded, out _, out var length) == OperationStatus.Done
                && Utf8.IsValid(decoded.AsSpan(0, length));
            if (valid)
            {
                _json.Raw(written++ > 0 ? ",{\"type\":\"text\",\"text\":\""u8 : "{\"type\":\"text\",\"text\":\""u8);
                if (part.Name.Length > 0)
                {
                    _json.Text(_request.Text(part.Name));
                    _json.Raw(":\\n"u8);
                }
                _json.Text(JsonText.Plain(decoded.AsSpan(0, length)));
                _json.Raw("\""u8);
                EndPart(mark);
            }
            ArrayPool<byte>.Shared.Return(decoded);
            return valid || FailPart(message, part, "Must be base64 of UTF-8 text.");
        }

        // The inside of a JSON string: a data URL.
        private void Data(in ChatPart part)
        {
            _request.TryMedia(part, out var type, out var data);
            _json.Raw("data:"u8);
            _json.Text(type);
            _json.Raw(";base64,"u8);
            _json.Text(data);
        }

        private void EndPart(BodyRange mark)
        {
            if (mark.IsPresent) RawMember(",\"cache_control\":"u8, mark);
            _json.Raw("}"u8);
        }

        private bool FailPart(in ChatMessage message, in ChatPart part, string text) => Fail(_request.PathOf(message, part), text);

        private static bool IsWebUrl(JsonText url)
        {
            var scheme = url.Bytes[..Math.Max(url.Bytes.IndexOf((byte)':'), 0)];
            return Ascii.EqualsIgnoreCase(scheme, "https"u8) || Ascii.EqualsIgnoreCase(scheme, "http"u8);
        }
    }
}
