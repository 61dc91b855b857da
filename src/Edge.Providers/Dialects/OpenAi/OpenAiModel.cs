using System.Buffers.Text;
using Edge.Providers.Chat;

namespace Edge.Providers.Dialects.OpenAi;

/// <summary>
/// What OpenAI's own models refuse, told by their name: its API answers 400 to a field that a model does not take. https://platform.openai.com/docs/guides/reasoning
/// A name that we do not know counts as a model that takes everything but <c>reasoning_effort</c>.
/// </summary>
internal readonly record struct OpenAiModel
{
    /// <summary>The o-series.</summary>
    public bool IsO { get; private init; }

    /// <summary>The GPT generation and its minor version: 5 and 1 of <c>gpt-5.1-mini</c>; 0 = neither.</summary>
    public int Major { get; private init; }

    public int Minor { get; private init; }

    /// <summary>Takes <c>reasoning_effort</c>.</summary>
    public bool Reasons { get; private init; }

    /// <summary>Takes <c>stop</c> even where it reasons: of the o-series those before o3.</summary>
    public bool StopsWhereItReasons { get; private init; }

    /// <summary>Searches the web before it answers, and takes <c>web_search_options</c>: gpt-4o-search-preview, gpt-5-search-api.</summary>
    public bool SearchesWeb { get; private init; }

    public static OpenAiModel Of(ReadOnlySpan<byte> name)
    {
        name = name[(name.LastIndexOf((byte)'/') + 1)..];
        if (name.Length >= 2 && name[0] == 'o' && char.IsAsciiDigit((char)name[1]))
        {
            return new() { IsO = true, Reasons = true, StopsWhereItReasons = name[1] == '1' || name.StartsWith("o3-mini"u8) };
        }
        if (!name.StartsWith("gpt-"u8) || !Utf8Parser.TryParse(name[4..], out int major, out var used)) return default;
        var rest = name[(4 + used)..];
        if (rest.IsEmpty || rest[0] != '.' || !Utf8Parser.TryParse(rest[1..], out int minor, out _)) minor = 0;
        // The chat variants answer without reasoning.
        return new() { Major = major, Minor = minor, Reasons = major >= 5 && rest.IndexOf("-chat"u8) < 0, SearchesWeb = rest.IndexOf("-search"u8) >= 0 };
    }

    /// <summary>Takes temperature, penalties and log probabilities. From 5.1 on a model does where it does not reason, which up to 5.5 is its default.</summary>
    public bool TakesSampling(ReasoningEffort effort) =>
        !Reasons || (!IsO && (Major, Minor).CompareTo((5, 1)) >= 0 && (effort == ReasoningEffort.None || (effort == ReasoningEffort.Unset && (Major, Minor).CompareTo((5, 6)) < 0)));

    /// <summary>
    /// What may be said of the effort beside function tools in chat completions, which alone has this limit ("Function tools with reasoning_effort are not supported for gpt-5.4 in
    /// /v1/chat/completions"): nothing from 5.4 on, and from 5.6 on, which reason by default, that there shall be none. https://github.com/openai/openai-openapi/issues/541
    /// </summary>
    public ReasoningEffort EffortBesideTools(ReasoningEffort effort)
    {
        if (!Reasons || IsO || (Major, Minor).CompareTo((5, 4)) < 0) return effort;
        return (Major, Minor).CompareTo((5, 6)) < 0 ? ReasoningEffort.Unset : ReasoningEffort.None;
    }

    public bool TakesStop(ReasoningEffort effort) => StopsWhereItReasons || TakesSampling(effort);

    /// <summary>The nearest effort that the model knows; empty = it cannot be told so.</summary>
    public ReadOnlySpan<byte> EffortText(ReasoningEffort effort)
    {
        var version = (Major, Minor);
        return effort switch
        {
            ReasoningEffort.None when IsO => default,
            ReasoningEffort.None => version.CompareTo((5, 1)) >= 0 ? "none"u8 : "minimal"u8,
            ReasoningEffort.Minimal => version == (5, 0) ? "minimal"u8 : "low"u8,
            ReasoningEffort.Low => "low"u8,
            ReasoningEffort.High => "high"u8,
            ReasoningEffort.XHigh or ReasoningEffort.Max => !IsO && version.CompareTo((5, 2)) >= 0 ? "xhigh"u8 : "high"u8,
            _ => "medium"u8,
        };
    }
}
