using System.Buffers.Text;
using System.Text;

namespace Edge.Providers.Dialects.Gemini;

/// <summary>How a model is told how much to think.</summary>
internal enum GeminiThinking : byte
{
    /// <summary>It does not think, or refuses to be told.</summary>
    None,

    /// <summary><c>thinkingBudget</c> in tokens: Gemini 2.5.</summary>
    Budget,

    /// <summary><c>thinkingLevel</c>: Gemini 3 and later, where a budget beside it is an error.</summary>
    Level,
}

/// <summary>
/// What a model's name says about what the API takes with it. https://ai.google.dev/gemini-api/docs/models; of a name that says no version
/// (<c>gemini-flash-latest</c>) the rules of the newest family hold.
/// </summary>
internal readonly record struct GeminiModel
{
    /// <summary>Major version times 100 plus the minor one: 205 for 2.5.</summary>
    private int Version { get; init; }

    private bool IsGemini { get; init; }

    public bool IsPro { get; private init; }

    public bool IsLite { get; private init; }

    public bool IsImage { get; private init; }

    /// <summary>Refuses a function call of the history that has no thought signature, takes media inside a function's response, and formats beside tools.</summary>
    public bool IsGemini3 => IsGemini && Version >= 300;

    /// <summary>From 2.5 on "Penalty is not enabled for this model" is the answer to any penalty but 0.</summary>
    public bool TakesPenalties => IsGemini && Version < 205;

    /// <summary>Has <c>googleSearch</c>; the family 1.5 had another tool for it.</summary>
    public bool SearchesWeb => IsGemini && Version >= 200;

    /// <summary>Fetches a file by its URL: not in the family 2.0 of the Gemini API. https://ai.google.dev/gemini-api/docs/file-input-methods</summary>
    public bool FetchesUrls => IsGemini && Version >= 205;

    public GeminiThinking Thinking => this switch
    {
        { IsGemini: false } or { IsImage: true } => GeminiThinking.None,
        { Version: >= 300 } => GeminiThinking.Level,
        { Version: >= 205 } => GeminiThinking.Budget,
        _ => GeminiThinking.None,
    };

    /// <summary>Gemini 3 Pro knows low and high alone; medium came with 3.1.</summary>
    public bool HasMediumLevel => !IsPro || Version > 300;

    /// <summary>The budgets that 2.5 takes. https://ai.google.dev/gemini-api/docs/thinking</summary>
    public long LeastBudget => IsPro ? 128 : IsLite ? 512 : 1;

    public long GreatestBudget => IsPro ? 32768 : 24576;

    /// <param name="name">As in the path: <c>gemini-2.5-flash</c>, with or without <c>models/</c> or a publisher's path before it.</param>
    public static GeminiModel Of(ReadOnlySpan<byte> name)
    {
        var at = name.LastIndexOf("gemini"u8);
        if (at < 0) return default;
        var rest = name[at..];
        return new()
        {
            IsGemini = true,
            Version = VersionOf(rest),
            IsPro = rest.IndexOf("pro"u8) >= 0,
            IsLite = rest.IndexOf("lite"u8) >= 0,
            IsImage = rest.IndexOf("image"u8) >= 0,
        };
    }

    private static int VersionOf(ReadOnlySpan<byte> name)
    {
        foreach (var range in name.Split((byte)'-'))
        {
            var word = name[range];
            if (word.IsEmpty || !char.IsAsciiDigit((char)word[0])) continue;
            // A date or a build number ("001", "preview-05-20") has no version before it only where the name has none at all.
            if (!Utf8Parser.TryParse(word, out int major, out var used) || major is 0 or > 99) break;
            var minor = 0;
            if (used < word.Length && word[used] == '.' && (!Utf8Parser.TryParse(word[(used + 1)..], out minor, out _) || minor is < 0 or > 99)) minor = 0;
            return (major * 100) + minor;
        }
        return 9999;
    }

    public override string ToString() => new StringBuilder().Append(Version).Append(IsPro ? " pro" : "").ToString();
}
