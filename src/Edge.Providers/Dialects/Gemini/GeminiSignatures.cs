using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// A thought signature must go back on the part it came with, and the client's dialects have one kind of signature alone; so the kind of the part stands behind the
/// family's mark: <c>gemini.SIG</c> of a function call, <c>gemini.x.SIG</c> of a text, <c>gemini.t.SIG</c> of a thought. Base64 has no full stop.
/// </summary>
internal static class GeminiSignatures
{
    /// <summary>What Google documents for calls that no Gemini model made: the check is skipped.</summary>
    public static ReadOnlySpan<byte> Dummy => "skip_thought_signature_validator"u8;

    public static ReadOnlySpan<byte> OfText => "x."u8;

    public static ReadOnlySpan<byte> OfThought => "t."u8;

    /// <summary>Takes a signature of this family apart.</summary>
    /// <param name="signature">As the client sends it.</param>
    /// <param name="kind">The kind of part that it belongs to.</param>
    /// <param name="own">As Gemini gave it.</param>
    public static bool TryTake(JsonText signature, out ChatPartKind kind, out JsonText own)
    {
        kind = ChatPartKind.ToolCall;
        if (!SignatureOrigin.TryTake(signature, SignatureOrigin.Gemini, out own) || own.IsEmpty) return false;
        if (own.Bytes.StartsWith(OfText)) kind = ChatPartKind.Text;
        else if (own.Bytes.StartsWith(OfThought)) kind = ChatPartKind.Thinking;
        else return true;
        own = new JsonText(own.Bytes[2..], own.IsEscaped);
        return !own.IsEmpty;
    }
}
