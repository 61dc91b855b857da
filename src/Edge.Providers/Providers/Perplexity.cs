using static Edge.Providers.Capability;

namespace Edge.Providers.Providers;

/// <summary>
/// Perplexity's Agent API, which speaks Responses. <see href="https://docs.perplexity.ai/docs/agent-api/openai-compatibility"/>. Its chat completions (Sonar) ended on 27 September 2026
/// (<see href="https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview"/>); the model is <c>perplexity/sonar</c> now, and others go by their maker's name (<c>openai/gpt-5.5</c>).
/// A Responses client's bytes pass as they are, so that it may say what this API alone knows; what is translated holds its members only. It searches the web where the tool <c>web_search</c> is asked for.
/// </summary>
internal static class Perplexity
{
    public static readonly Provider Sheet = new()
    {
        Name = "perplexity",
        Dialect = Dialect.Responses,
        ApiRoot = "https://api.perplexity.ai",
        NeedsKey = true,
        KeyVariable = "PERPLEXITY_API_KEY",
        UrlPath = "",
        ChatPath = "/v1/responses",
        ResponsesPath = "/v1/responses",
        StreamOptions = false,
        Traits = ChatTraits.AgentApi,
        // What https://docs.perplexity.ai/api-reference/responses-post does not list.
        Refused =
        [
            "temperature", "top_p", "tool_choice", "parallel_tool_calls", "logprobs", "top_logprobs", "user", "metadata", "service_tier", "prompt_cache_key", "safety_identifier",
            "verbosity",
        ],
        DefaultMaker = "perplexity/",
        ModelPrefixes = ["perplexity/"],
        Native = Capability.Chat | Streaming | Tools | Vision | JsonSchema | Reasoning | Citations | PromptCache | Responses,
        Adapted = JsonObject | Completions,
    };
}
