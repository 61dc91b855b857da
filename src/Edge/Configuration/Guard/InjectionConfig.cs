using Edge.Guard.Policy;

namespace Edge.Configuration;

/// <summary>Prompts that try to take over the model.</summary>
public sealed record InjectionConfig
{
    /// <summary>Null = block where <c>security.prompt_filtering</c> is set.</summary>
    public VerdictAction? Action { get; init; }

    /// <summary>0..1: the score from which on it acts.</summary>
    public double Threshold { get; init; } = 0.5;

    internal static ConfigSection<InjectionConfig> Section { get; } = new ConfigSection<InjectionConfig>(
            "guard_injection", "Prompt injection and jailbreaks: rules and a classifier give each text of a request a score.", new())
        .Field("action", GuardKinds.Verdict, c => c.Action, (c, v) => c with { Action = v },
            "What is done at the threshold.", defaultText: "`block` with `security.prompt_filtering`, else `off`")
        .Field("threshold", Kinds.Fraction(0, 1), c => c.Threshold, (c, v) => c with { Threshold = v }, "The score from which on it acts; lower = stricter.");
}

/// <summary>What must not be talked about.</summary>
public sealed record ContentConfig
{
    public VerdictAction? Action { get; init; }

    /// <summary>Also what the model says.</summary>
    public bool Output { get; init; } = true;

    public IReadOnlyDictionary<string, ContentCategoryConfig> Categories { get; init; } = new Dictionary<string, ContentCategoryConfig>();

    internal static ConfigSection<ContentConfig> Section { get; } = new ConfigSection<ContentConfig>(
            "guard_content", "A content filter by lists of texts and patterns, on requests and on answers.", new())
        .Field("action", GuardKinds.Verdict, c => c.Action, (c, v) => c with { Action = v },
            "What is done about every category that does not say otherwise.", defaultText: "`off`; `block` once a category is declared")
        .Field("output", Kinds.Bool, c => c.Output, (c, v) => c with { Output = v }, "Look at answers too. A blocked answer ends with an error.")
        .Field("categories", new SectionMapKind<ContentCategoryConfig>(ContentCategoryConfig.Section, "category", SectionMapKind<ContentCategoryConfig>.CheckName),
            c => c.Categories, (c, v) => c with { Categories = v }, "Your own, and the action of built-in ones (docs/guard.md lists them).");
}

/// <summary>One category of the content filter.</summary>
public sealed record ContentCategoryConfig
{
    public VerdictAction? Action { get; init; }

    public IReadOnlyList<string> Literals { get; init; } = [];

    public IReadOnlyList<string> Patterns { get; init; } = [];

    public bool WholeWords { get; init; } = true;

    internal static ConfigSection<ContentCategoryConfig> Section { get; } = new ConfigSection<ContentCategoryConfig>(
            "guard_content_category", "One category: texts and patterns. A built-in category takes them in addition to its own.", new())
        .Field("action", GuardKinds.Verdict, c => c.Action, (c, v) => c with { Action = v }, "What is done about it.", defaultText: "`guard.content.action`")
        .Field("literals", new ListKind<string>(Kinds.NonEmptyText), c => c.Literals, (c, v) => c with { Literals = v }, "Texts, found in any case of ASCII letters.")
        .Field("patterns", new ListKind<string>(Kinds.NonEmptyText), c => c.Patterns, (c, v) => c with { Patterns = v }, "Regular expressions without look-around and back-references.")
        .Field("whole_words", Kinds.Bool, c => c.WholeWords, (c, v) => c with { WholeWords = v }, "A literal counts only where words end around it.");
}

/// <summary>An outside service that judges requests.</summary>
public sealed record ModerationConfig
{
    /// <summary>Null = none is asked.</summary>
    public Uri? Url { get; init; }

    public Secret ApiKey { get; init; }

    public string Model { get; init; } = "omni-moderation-latest";

    public VerdictAction? Action { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    public bool FailOpen { get; init; }

    internal static ConfigSection<ModerationConfig> Section { get; } = new ConfigSection<ModerationConfig>(
            "guard_moderation", "An endpoint compatible with OpenAI's `/v1/moderations`, asked about every chat request after personal data is out of it. The request waits for it.", new())
        .Field("url", Kinds.OptionalUrl, c => c.Url, (c, v) => c with { Url = v }, "The whole URL, such as `https://api.openai.com/v1/moderations`; none = nobody is asked.")
        .Field("api_key", Kinds.Secret, c => c.ApiKey, (c, v) => c with { ApiKey = v }, "Sent as a bearer token.")
        .Field("model", Kinds.Text, c => c.Model, (c, v) => c with { Model = v }, "The moderation model; empty = the endpoint's default.")
        .Field("action", GuardKinds.Verdict, c => c.Action, (c, v) => c with { Action = v }, "What is done about a flagged request.", defaultText: "`block`")
        .Field("timeout", Kinds.Duration("10ms", "60s"), c => c.Timeout, (c, v) => c with { Timeout = v }, "For its answer.")
        .Field("fail_open", Kinds.Bool, c => c.FailOpen, (c, v) => c with { FailOpen = v }, "Let requests pass while it cannot be asked; else they get a 503.");
}
