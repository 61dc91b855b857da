namespace Edge.Providers.Chat;

/// <summary>A function that the client offers as a tool.</summary>
public struct ChatTool
{
    /// <summary>Its place in the client's own array, for error texts.</summary>
    public int Position;

    public BodyRange Name;
    public BodyRange Description;

    /// <summary>Raw JSON schema of the arguments; absent = no arguments.</summary>
    public BodyRange Parameters;

    /// <summary>The arguments must match the schema.</summary>
    public bool? Strict;

    /// <summary>Raw JSON of Anthropic's cache mark.</summary>
    public BodyRange CacheControl;
}

public enum ToolChoiceMode : byte
{
    Unset,
    None,
    Auto,

    /// <summary>Any tool, but one.</summary>
    Required,

    /// <summary>This tool.</summary>
    Named,
}

public struct ToolChoice
{
    public ToolChoiceMode Mode;

    /// <summary>The tool, where the mode is Named.</summary>
    public BodyRange Name;

    /// <summary>Only <see cref="ChatRequest.AllowedTools"/> may be called in this turn.</summary>
    public bool IsLimited;
}

public enum ResponseFormatKind : byte
{
    Unset,
    Text,

    /// <summary>Some JSON object.</summary>
    JsonObject,

    /// <summary>JSON that matches a schema.</summary>
    JsonSchema,
}

public struct ResponseFormat
{
    public ResponseFormatKind Kind;
    public BodyRange Name;
    public BodyRange Description;

    /// <summary>Raw JSON schema.</summary>
    public BodyRange Schema;

    public bool? Strict;
}

/// <summary>How much the model shall think, from least to most.</summary>
public enum ReasoningEffort : byte
{
    Unset,
    None,
    Minimal,
    Low,
    Medium,
    High,
    XHigh,
    Max,
}

public enum ThinkingMode : byte
{
    Unset,
    Disabled,

    /// <summary>With a budget of tokens.</summary>
    Enabled,

    /// <summary>As the model sees fit.</summary>
    Adaptive,
}

public struct ReasoningSettings
{
    public ReasoningEffort Effort;

    /// <summary>The effort is of the answer as a whole, thinking is not asked for with it: Anthropic's <c>output_config.effort</c> by itself.</summary>
    public bool IsEffortAlone;

    public ThinkingMode Mode;

    /// <summary>Tokens that may be spent on thinking.</summary>
    public long? Budget;

    /// <summary>The client wants to see (a summary of) the reasoning. Null = the client's dialect shows what the provider gives.</summary>
    public bool? Visible;

    /// <summary>The raw <c>thinking</c> object of a client that speaks Anthropic's field, so that members we do not know survive.</summary>
    public BodyRange Raw;
}
