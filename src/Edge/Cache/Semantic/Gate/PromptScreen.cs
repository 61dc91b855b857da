using System.Globalization;
using Edge.Cache.Semantic.Embedding;

namespace Edge.Cache.Semantic.Gate;

/// <summary>Which prompts are not looked up at all: what is no English prose. The rules of the gate say nothing about them, and the model shipped gives unrelated ones high similarities (0.86 to 1.00).</summary>
internal static class PromptScreen
{
    /// <summary>Longer ones are not even read: 128 tokens are some 600 characters.</summary>
    public const int MaxLength = 2_000;

    private const int MaxQuotedCode = 80;

    private static readonly HashSet<string> s_english = [.. Wording.Function.Split(' ')];

    // Words that are English ones too say nothing.
    private static readonly HashSet<string> s_foreign = [.. Wording.Foreign.Split(' ').Except(s_english).Except(["die", "war", "hat", "man", "son", "come", "per", "pour", "sur", "des", "den", "dem", "bin", "wie", "plus", "el", "van", "hoe", "met", "pas", "fait", "cause", "no", "not", "not", "som", "det", "ton", "elle", "or", "para"])];

    /// <param name="text">The last turn of a user.</param>
    /// <param name="english">The model is for English alone.</param>
    public static GateReason Check(string text, bool english = true)
    {
        if (string.IsNullOrWhiteSpace(text)) return GateReason.Empty;
        if (text.Length > MaxLength) return GateReason.TooLong;
        if (IsCode(text)) return GateReason.Code;
        return english && IsForeign(text) ? GateReason.Language : GateReason.None;
    }

    private static bool IsForeign(string text)
    {
        var (letters, others) = (0, 0);
        foreach (var c in CompatibilityFolding.Fold(text))
        {
            if (!char.IsLetter(c)) continue;
            letters++;
            if (c > 0x7F) others++;
        }
        // "façade" and "Zürich" are at home in an English prompt; a tenth of all letters is not.
        if (letters > 0 && 10 * others > letters) return true;
        var (english, foreign) = (0, 0);
        foreach (var word in WordReader.Read(text, []))
        {
            if (word.IsQuoted) continue;
            if (s_english.Contains(word.Text)) english++;
            else if (s_foreign.Contains(word.Text)) foreign++;
        }
        return foreign > english || (foreign >= 2 && 2 * foreign > english);
    }

    // Fences, statements, JSON, markup: by the signs that prose does not have.
    private static bool IsCode(string text)
    {
        if (text.Contains("```", StringComparison.Ordinal) || text.Contains("</", StringComparison.Ordinal) || text.Contains("/>", StringComparison.Ordinal)) return true;
        var (signs, strong, visible) = (0, 0, 0);
        var ticks = -1;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '`')
            {
                // A name or a short command in back ticks is a quotation, compared as one.
                if (ticks >= 0 && i - ticks > MaxQuotedCode) return true;
                ticks = ticks < 0 ? i : -1;
                continue;
            }
            if (ticks >= 0 || char.IsWhiteSpace(c)) continue;
            visible++;
            if (c is '{' or '}' or '[' or ']' or '<' or '>' or '=' or ';' or '|' or '\\' or '^' or '~') signs++;
            if ((c == ';' && (i + 1 == text.Length || text[i + 1] == '\n')) || (c == '{' && i + 1 < text.Length && text[i + 1] is '"' or '\n') || (c is '=' or '-' && i + 1 < text.Length && text[i + 1] == '>')
                || (c == '=' && i + 1 < text.Length && text[i + 1] == '=') || (c == '(' && i + 1 < text.Length && text[i + 1] == ')' && i > 0 && char.IsLetterOrDigit(text[i - 1]) && i + 2 < text.Length && text[i + 2] is ';' or '{')) strong++;
        }
        return strong > 0 || (signs >= 3 && 25 * signs > visible) || StartsStatement(text);
    }

    private static bool StartsStatement(string text)
    {
        var lower = text.ToLower(CultureInfo.InvariantCulture);
        return (lower.Contains("select ", StringComparison.Ordinal) && lower.Contains(" from ", StringComparison.Ordinal) && (lower.Contains(" where ", StringComparison.Ordinal) || lower.Contains("select *", StringComparison.Ordinal)))
            || lower.Contains("def ", StringComparison.Ordinal) && lower.Contains("):", StringComparison.Ordinal)
            || lower.Contains("#include", StringComparison.Ordinal) || lower.Contains("import ", StringComparison.Ordinal) && lower.Contains('\n', StringComparison.Ordinal)
            || lower.Contains("traceback (most recent", StringComparison.Ordinal);
    }
}
