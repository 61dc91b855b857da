using System.Buffers.Text;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// What stands in a reasoning item's <c>encrypted_content</c>, the one place where a Responses client keeps a provider's opaque state and sends it back. OpenAI's own stands there as it is,
/// so that a conversation may move between translation and pass-through; what other families signed is marked:
/// <code>
/// encrypted_content = openai                       ; OpenAI's own
///                   / "anthropic." signature       ; the signature of the summary's text
///                   / "gemini." signature
///                   / "redacted." data             ; an encrypted block of Anthropic's
///                   / "call." length "." call-id "." signature ; state bound to that call (Gemini's); length of the id in bytes
/// </code>
/// A call is named because clients may put an item before the call that it followed. Full stops stand in no base64, so no mark is ever a part of a signature.
/// </summary>
internal static class ResponsesReasoning
{
    public static ReadOnlySpan<byte> Anthropic => "anthropic."u8;

    public static ReadOnlySpan<byte> Redacted => "redacted."u8;

    public static ReadOnlySpan<byte> Call => "call."u8;

    /// <summary>Whether another provider than OpenAI wrote it; OpenAI refuses a whole request over such an item.</summary>
    public static bool IsForeign(JsonText encrypted) =>
        encrypted.Bytes.StartsWith(Anthropic) || encrypted.Bytes.StartsWith(SignatureOrigin.Gemini) || encrypted.Bytes.StartsWith(Redacted) || encrypted.Bytes.StartsWith(Call);

    /// <summary>A signature as a decoder pushes it -> what stands in front of it in the item, and it.</summary>
    public static ReadOnlySpan<byte> Mark(JsonText signature, out JsonText rest)
    {
        rest = signature;
        if (SignatureOrigin.TryTake(signature, SignatureOrigin.OpenAi, out var own))
        {
            rest = own;
            return default;
        }
        return SignatureOrigin.IsAnthropic(signature) ? Anthropic : default;
    }

    /// <summary>What stands in front of a call's signature.</summary>
    public static void WriteCallMark(ByteBuffer output, ReadOnlySpan<byte> callId)
    {
        var json = new JsonOut(output);
        json.Raw(Call);
        json.Number(callId.Length);
        json.Raw("."u8);
        json.Raw(callId);
        json.Raw("."u8);
        json.Flush();
    }

    /// <summary>The places of the call's id and of its signature within an item's <c>encrypted_content</c>. False where it has no such form.</summary>
    public static bool TryReadCallMark(ReadOnlySpan<byte> encrypted, out Range callId, out Range signature)
    {
        (callId, signature) = (default, default);
        var rest = encrypted[Call.Length..];
        if (!Utf8Parser.TryParse(rest, out int length, out var digits) || length <= 0 || length > rest.Length - digits - 2) return false;
        var start = Call.Length + digits + 1;
        if (encrypted[start - 1] != '.' || encrypted[start + length] != '.') return false;
        (callId, signature) = (start..(start + length), (start + length + 1)..encrypted.Length);
        return true;
    }
}
