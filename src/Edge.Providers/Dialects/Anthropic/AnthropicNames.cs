namespace Edge.Providers.Dialects.Anthropic;

/// <summary>Names of fields. Encoders name what they drop or refuse in the words of chat completions.</summary>
public static class AnthropicNames
{
    /// <summary>The name that a field of chat completions has in Messages; of one that it lacks the same.</summary>
    public static string OfChat(string chatName) => chatName switch
    {
        "max_completion_tokens" => "max_tokens",
        "stop" => "stop_sequences",
        "reasoning_effort" => "output_config.effort",
        "user" => "metadata.user_id",
        "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
        "messages.file.filename" => "messages.content.document.title",
        "messages.reasoning_content" or "messages.thinking_blocks" => "messages.thinking",
        _ when chatName.StartsWith("response_format", StringComparison.Ordinal) => "output_config.format",
        _ => chatName.Replace(".function.parameters", ".input_schema", StringComparison.Ordinal).Replace(".function.", ".", StringComparison.Ordinal),
    };
}
