using Edge.Providers.Json;

namespace Edge.Providers.Dialects.OpenAi;

internal enum OpenAiChatField : byte
{
    /// <summary>Not in the table.</summary>
    Unknown,

    /// <summary>The gateway's own extension fields: not lost, consumed before.</summary>
    Ignored,

    /// <summary>OpenAI's own storage: false is what every other provider does.</summary>
    Store,
    Model,
    Messages,
    Tools,
    Functions,
    ToolChoice,
    FunctionCall,
    MaxTokens,
    MaxCompletionTokens,
    Stream,
    StreamOptions,
    Temperature,
    TopP,
    TopK,
    PresencePenalty,
    FrequencyPenalty,
    Seed,
    N,
    Logprobs,
    TopLogprobs,
    LogitBias,
    Stop,
    User,
    Metadata,
    ServiceTier,
    ParallelToolCalls,
    ResponseFormat,
    ReasoningEffort,
    Thinking,
    Modalities,
    CacheControl,
    Verbosity,
    PromptCacheKey,
    SafetyIdentifier,
}

/// <summary>The top-level members of a chat request.</summary>
internal static class OpenAiChatFields
{
    public static OpenAiChatField Find(JsonText name)
    {
        if (!name.IsEscaped) return Find(name.Bytes);
        Span<byte> unescaped = stackalloc byte[128];
        return name.Bytes.Length > unescaped.Length ? OpenAiChatField.Unknown : Find(unescaped[..name.Unescape(unescaped)]);
    }

    // By length first: a request has few members and most lengths hold few names.
    private static OpenAiChatField Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        1 when name[0] == 'n' => OpenAiChatField.N,
        4 when name.SequenceEqual("user"u8) => OpenAiChatField.User,
        4 when name.SequenceEqual("stop"u8) => OpenAiChatField.Stop,
        4 when name.SequenceEqual("seed"u8) => OpenAiChatField.Seed,
        5 when name.SequenceEqual("model"u8) => OpenAiChatField.Model,
        5 when name.SequenceEqual("tools"u8) => OpenAiChatField.Tools,
        5 when name.SequenceEqual("top_p"u8) => OpenAiChatField.TopP,
        5 when name.SequenceEqual("top_k"u8) => OpenAiChatField.TopK,
        5 when name.SequenceEqual("cache"u8) => OpenAiChatField.Ignored,
        5 when name.SequenceEqual("store"u8) => OpenAiChatField.Store,
        6 when name.SequenceEqual("stream"u8) => OpenAiChatField.Stream,
        6 when name.SequenceEqual("safety"u8) || name.SequenceEqual("budget"u8) => OpenAiChatField.Ignored,
        7 when name.SequenceEqual("routing"u8) => OpenAiChatField.Ignored,
        8 when name.SequenceEqual("messages"u8) => OpenAiChatField.Messages,
        8 when name.SequenceEqual("metadata"u8) => OpenAiChatField.Metadata,
        8 when name.SequenceEqual("logprobs"u8) => OpenAiChatField.Logprobs,
        8 when name.SequenceEqual("thinking"u8) => OpenAiChatField.Thinking,
        9 when name.SequenceEqual("functions"u8) => OpenAiChatField.Functions,
        9 when name.SequenceEqual("verbosity"u8) => OpenAiChatField.Verbosity,
        10 when name.SequenceEqual("max_tokens"u8) => OpenAiChatField.MaxTokens,
        10 when name.SequenceEqual("logit_bias"u8) => OpenAiChatField.LogitBias,
        10 when name.SequenceEqual("modalities"u8) => OpenAiChatField.Modalities,
        11 when name.SequenceEqual("temperature"u8) => OpenAiChatField.Temperature,
        11 when name.SequenceEqual("tool_choice"u8) => OpenAiChatField.ToolChoice,
        12 when name.SequenceEqual("top_logprobs"u8) => OpenAiChatField.TopLogprobs,
        12 when name.SequenceEqual("service_tier"u8) => OpenAiChatField.ServiceTier,
        13 when name.SequenceEqual("function_call"u8) => OpenAiChatField.FunctionCall,
        13 when name.SequenceEqual("cache_control"u8) => OpenAiChatField.CacheControl,
        14 when name.SequenceEqual("stream_options"u8) => OpenAiChatField.StreamOptions,
        15 when name.SequenceEqual("response_format"u8) => OpenAiChatField.ResponseFormat,
        16 when name.SequenceEqual("presence_penalty"u8) => OpenAiChatField.PresencePenalty,
        16 when name.SequenceEqual("prompt_cache_key"u8) => OpenAiChatField.PromptCacheKey,
        16 when name.SequenceEqual("reasoning_effort"u8) => OpenAiChatField.ReasoningEffort,
        17 when name.SequenceEqual("safety_identifier"u8) => OpenAiChatField.SafetyIdentifier,
        17 when name.SequenceEqual("frequency_penalty"u8) => OpenAiChatField.FrequencyPenalty,
        19 when name.SequenceEqual("parallel_tool_calls"u8) => OpenAiChatField.ParallelToolCalls,
        21 when name.SequenceEqual("max_completion_tokens"u8) => OpenAiChatField.MaxCompletionTokens,
        _ => OpenAiChatField.Unknown,
    };
}
