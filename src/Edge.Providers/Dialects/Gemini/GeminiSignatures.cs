using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>The part that a signature is of.</summary>
internal enum SignedPart : byte
{
    Call,
    Text,
    Thought,

    /// <summary>The empty text that ends the turn behind its calls.</summary>
    End,
}

/// <summary>
/// A thought signature must go back on the part it came with, and the client's dialects have one kind of signature alone; so the kind of the part stands behind the
/// family's mark: <c>gemini.SIG</c> of a function call, <c>gemini.x.SIG</c> of a text, <c>gemini.t.SIG</c> of a thought, <c>gemini.e.SIG</c> of the empty text that
/// follows a call. That one goes back behind everything else of its turn: chat clients have no order in which it could stand there by itself, and anywhere before it would
/// tear parallel calls apart. Base64 has no full stop.
/// </summary>
internal static class GeminiSignatures
{
    /// <summary>What Google documents for calls that no Gemini model made: the check is skipped.</summary>
    public static ReadOnlySpan<byte> Dummy => "skip_thought_signature_validator"u8;

    public static ReadOnlySpan<byte> OfText => "x."u8;

    public static ReadOnlySpan<byte> OfThought => "t."u8;

    public static ReadOnlySpan<byte> OfEnd => "e."u8;

    /// <summary>Takes a signature of this family apart.</summary>
    /// <param name="signature">As the client sends it.</param>
    /// <param name="kind">The kind of part that it belongs to.</param>
    /// <param name="own">As Gemini gave it.</param>
    public static bool TryTake(JsonText signature, out SignedPart kind, out JsonText own)
    {
        kind = SignedPart.Call;
        if (!SignatureOrigin.TryTake(signature, SignatureOrigin.Gemini, out own) || own.IsEmpty) return false;
        if (own.Bytes.StartsWith(OfText)) kind = SignedPart.Text;
        else if (own.Bytes.StartsWith(OfThought)) kind = SignedPart.Thought;
        else if (own.Bytes.StartsWith(OfEnd)) kind = SignedPart.End;
        else return true;
        own = new JsonText(own.Bytes[2..], own.IsEscaped);
        return !own.IsEmpty;
    }
}
