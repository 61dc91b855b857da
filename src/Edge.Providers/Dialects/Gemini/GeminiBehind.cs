using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// What stands behind a candidate's parts and is of its text: sources and log probabilities. Pushed once, before the event's first call if there is one, since clients of other dialects
/// can say nothing more of a text that a call has closed.
/// </summary>
internal ref struct GeminiBehind
{
    public ReadOnlySpan<byte> Grounding;
    public ReadOnlySpan<byte> Citations;
    public ReadOnlySpan<byte> Logprobs;

    public void Push(GeminiCandidate candidate, ByteBuffer scratch, IChatEventSink sink)
    {
        if (Logprobs is [(byte)'{', ..]) GeminiLogprobs.Push(candidate.Index, Logprobs, scratch, sink);
        if (Grounding is [(byte)'{', ..]) GeminiCitations.PushGrounding(candidate, Grounding, sink);
        if (Citations is [(byte)'{', ..]) GeminiCitations.PushCitations(candidate, Citations, sink);
        this = default;
    }
}
