namespace Edge.Providers;

/// <summary>
/// How a provider is brought to go on with an answer that another one has begun: what is there of it stands last among the messages, as the assistant's, and the answer begins behind it.
/// </summary>
public enum Continuation : byte
{
    /// <summary>It does not document that it does: a last message of the assistant's may as well be answered as one of many.</summary>
    None,

    /// <summary>
    /// Anthropic's models up to 4.5, without thinking; those from 4.6 on answer 400. https://docs.claude.com/en/docs/about-claude/models/whats-new-claude-4-6
    /// </summary>
    Claude,

    /// <summary><c>"continue_final_message":true,"add_generation_prompt":false</c>. https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html</summary>
    FinalMessage,

    /// <summary>The message has <c>"prefix":true</c>. https://docs.mistral.ai/guides/prefix</summary>
    Prefix,

    /// <summary>It always does; some servers repeat what they were given. https://console.groq.com/docs/prefilling</summary>
    LastMessage,
}
