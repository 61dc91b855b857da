namespace Edge.Providers.Chat;

/// <summary>Why a provider stopped generating, in the words that all dialects share.</summary>
public enum FinishReason : byte
{
    /// <summary>Nobody has said yet.</summary>
    None,

    /// <summary>The model was done. OpenAI <c>stop</c>, Anthropic <c>end_turn</c>.</summary>
    Stop,

    /// <summary>A stop sequence of the request came. OpenAI <c>stop</c>, Anthropic <c>stop_sequence</c>.</summary>
    StopSequence,

    /// <summary>The output limit was reached. OpenAI <c>length</c>, Anthropic <c>max_tokens</c>.</summary>
    Length,

    /// <summary>The context window was full. OpenAI <c>length</c>, Anthropic <c>model_context_window_exceeded</c>.</summary>
    ContextWindow,

    /// <summary>The model calls tools. OpenAI <c>tool_calls</c>, Anthropic <c>tool_use</c>.</summary>
    ToolCalls,

    /// <summary>The provider's filter or the model's own refusal ended it. OpenAI <c>content_filter</c>, Anthropic <c>refusal</c>.</summary>
    ContentFilter,

    /// <summary>The provider paused a long turn; the client sends it back to go on. Anthropic <c>pause_turn</c>; OpenAI has no word but <c>length</c>.</summary>
    Pause,

    /// <summary>
    /// A reason that nobody documents. What came may be cut off, so no dialect passes it on as a normal end: the provider's own word stands where the dialect has a place for it, and
    /// where only its own words are allowed there, it is that of an answer that is not complete.
    /// </summary>
    Other,
}
