using Edge.Providers.Json;

namespace Edge.Providers.Chat;

/// <summary>
/// What providers call the end of an answer. One table for all of them: no word means one thing here and another there, and compatible servers and gateways pass on the words of whatever
/// stands behind them (Google's OpenAI surface says <c>SAFETY</c>, OpenRouter's <c>native_finish_reason</c> says anything).
/// <list type="bullet">
/// <item>OpenAI and compatible servers https://platform.openai.com/docs/api-reference/chat/object, Mistral https://docs.mistral.ai/api, DeepSeek https://api-docs.deepseek.com/api/create-chat-completion</item>
/// <item>Anthropic https://docs.claude.com/en/api/handling-stop-reasons, Bedrock https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html</item>
/// <item>Gemini https://ai.google.dev/api/generate-content#FinishReason, Cohere https://docs.cohere.com/reference/chat, Ollama https://docs.ollama.com/api/chat</item>
/// </list>
/// </summary>
internal static class FinishWords
{
    /// <summary>The reason; Other where nobody documents the word.</summary>
    public static FinishReason Of(JsonText word) => word switch
    {
        _ when word.Is("stop"u8) || word.Is("end_turn"u8) || word.Is("STOP"u8) || word.Is("COMPLETE"u8) || word.Is("eos"u8) || word.Is("eos_token"u8) => FinishReason.Stop,
        // Ollama was given nothing to answer, but a model to put into its memory or out of it: nothing is missing.
        _ when word.Is("load"u8) || word.Is("unload"u8) => FinishReason.Stop,
        _ when word.Is("tool_calls"u8) || word.Is("tool_use"u8) || word.Is("function_call"u8) || word.Is("TOOL_CALL"u8) => FinishReason.ToolCalls,
        _ when word.Is("length"u8) || word.Is("max_tokens"u8) || word.Is("MAX_TOKENS"u8) || word.Is("max_output_tokens"u8) => FinishReason.Length,
        _ when word.Is("stop_sequence"u8) || word.Is("STOP_SEQUENCE"u8) => FinishReason.StopSequence,
        // Mistral says model_length.
        _ when word.Is("model_context_window_exceeded"u8) || word.Is("model_length"u8) => FinishReason.ContextWindow,
        // After a compaction, as after a pause, the client sends the turn back to go on.
        _ when word.Is("pause_turn"u8) || word.Is("compaction"u8) => FinishReason.Pause,
        _ when IsFilter(word) => FinishReason.ContentFilter,
        _ => FinishReason.Other,
    };

    /// <summary>
    /// The answer broke off or cannot be read, so that it is none: what came of it must not look like one. Servers say so where they have sent their 200 already.
    /// </summary>
    /// <param name="word">As the provider says it.</param>
    /// <param name="hasCalls">The answer holds a whole call: then one whose name was not declared (<c>UNEXPECTED_TOOL_CALL</c>) is a call like any other, which clients know how to answer.</param>
    public static bool IsFailure(JsonText word, bool hasCalls) =>
        // OpenRouter, Mistral, Cohere; DeepSeek; Z.AI; vLLM and SGLang.
        word.Is("error"u8) || word.Is("ERROR"u8) || word.Is("ERROR_LIMIT"u8) || word.Is("TIMEOUT"u8) || word.Is("USER_CANCEL"u8)
        || word.Is("insufficient_system_resource"u8) || word.Is("network_error"u8) || word.Is("abort"u8)
        // Gemini, Bedrock: a call that the model could not write down leaves leftover text or nothing.
        || word.Bytes.StartsWith("MALFORMED_"u8) || word.Is("TOO_MANY_TOOL_CALLS"u8) || word.Is("MISSING_THOUGHT_SIGNATURE"u8)
        || word.Is("malformed_model_output"u8) || word.Is("malformed_tool_use"u8)
        || (!hasCalls && word.Is("UNEXPECTED_TOOL_CALL"u8));

    /// <summary>The word where it says more than the reason does; else nothing.</summary>
    public static JsonText Detail(JsonText word) =>
        Of(word) is FinishReason.Other or FinishReason.Pause or FinishReason.ContextWindow or FinishReason.ContentFilter && !word.Is("content_filter"u8) ? word : default;

    // OTHER and LANGUAGE are no filters by name, but Gemini's text stops short as it does with one. Z.AI says sensitive.
    private static bool IsFilter(JsonText word) =>
        word.Is("content_filter"u8) || word.Is("refusal"u8) || word.Is("guardrail_intervened"u8) || word.Is("content_filtered"u8) || word.Is("sensitive"u8)
        || word.Is("SAFETY"u8) || word.Is("RECITATION"u8) || word.Is("BLOCKLIST"u8) || word.Is("PROHIBITED_CONTENT"u8) || word.Is("SPII"u8) || word.Is("MODEL_ARMOR"u8)
        || word.Is("LANGUAGE"u8) || word.Is("OTHER"u8) || word.Bytes.StartsWith("IMAGE_"u8) || word.Is("NO_IMAGE"u8) || word.Is("ERROR_TOXIC"u8) || word.Is("ESCALATION"u8);
}
