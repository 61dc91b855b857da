using System.Text;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

public sealed partial class GeminiRequestEncoder
{
    // Where files of the Gemini API live; the model finds them in any version of the API.
    private static ReadOnlySpan<byte> FilesRoot => "https://generativelanguage.googleapis.com/v1beta/"u8;

    private ref partial struct Body
    {
        private bool Media(in ChatMessage message, in ChatPart part, Speaker speaker)
        {
            if (part.Detail is ImageDetail.Low or ImageDetail.High) _dropped.Drop("messages.image_url.detail");
            if (part.Citations) _dropped.Drop("messages.citations");
            var text = _request.Text(part.Text);
            if (part.Source == ChatSource.Text)
            {
                Document(speaker, _request.Text(part.Name), text);
                return true;
            }
            // Data has no place for its name, by which the client may speak of it: it goes in front, as before a text.
            if (part.Kind == ChatPartKind.File && part.Name.Length > 0)
            {
                OpenPart(speaker, "\"text\":\""u8);
                _json.Text(_request.Text(part.Name));
                _json.Raw(":\""u8);
            }
            if (_request.TryMedia(part, out var mediaType, out var base64))
            {
                OpenPart(speaker, "\"inlineData\":"u8);
                Blob(MediaType(part.Kind, mediaType), base64);
                return true;
            }
            if (part.Source == ChatSource.FileId) return FileOf(message, part, text, speaker);
            if (part.Source == ChatSource.Base64) return FailPart(message, part, "The media type is missing.");
            var kind = UrlKind(text);
            if (kind == FileUrl.None)
            {
                // OpenAI's own documentation has examples with bare base64 as well.
                var guess = part.Kind == ChatPartKind.File ? GeminiMediaTypes.OfName(_request.Text(part.Name).Bytes) : default;
                if (guess.IsEmpty || text.Bytes.IndexOf((byte)':') >= 0) return FailPart(message, part, "Must be an http(s) URL or a data URL with base64.");
                OpenPart(speaker, "\"inlineData\":"u8);
                Blob(JsonText.Plain(guess), text);
                return true;
            }
            if (kind == FileUrl.CloudStorage && !_isVertex) return FailPart(message, part, "A gs:// URL is for Vertex AI alone; send the data.");
            if (kind == FileUrl.Web && !_isVertex && !_model.FetchesUrls) return FailPart(message, part, "Must be a data URL with base64: this model fetches no URLs.");
            File(part, text, speaker);
            return true;
        }

        // As for the other providers without documents: the title goes before the text.
        private void Document(Speaker speaker, JsonText title, JsonText text)
        {
            if (title.IsEmpty || text.IsEmpty)
            {
                Text(speaker, text);
                return;
            }
            OpenPart(speaker, "\"text\":\""u8);
            _json.Text(title);
            _json.Raw(":\\n"u8);
            _json.Text(text);
            _json.Raw("\""u8);
        }

        private bool FileOf(in ChatMessage message, in ChatPart part, JsonText id, Speaker speaker)
        {
            if (UrlKind(id) != FileUrl.None) File(part, id, speaker);
            else if (!_isVertex && id.Bytes.StartsWith("files/"u8))
            {
                OpenPart(speaker, "\"fileData\":{\"fileUri\":\""u8);
                _json.Raw(FilesRoot);
                _json.Text(id);
                _json.Raw("\"}"u8);
            }
            else return FailPart(message, part, "A file id is valid at its own provider alone; send file_data.");
            return true;
        }

        private void File(in ChatPart part, JsonText url, Speaker speaker)
        {
            OpenPart(speaker, "\"fileData\":{\"mimeType\":\""u8);
            var given = part.MediaType.IsPresent ? _request.Text(part.MediaType) : default;
            if (given.Bytes.IndexOf((byte)'/') > 0) _json.Text(given);
            else _json.Raw(GeminiMediaTypes.OfUrl(url.Bytes, part.Kind));
            _json.Raw("\",\"fileUri\":"u8);
            _json.String(url);
            _json.Raw("}"u8);
        }

        private void Blob(JsonText mediaType, JsonText base64)
        {
            _json.Raw("{\"mimeType\":"u8);
            _json.String(mediaType);
            _json.Raw(",\"data\":"u8);
            _json.String(base64);
            _json.Raw("}"u8);
        }

        private bool FailPart(in ChatMessage message, in ChatPart part, string text) => Fail(_request.PathOf(message, part), text);

        // Audio has a format for a type; image/jpg is no registered type, yet common.
        private static JsonText MediaType(ChatPartKind kind, JsonText mediaType)
        {
            if (mediaType.Is("image/jpg"u8)) return JsonText.Plain("image/jpeg"u8);
            if (kind != ChatPartKind.Audio || mediaType.Bytes.IndexOf((byte)'/') >= 0) return mediaType;
            var known = GeminiMediaTypes.OfExtension(mediaType.Bytes);
            return known.IsEmpty ? mediaType : JsonText.Plain(known);
        }

        private enum FileUrl : byte
        {
            None,
            Web,

            /// <summary>A file of the Gemini API, or a video of YouTube: taken by every model.</summary>
            Known,
            CloudStorage,
        }

        private static FileUrl UrlKind(JsonText url)
        {
            // An escaped slash is the one escape to expect here; the colon decides.
            var scheme = url.Bytes[..Math.Max(url.Bytes.IndexOf((byte)':'), 0)];
            if (Ascii.EqualsIgnoreCase(scheme, "gs"u8)) return FileUrl.CloudStorage;
            if (!Ascii.EqualsIgnoreCase(scheme, "https"u8) && !Ascii.EqualsIgnoreCase(scheme, "http"u8)) return FileUrl.None;
            return GeminiMediaTypes.IsYouTube(url.Bytes) || url.Bytes.IndexOf("generativelanguage.googleapis.com"u8) >= 0 ? FileUrl.Known : FileUrl.Web;
        }
    }
}
