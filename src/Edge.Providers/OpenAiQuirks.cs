namespace Edge.Providers;

/// <summary>Where a provider of OpenAI's dialect departs from OpenAI, in so far as it would refuse a request over it. Facts from its documentation.</summary>
public sealed record OpenAiQuirks
{
    /// <summary>What bounds the output: <c>max_completion_tokens</c> (OpenAI's reasoning models take no other), or <c>max_tokens</c>, which most others know alone.</summary>
    public string MaxTokensField { get; init; } = "max_tokens";

    /// <summary>The member of the seed.</summary>
    public string SeedField { get; init; } = "seed";

    /// <summary>The <c>tool_choice</c> that demands some tool.</summary>
    public string RequiredToolChoice { get; init; } = "required";

    /// <summary>Knows the role <c>developer</c>; else it is written as <c>system</c>.</summary>
    public bool DeveloperRole { get; init; }

    /// <summary>An assistant's <c>"content":null</c> beside its calls is refused; then it is written as <c>""</c>.</summary>
    public bool RefusesNullContent { get; init; }

    /// <summary>Ids of calls must be exactly that many ASCII letters and digits; 0 = any text.</summary>
    public int ToolCallIdLength { get; init; }

    /// <summary>Members that make the whole request fail (<c>logprobs</c>; <c>messages.name</c> stands for a member of every message): left out and named.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];
}
