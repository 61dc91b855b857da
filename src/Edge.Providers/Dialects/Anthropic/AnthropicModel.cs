namespace Edge.Providers.Dialects.Anthropic;

/// <summary>How a model is asked to think.</summary>
public enum AnthropicThinking : byte
{
    /// <summary>It cannot.</summary>
    None,

    /// <summary>By a budget of tokens (<c>thinking.type: enabled</c>).</summary>
    Budget,

    /// <summary>By a budget (deprecated) or as it sees fit (<c>adaptive</c>).</summary>
    Both,

    /// <summary>As it sees fit alone; a budget is refused.</summary>
    Adaptive,
}

/// <summary>
/// What a model of the Messages API takes, in so far as the API refuses a request over it. Anthropic changed these rules with model versions and not with API
/// versions, so they are derived from the model's name.
/// https://docs.claude.com/en/docs/about-claude/models/migrating-to-claude-4, https://docs.claude.com/en/docs/build-with-claude/adaptive-thinking
/// </summary>
public readonly record struct AnthropicModel
{
    public AnthropicThinking Thinking { get; init; }

    /// <summary>From 4.7 on, temperature, top_p and top_k are refused.</summary>
    public bool TakesSampling { get; init; }

    /// <summary>From 4.1 on, temperature and top_p together are refused.</summary>
    public bool TakesTemperatureWithTopP { get; init; }

    /// <summary>From 4.1 on, <c>output_config.format</c> and strict tools.</summary>
    public bool StructuredOutputs { get; init; }

    /// <summary>Goes on with a last message of the assistant's; from 4.6 on it is refused. Of models of other makers nothing is known.</summary>
    public bool TakesPrefill { get; init; }

    /// <summary>From 4.7 on: thinking is not shown unless asked for, and effort knows <c>xhigh</c>.</summary>
    public bool HidesThinking { get; init; }

    /// <summary>
    /// The rules for a model's name in any of its spellings: <c>claude-3-5-haiku-20241022</c>, <c>claude-sonnet-4-5</c>, <c>claude-opus-4-8</c>,
    /// <c>anthropic.claude-opus-4-6-v1</c>, <c>anthropic/claude-4.7-opus</c>. A Claude without a version is taken for the newest. A model of another maker behind
    /// an Anthropic-compatible API is taken for 4.0: nothing that came later, nothing that was removed.
    /// </summary>
    public static AnthropicModel Of(ReadOnlySpan<byte> name)
    {
        var at = name.IndexOf("claude"u8);
        var version = at < 0 ? 400 : Version(name[(at + 6)..]);
        return new AnthropicModel
        {
            Thinking = version switch
            {
                < 307 => AnthropicThinking.None,
                < 406 => AnthropicThinking.Budget,
                406 => AnthropicThinking.Both,
                _ => AnthropicThinking.Adaptive,
            },
            TakesSampling = version < 407,
            TakesTemperatureWithTopP = version < 401,
            StructuredOutputs = version >= 401,
            HidesThinking = version >= 407,
            TakesPrefill = at >= 0 && version < 406,
        };
    }

    // Major * 100 + minor. A number of more than two digits is a date.
    private static int Version(ReadOnlySpan<byte> name)
    {
        int major = -1, i = 0;
        while (i < name.Length)
        {
            if (!char.IsAsciiDigit((char)name[i]))
            {
                // The minor version directly follows the major one: "4-5", "4.7"; "3-opus" has none.
                if (major >= 0 && name[i] is not ((byte)'-' or (byte)'.')) return major * 100;
                i++;
                continue;
            }
            var start = i;
            while (i < name.Length && char.IsAsciiDigit((char)name[i])) i++;
            if (i - start > 2) return major < 0 ? 400 : major * 100;
            var number = int.Parse(name[start..i], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture);
            if (major >= 0) return (major * 100) + number;
            major = number;
        }
        return major < 0 ? int.MaxValue : major * 100;
    }
}
