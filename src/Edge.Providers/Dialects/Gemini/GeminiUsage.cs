using System.Text.Json;
using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// <c>usageMetadata</c>. Thoughts are kept apart from candidates and what built-in tools read apart from the prompt; both are billed with them. Zeros are left out by
/// the API, so an absent counter beside others is 0. https://ai.google.dev/api/generate-content#UsageMetadata
/// </summary>
internal static class GeminiUsage
{
    /// <summary>Reads the object on whose opening brace the reader stands.</summary>
    /// <param name="reader">Left on the closing brace.</param>
    /// <param name="usage">The counters.</param>
    /// <param name="isReported">False where there is none (<c>trafficType</c> alone, in the middle of Vertex's streams).</param>
    /// <returns>The tier that served the request; may be empty.</returns>
    public static JsonText Read(scoped ref Utf8JsonReader reader, out Usage usage, out bool isReported)
    {
        usage = new();
        JsonText tier = default;
        long prompt = -1, tools = -1, candidates = -1, thoughts = -1, total = -1;
        long audioIn = -1, imageIn = -1, audioOut = -1, imageOut = -1;
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("promptTokenCount"u8)) prompt = GeminiText.Count(ref reader);
            else if (reader.Is("candidatesTokenCount"u8)) candidates = GeminiText.Count(ref reader);
            else if (reader.Is("thoughtsTokenCount"u8)) thoughts = GeminiText.Count(ref reader);
            else if (reader.Is("cachedContentTokenCount"u8)) usage.CacheRead = GeminiText.Count(ref reader);
            else if (reader.Is("toolUsePromptTokenCount"u8)) tools = GeminiText.Count(ref reader);
            else if (reader.Is("totalTokenCount"u8)) total = GeminiText.Count(ref reader);
            else if (reader.Is("promptTokensDetails"u8) || reader.Is("toolUsePromptTokensDetails"u8)) Details(ref reader, ref audioIn, ref imageIn);
            else if (reader.Is("candidatesTokensDetails"u8)) Details(ref reader, ref audioOut, ref imageOut);
            else if (reader.Is("serviceTier"u8)) tier = GeminiText.String(ref reader);
            else reader.Skip();
        }
        isReported = (prompt & tools & candidates & thoughts & total) != -1;
        if (!isReported) return tier;
        usage.Input = Sum(prompt, tools);
        usage.Output = Sum(candidates, thoughts);
        usage.Reasoning = thoughts;
        (usage.AudioInput, usage.ImageInput, usage.AudioOutput, usage.ImageOutput) = (audioIn, imageIn, audioOut, imageOut);
        return tier;
    }

    private static void Details(scoped ref Utf8JsonReader reader, ref long audio, ref long image)
    {
        if (!GeminiText.Enter(ref reader, JsonTokenType.StartArray)) return;
        while (GeminiText.NextObject(ref reader))
        {
            long count = -1;
            var (isAudio, isImage) = (false, false);
            while (GeminiText.NextMember(ref reader))
            {
                if (reader.Is("tokenCount"u8)) count = GeminiText.Count(ref reader);
                else if (reader.Is("modality"u8))
                {
                    var modality = GeminiText.String(ref reader);
                    (isAudio, isImage) = (modality.Is("AUDIO"u8), modality.Is("IMAGE"u8));
                }
                else reader.Skip();
            }
            if (isAudio) audio = Sum(audio, count);
            else if (isImage) image = Sum(image, count);
        }
    }

    // Of what a hostile answer says the sum must not overflow.
    private static long Sum(long a, long b) => Math.Min(Math.Max(a, 0), long.MaxValue / 4) + Math.Min(Math.Max(b, 0), long.MaxValue / 4);
}
