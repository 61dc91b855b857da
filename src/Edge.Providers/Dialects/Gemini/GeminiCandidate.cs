using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>What must be known of a candidate between two events.</summary>
internal sealed class GeminiCandidate
{
    // Sources are named by bytes of the text. Of a longer text they are given without a place.
    private const int MaxText = 1 << 20;

    public int Index { get; private set; }

    /// <summary>The reason that was said last. Older models said STOP with every event, so it counts when the stream has ended.</summary>
    public FinishReason Reason { get; set; }

    /// <summary>The API's own word for it, where it says more; escaped.</summary>
    public ByteBuffer Detail { get; } = new();

    public int Calls { get; set; }

    /// <summary>The last call goes on in the next event.</summary>
    public bool IsCallOpen { get; set; }

    /// <summary>The part that came last is a call.</summary>
    public bool IsBehindCall { get; set; }

    /// <summary>
    /// The marked signature of the part that came last, still to be said: sources and log probabilities stand behind the parts, in the same event or a later one, and
    /// are of the text, which a signature closes.
    /// </summary>
    public ByteBuffer Signature { get; } = new();

    public bool IsSignatureEscaped { get; set; }

    public PartialArguments Arguments { get; } = new();

    /// <summary>The text said so far, UTF-8.</summary>
    public ByteBuffer Text { get; } = new();

    public void Clear(int index)
    {
        (Index, Reason, Calls, IsCallOpen) = (index, FinishReason.None, 0, false);
        IsBehindCall = false;
        Detail.Clear();
        Signature.Clear();
        Arguments.Clear();
        Text.Clear();
    }

    public void Remember(Json.JsonText text)
    {
        if (Text.Length + text.Bytes.Length > MaxText) return;
        Text.Advance(text.Unescape(Text.GetSpan(text.Bytes.Length)));
    }
}
