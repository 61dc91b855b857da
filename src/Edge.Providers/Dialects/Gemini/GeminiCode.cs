using Edge.Providers.Chat;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>
/// <c>executableCode</c> and <c>codeExecutionResult</c> -> fenced text: no other dialect has a place for code that the model has run by itself, and an application that shows the answer shows
/// it as it is meant. https://ai.google.dev/gemini-api/docs/code-execution
/// </summary>
internal static class GeminiCode
{
    private static ReadOnlySpan<byte> Ticks => "````````````````````````````````"u8;

    /// <summary>False where there is nothing to show.</summary>
    /// <param name="candidate">Whose text it becomes.</param>
    /// <param name="json">The object: <c>{"language":"PYTHON","code":".."}</c> or <c>{"outcome":"OUTCOME_OK","output":".."}</c>.</param>
    /// <param name="sink">Takes the text.</param>
    public static bool Push(GeminiCandidate candidate, ReadOnlySpan<byte> json, IChatEventSink sink)
    {
        JsonText language = default, text = default;
        var reader = GeminiText.Reader(json);
        reader.Read();
        while (GeminiText.NextMember(ref reader))
        {
            if (reader.Is("language"u8)) language = GeminiText.String(ref reader);
            else if (reader.Is("code"u8) || reader.Is("output"u8)) text = GeminiText.String(ref reader);
            else reader.Skip();
        }
        if (text.IsEmpty) return false;
        var fence = JsonText.Plain(Fence(text.Bytes));
        if (candidate.Text.Length > 0) Say(JsonText.Plain("\n"u8));
        Say(fence);
        if (language.Is("PYTHON"u8)) Say(JsonText.Plain("python"u8));
        Say(JsonText.Plain("\n"u8));
        Say(text);
        var endsLine = text.IsEscaped ? text.Bytes.EndsWith("\\n"u8) : text.Bytes.EndsWith("\n"u8);
        if (!endsLine) Say(JsonText.Plain("\n"u8));
        Say(fence);
        Say(JsonText.Plain("\n"u8));
        return true;

        void Say(JsonText piece)
        {
            candidate.Remember(piece);
            sink.Text(candidate.Index, piece);
        }
    }

    // Longer than any run of back ticks in the text.
    private static ReadOnlySpan<byte> Fence(ReadOnlySpan<byte> text)
    {
        var (longest, run) = (2, 0);
        foreach (var b in text)
        {
            run = b == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return Ticks[..Math.Min(longest + 1, Ticks.Length)];
    }
}
