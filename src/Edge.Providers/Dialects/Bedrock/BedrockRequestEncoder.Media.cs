using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Bedrock;

public sealed partial class BedrockRequestEncoder
{
    private ref partial struct Body
    {
        private bool Media(in ChatMessage message, in ChatPart part)
        {
            if (part.Detail is ImageDetail.Low or ImageDetail.High) _dropped.Drop("messages.image_url.detail");
            if (part.Source == ChatSource.FileId) return FailPart(message, part, "A file id is valid at its own provider alone; send the file's data.");
            if (part.Source == ChatSource.Text) return PlainText(part);
            if (_request.TryMedia(part, out var type, out var data)) return Bytes(message, part, type, data);
            var text = _request.Text(part.Text);
            if (text.Bytes.StartsWith("s3:"u8)) return S3(message, part, text);
            // OpenAI's own documentation has examples with bare base64 as well.
            if (part.Kind == ChatPartKind.File && part.Source == ChatSource.Url && text.Bytes.IndexOf((byte)':') < 0
                && BedrockFormats.ByExtension(_request.Text(part.Name), ChatPartKind.File) is { IsEmpty: false } format)
            {
                return Document(part, format, text);
            }
            return FailPart(message, part, "Must be a data URL with base64 or an s3:// URL: Bedrock fetches nothing from the web.");
        }

        private bool Bytes(in ChatMessage message, in ChatPart part, JsonText type, JsonText data)
        {
            if (part.Kind == ChatPartKind.Audio)
            {
                var audio = BedrockFormats.Audio(type);
                if (audio.IsEmpty) return FailPart(message, part, "Must be wav, mp3, flac, opus, ogg or aac.");
                return Source("audio"u8, audio, data);
            }
            if (BedrockFormats.Image(type) is { IsEmpty: false } image) return Source("image"u8, image, data);
            if (BedrockFormats.Video(type) is { IsEmpty: false } video) return Source("video"u8, video, data);
            if (part.Kind == ChatPartKind.Image) return FailPart(message, part, "Must be image/jpeg, image/png, image/gif or image/webp.");
            var format = BedrockFormats.Document(type, _request.Text(part.Name));
            return !format.IsEmpty ? Document(part, format, data)
                : FailPart(message, part, "Must be an image, a video, text, PDF, CSV, HTML, Markdown, Word or Excel.");
        }

        private bool Source(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> format, JsonText data)
        {
            _json.Raw("{\""u8);
            _json.Raw(kind);
            _json.Raw("\":{\"format\":\""u8);
            _json.Raw(format);
            _json.Raw("\",\"source\":{\"bytes\":"u8);
            _json.String(data);
            _json.Raw("}}}"u8);
            return true;
        }

        private bool Document(in ChatPart part, ReadOnlySpan<byte> format, JsonText data)
        {
            OpenDocument(part, format);
            _json.Raw("{\"bytes\":"u8);
            _json.String(data);
            CloseDocument(part);
            return true;
        }

        private bool PlainText(in ChatPart part)
        {
            OpenDocument(part, "txt"u8);
            _json.Raw("{\"bytes\":\""u8);
            Base64Of(Unescaped(_request.Text(part.Text)));
            _json.Raw("\""u8);
            CloseDocument(part);
            return true;
        }

        private bool S3(in ChatMessage message, in ChatPart part, JsonText url)
        {
            var image = BedrockFormats.ByExtension(url, ChatPartKind.Image);
            var document = BedrockFormats.ByExtension(url, ChatPartKind.File);
            if (!image.IsEmpty)
            {
                _json.Raw("{\"image\":{\"format\":\""u8);
                _json.Raw(image);
                _json.Raw("\",\"source\":{\"s3Location\":{\"uri\":"u8);
                _json.String(url);
                _json.Raw("}}}}"u8);
                return true;
            }
            if (document.IsEmpty) return FailPart(message, part, "An s3:// URL must end with the extension of an image or a document.");
            OpenDocument(part, document);
            _json.Raw("{\"s3Location\":{\"uri\":"u8);
            _json.String(url);
            _json.Raw("}"u8);
            CloseDocument(part);
            return true;
        }

        private void OpenDocument(in ChatPart part, ReadOnlySpan<byte> format)
        {
            _hasDocument = true;
            _json.Raw("{\"document\":{\"format\":\""u8);
            _json.Raw(format);
            _json.Raw("\",\"name\":"u8);
            _documents ??= new HashSet<string>(StringComparer.Ordinal);
            var wanted = BedrockText.DocumentName(_request.Text(part.Name));
            if (wanted.Length == 0) wanted = string.Create(CultureInfo.InvariantCulture, $"Document {_documents.Count + 1}");
            var name = wanted;
            for (var i = _documents.Count + 1; !_documents.Add(name); i++) name = string.Create(CultureInfo.InvariantCulture, $"{wanted} ({i})");
            _json.String(JsonText.Plain(Encoding.ASCII.GetBytes(name)));
            _json.Raw(",\"source\":"u8);
        }

        private void CloseDocument(in ChatPart part) => _json.Raw(part.Citations ? "},\"citations\":{\"enabled\":true}}}"u8 : "}}}"u8);

        private void Base64Of(ReadOnlySpan<byte> bytes)
        {
            var encoded = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
            Base64.EncodeToUtf8(bytes, encoded, out _, out var written);
            _json.Raw(encoded.AsSpan(0, written));
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }
}
