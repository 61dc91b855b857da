using Edge.Providers.Dialects.Anthropic;

namespace Edge.Providers.Dialects.Bedrock;

/// <summary>Whose models share a way of being asked for what Converse has no field for.</summary>
internal enum BedrockFamily : byte
{
    /// <summary>Also what an ARN hides: an application inference profile does not tell its model.</summary>
    Other,
    Claude,
    Nova,
    Nova2,
    GptOss,
    Qwen,
    Mistral,
}

/// <summary>
/// What a model takes beside Converse's own fields, from its id. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
/// </summary>
internal readonly record struct BedrockModel
{
    public BedrockFamily Family { get; init; }

    /// <summary>The Messages API's own rules, which hold for Claude here too.</summary>
    public AnthropicModel Claude { get; init; }

    /// <summary>Takes <c>outputConfig.textFormat</c> and strict tools. https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html</summary>
    public bool StructuredOutputs { get; init; }

    /// <summary>Takes <c>cachePoint</c>; another one refuses the request over it. https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html</summary>
    public bool TakesCachePoints => Family is BedrockFamily.Claude or BedrockFamily.Nova or BedrockFamily.Nova2;

    public static BedrockModel Of(ReadOnlySpan<byte> id)
    {
        var family = FamilyOf(id);
        var claude = AnthropicModel.Of(id);
        return new BedrockModel
        {
            Family = family,
            Claude = claude,
            StructuredOutputs = family == BedrockFamily.Claude ? IsClaude45(id, claude) : HasNativeSchema(id),
        };
    }

    private static BedrockFamily FamilyOf(ReadOnlySpan<byte> id)
    {
        if (id.IndexOf("anthropic.claude"u8) >= 0) return BedrockFamily.Claude;
        if (id.IndexOf("amazon.nova-2"u8) >= 0) return BedrockFamily.Nova2;
        if (id.IndexOf("amazon.nova"u8) >= 0) return BedrockFamily.Nova;
        if (id.IndexOf("openai.gpt-oss"u8) >= 0) return BedrockFamily.GptOss;
        if (id.IndexOf("qwen."u8) >= 0) return BedrockFamily.Qwen;
        return id.IndexOf("mistral."u8) >= 0 ? BedrockFamily.Mistral : BedrockFamily.Other;
    }

    // The Messages API has structured outputs from 4.1 on, Bedrock from 4.5 on.
    private static bool IsClaude45(ReadOnlySpan<byte> id, in AnthropicModel claude) =>
        claude.StructuredOutputs && id.IndexOf("opus-4-1"u8) < 0 && id.IndexOf("opus-4.1"u8) < 0;

    private static bool HasNativeSchema(ReadOnlySpan<byte> id) =>
        id.IndexOf("openai.gpt-oss"u8) >= 0 || id.IndexOf("qwen.qwen3"u8) >= 0 || id.IndexOf("deepseek.v3"u8) >= 0 || id.IndexOf("google.gemma-3"u8) >= 0
        || id.IndexOf("minimax.minimax-m"u8) >= 0 || id.IndexOf("nvidia.nemotron"u8) >= 0 || id.IndexOf("moonshot"u8) >= 0
        || id.IndexOf("mistral.ministral-3"u8) >= 0 || id.IndexOf("mistral.mistral-large-3"u8) >= 0 || id.IndexOf("mistral.magistral"u8) >= 0
        || id.IndexOf("mistral.voxtral"u8) >= 0;
}
