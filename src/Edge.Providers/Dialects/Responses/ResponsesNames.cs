namespace Edge.Providers.Dialects.Responses;

/// <summary>Names of fields. Encoders name what they drop or refuse in the words of chat completions.</summary>
public static class ResponsesNames
{
    /// <summary>The name that a field of chat completions has in Responses; of one that it lacks the same.</summary>
    /// <param name="chatName">Such as <c>max_tokens</c>, <c>response_format.json_schema.description</c>, <c>messages.name</c>.</param>
    public static string OfChat(string chatName) => chatName switch
    {
        "max_tokens" or "max_completion_tokens" => "max_output_tokens",
        "reasoning_effort" or "thinking" => "reasoning.effort",
        "verbosity" => "text.verbosity",
        "logprobs" => "include",
        "messages.reasoning_content" or "messages.thinking_blocks" => "input.reasoning",
        "messages.image_url.detail" => "input.detail",
        _ when chatName.StartsWith("response_format.json_schema", StringComparison.Ordinal) => "text.format" + chatName["response_format.json_schema".Length..],
        _ when chatName.StartsWith("response_format", StringComparison.Ordinal) => "text.format" + chatName["response_format".Length..],
        _ when chatName == "messages" || chatName.StartsWith("messages.", StringComparison.Ordinal) => "input" + chatName["messages".Length..],
        _ => chatName.Replace(".function.", ".", StringComparison.Ordinal),
    };
}
