using Edge.Providers.Chat;
using Edge.Simd.Text;

namespace Edge.Metering.Tokens;

/// <summary>
/// Counts of tokens without a vocabulary, for decisions on the way of a request: from how many words, marks and characters of which script a text has. No allocation, some
/// gigabytes a second. What they are worth is tabled in docs/cost.md.
/// </summary>
public static class TokenEstimator
{
    /// <summary>What an image counts where nobody looks into it: about one of a megapixel at OpenAI, Anthropic and Gemini.</summary>
    public const int PerImage = 1_100;

    // Tokens a second of sound is worth differ by provider; of a base64 of some 20 KB a second, 25 tokens: one in a thousand bytes.
    private const int BytesPerAudioToken = 1_000;

    /// <summary>A text's tokens. UTF-8, or the inside of a JSON string as it stands, whose escapes count as what they are written with.</summary>
    public static long Estimate(ReadOnlySpan<byte> utf8, TokenFamily family) => Scaled(Weighted(TextShape.Of(utf8), family), family);

    /// <summary>The same by the newest vocabulary of OpenAI, which most others are near to.</summary>
    public static long EstimateTokens(ReadOnlySpan<byte> utf8) => Estimate(utf8, TokenFamily.Gpt4o);

    /// <summary>The input tokens of a request: texts, tools and what every message costs; images and sound by rules of thumb.</summary>
    public static long EstimateChat(ChatRequest request, TokenFamily family)
    {
        var weight = 0L;
        var tokens = (long)family.PerRequest + ((long)family.PerMessage * request.Messages.Length);
        foreach (ref readonly var message in request.Messages)
        {
            weight += Weighted(TextShape.Of(request.Raw(message.Name)), family);
            foreach (ref readonly var part in request.PartsOf(message))
            {
                switch (part.Kind)
                {
                    case ChatPartKind.Image:
                        tokens += PerImage;
                        break;
                    case ChatPartKind.Audio:
                    case ChatPartKind.File when part.Source != ChatSource.Text:
                        tokens += PerImage + (part.Text.Length / BytesPerAudioToken);
                        break;
                    case ChatPartKind.RedactedThinking:
                        tokens += part.Text.Length / 4;
                        break;
                    default:
                        weight += Weighted(TextShape.Of(request.Raw(part.Text)), family) + Weighted(TextShape.Of(request.Raw(part.Name)), family);
                        break;
                }
            }
        }
        foreach (ref readonly var tool in request.Tools)
        {
            weight += Weighted(TextShape.Of(request.Raw(tool.Name)), family) + Weighted(TextShape.Of(request.Raw(tool.Description)), family) + Weighted(TextShape.Of(request.Raw(tool.Parameters)), family);
            tokens += 8;
        }
        return tokens + Scaled(weight + Weighted(TextShape.Of(request.Raw(request.ResponseFormat.Schema)), family), family);
    }

    /// <summary>No text has more tokens than bytes: every token stands for one at least.</summary>
    /// <param name="bytes">Of the texts of a request, or of the whole body.</param>
    /// <param name="messages">Of the request.</param>
    /// <param name="family">Of the model.</param>
    public static long AtMost(long bytes, int messages, TokenFamily family) => bytes + family.PerRequest + ((long)messages * family.PerMessage);

    private static long Scaled(long weight, TokenFamily family) => ((weight * family.Scale) + (1 << 19)) >> 20;

    // In 1024ths of a token. Fitted to the counts of some 1,400 texts by least squares of the relative error, outliers down-weighted; negative weights were set to nothing.
    private static long Weighted(in TextShape shape, TokenFamily family) => family.Encoding == TokenEncoding.Cl100k
        ? (1046L * shape.Words) + (512L * shape.Upper) + (202L * shape.Long) + (772L * shape.Digits) + (355L * shape.Marks) + (66L * shape.LineEnds)
            + (1854L * shape.Latin) + (852L * shape.TwoBytes) + (1302L * shape.Indic) + (1038L * shape.Chinese) + (1403L * shape.Korean) + (2110L * shape.Emoji)
        : (1038L * shape.Words) + (482L * shape.Upper) + (223L * shape.Long) + (727L * shape.Digits) + (379L * shape.Marks) + (66L * shape.LineEnds)
            + (1436L * shape.Latin) + (353L * shape.TwoBytes) + (417L * shape.Indic) + (944L * shape.Chinese) + (755L * shape.Korean) + (1049L * shape.Emoji);
}
