using Edge.Providers.Json;

namespace Edge.Providers.Chat;

/// <summary>
/// Whose signature of reasoning it is. A client sends signatures back with its next turn, which may go to another provider, and a provider that gets a foreign one
/// refuses the whole request. So every family but Anthropic's (whose signatures are the ones that clients' SDKs know, and which are the same on Bedrock and Vertex)
/// is marked in front when it goes to a client, and an encoder takes only its own back, without the mark; a foreign one is left out, its text too where the
/// provider wants none unsigned.
/// </summary>
public static class SignatureOrigin
{
    /// <summary>Gemini's and Vertex's thought signatures.</summary>
    public static ReadOnlySpan<byte> Gemini => "gemini."u8;

    /// <summary>Encrypted reasoning of OpenAI's Responses API.</summary>
    public static ReadOnlySpan<byte> OpenAi => "openai."u8;

    /// <summary>The signature without its mark where it is of that family.</summary>
    public static bool TryTake(JsonText signature, ReadOnlySpan<byte> origin, out JsonText own)
    {
        own = signature;
        if (!signature.Bytes.StartsWith(origin)) return false;
        own = new JsonText(signature.Bytes[origin.Length..], signature.IsEscaped);
        return true;
    }

    /// <summary>No mark: Anthropic's. Base64 has no full stop, so a mark is never a part of one.</summary>
    public static bool IsAnthropic(JsonText signature) => !signature.Bytes.StartsWith(Gemini) && !signature.Bytes.StartsWith(OpenAi);
}
