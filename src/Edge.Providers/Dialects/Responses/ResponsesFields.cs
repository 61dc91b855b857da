using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

internal enum ResponsesField : byte
{
    /// <summary>Not in the table.</summary>
    Unknown,

    /// <summary>The gateway's own extension fields: not lost, consumed before.</summary>
    Ignored,
    Model,
    Input,
    Instructions,
    Tools,
    ToolChoice,
    ParallelToolCalls,
    MaxToolCalls,
    MaxOutputTokens,
    Stream,
    StreamOptions,
    Temperature,
    TopP,
    TopLogprobs,
    PresencePenalty,
    FrequencyPenalty,
    Text,
    Reasoning,
    Include,
    Metadata,
    User,
    SafetyIdentifier,
    PromptCacheKey,
    ServiceTier,
    Truncation,
    Store,
    Background,
    PreviousResponseId,
    Conversation,
    Prompt,
}

/// <summary>The top-level members of a Responses request.</summary>
internal static class ResponsesFields
{
    public static ResponsesField Find(JsonText name)
    {
        if (!name.IsEscaped) return Find(name.Bytes);
        Span<byte> unescaped = stackalloc byte[128];
        return name.Bytes.Length > unescaped.Length ? ResponsesField.Unknown : Find(unescaped[..name.Unescape(unescaped)]);
    }

    // By length first: a request has few members and most lengths hold few names.
    private static ResponsesField Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("text"u8) => ResponsesField.Text,
        4 when name.SequenceEqual("user"u8) => ResponsesField.User,
        5 when name.SequenceEqual("model"u8) => ResponsesField.Model,
        5 when name.SequenceEqual("input"u8) => ResponsesField.Input,
        5 when name.SequenceEqual("tools"u8) => ResponsesField.Tools,
        5 when name.SequenceEqual("top_p"u8) => ResponsesField.TopP,
        5 when name.SequenceEqual("store"u8) => ResponsesField.Store,
        5 when name.SequenceEqual("cache"u8) => ResponsesField.Ignored,
        6 when name.SequenceEqual("stream"u8) => ResponsesField.Stream,
        6 when name.SequenceEqual("prompt"u8) => ResponsesField.Prompt,
        6 when name.SequenceEqual("safety"u8) || name.SequenceEqual("budget"u8) => ResponsesField.Ignored,
        7 when name.SequenceEqual("include"u8) => ResponsesField.Include,
        7 when name.SequenceEqual("routing"u8) => ResponsesField.Ignored,
        8 when name.SequenceEqual("metadata"u8) => ResponsesField.Metadata,
        9 when name.SequenceEqual("reasoning"u8) => ResponsesField.Reasoning,
        10 when name.SequenceEqual("truncation"u8) => ResponsesField.Truncation,
        10 when name.SequenceEqual("background"u8) => ResponsesField.Background,
        11 when name.SequenceEqual("temperature"u8) => ResponsesField.Temperature,
        11 when name.SequenceEqual("tool_choice"u8) => ResponsesField.ToolChoice,
        12 when name.SequenceEqual("instructions"u8) => ResponsesField.Instructions,
        12 when name.SequenceEqual("conversation"u8) => ResponsesField.Conversation,
        12 when name.SequenceEqual("service_tier"u8) => ResponsesField.ServiceTier,
        12 when name.SequenceEqual("top_logprobs"u8) => ResponsesField.TopLogprobs,
        14 when name.SequenceEqual("max_tool_calls"u8) => ResponsesField.MaxToolCalls,
        14 when name.SequenceEqual("stream_options"u8) => ResponsesField.StreamOptions,
        16 when name.SequenceEqual("prompt_cache_key"u8) => ResponsesField.PromptCacheKey,
        16 when name.SequenceEqual("presence_penalty"u8) => ResponsesField.PresencePenalty,
        17 when name.SequenceEqual("max_output_tokens"u8) => ResponsesField.MaxOutputTokens,
        17 when name.SequenceEqual("safety_identifier"u8) => ResponsesField.SafetyIdentifier,
        17 when name.SequenceEqual("frequency_penalty"u8) => ResponsesField.FrequencyPenalty,
        19 when name.SequenceEqual("parallel_tool_calls"u8) => ResponsesField.ParallelToolCalls,
        20 when name.SequenceEqual("previous_response_id"u8) => ResponsesField.PreviousResponseId,
        _ => ResponsesField.Unknown,
    };
}
