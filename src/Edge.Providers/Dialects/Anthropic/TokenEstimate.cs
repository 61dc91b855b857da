using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Anthropic;

/// <summary>
/// How many input tokens a request is about, for providers that do not count them. Deterministic, without a tokenizer; never for money, only for clients that ask
/// before they send (<c>/v1/messages/count_tokens</c>).
/// <code>
/// text      one token per 4 bytes of ASCII, 2 letters of a two-byte script (Cyrillic, Greek, Arabic ...), 1 character of a three-byte one (Chinese, Hindi ...),
///           half an emoji
/// message   4 for its role and marks
/// call      8, its name and its arguments; its result 8 and its content
/// tool      12, and its name, description and schema as text at 3 bytes a token, for JSON is dense
/// image     width * height / 750, at most 1,568 (https://docs.claude.com/en/docs/build-with-claude/vision); 85 at low detail; 1,568 where its size is not known
/// PDF       2,250 a page (https://docs.claude.com/en/docs/build-with-claude/pdf-support: 1,500 to 3,000), a page per 50 kB
/// thinking  as text, since the last user message; earlier thinking is not read again
/// </code>
/// </summary>
public static class TokenEstimate
{
    private const long PerMessage = 4;
    private const long PerCall = 8;
    private const long PerTool = 12;
    private const long PerImage = 1568;
    private const long PerPage = 2250;
    private const long PageBytes = 50_000;

    /// <summary>The request's input in tokens; at least 1.</summary>
    public static long Of(ChatRequest request)
    {
        // In quarters of a token, so that short texts do not each lose their remainder.
        long quarters = 0;
        var messages = request.Messages;
        var lastUser = messages.Length - 1;
        while (lastUser >= 0 && messages[lastUser].Role != ChatRole.User) lastUser--;
        for (var i = 0; i < messages.Length; i++)
        {
            quarters += 4 * (messages[i].Role == ChatRole.Tool ? PerMessage + PerCall : PerMessage);
            quarters += Text(request.Text(messages[i].Name));
            foreach (ref readonly var part in request.PartsOf(messages[i])) quarters += Part(request, part, i > lastUser);
        }
        foreach (ref readonly var tool in request.Tools)
        {
            quarters += (4 * PerTool) + Text(request.Text(tool.Name)) + Text(request.Text(tool.Description)) + Json(request.Raw(tool.Parameters));
        }
        quarters += Json(request.Raw(request.ResponseFormat.Schema));
        return Math.Max((quarters + 3) / 4, 1);
    }

    private static long Part(ChatRequest request, in ChatPart part, bool isCurrent) => part.Kind switch
    {
        ChatPartKind.Text or ChatPartKind.Refusal => Text(request.Text(part.Text)),
        ChatPartKind.Thinking => isCurrent ? Text(request.Text(part.Text)) : 0,
        ChatPartKind.RedactedThinking => isCurrent ? part.Text.Length : 0,
        ChatPartKind.ToolCall => (4 * PerCall) + Text(request.Text(part.Name)) + Json(request.Raw(part.Text)),
        ChatPartKind.Image => 4 * Image(request, part),
        // 10 tokens a second (OpenAI), of 32 kB in a WAV file of speech.
        ChatPartKind.Audio => Math.Max(part.Text.Length / 4 * 3 / 3200, 1) * 4,
        _ => File(request, part),
    };

    private static long Image(ChatRequest request, in ChatPart part)
    {
        if (part.Detail == ImageDetail.Low) return 85;
        if (!request.TryMedia(part, out _, out var data) || !ImageSize.TryRead(data, out var width, out var height)) return PerImage;
        return Math.Clamp((long)width * height / 750, 1, PerImage);
    }

    private static long File(ChatRequest request, in ChatPart part)
    {
        if (part.Source == ChatSource.Text) return Text(request.Text(part.Text));
        if (!request.TryMedia(part, out var mediaType, out var data)) return 4 * PerPage;
        var bytes = data.Bytes.Length / 4 * 3L;
        if (mediaType.Bytes.StartsWith("text"u8)) return bytes;
        if (mediaType.Bytes.StartsWith("image"u8)) return 4 * PerImage;
        return 4 * PerPage * Math.Max((bytes + PageBytes - 1) / PageBytes, 1);
    }

    private static long Json(ReadOnlySpan<byte> raw) => raw.Length * 4L / 3;

    // Quarters of a token.
    private static long Text(JsonText text)
    {
        var bytes = text.Bytes;
        long quarters = 0;
        var at = 0;
        while (at < bytes.Length)
        {
            var b = bytes[at];
            if (b == '\\' && text.IsEscaped && at + 1 < bytes.Length)
            {
                var isUnit = bytes[at + 1] == 'u' && at + 6 <= bytes.Length;
                quarters += isUnit ? Unit(bytes.Slice(at + 2, 4)) : 1;
                at += isUnit ? 6 : 2;
                continue;
            }
            at++;
            // By the first byte of each character; the ones that continue it count nothing.
            quarters += b switch
            {
                < 0x80 => 1,
                < 0xC0 => 0,
                < 0xE0 => 2,
                < 0xF0 => 4,
                _ => 8,
            };
        }
        return quarters;
    }

    private static long Unit(ReadOnlySpan<byte> digits)
    {
        if (!ushort.TryParse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var unit)) return 1;
        // Each half of a pair is half an emoji.
        return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 4;
    }
}
