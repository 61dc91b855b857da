namespace Edge.Providers;

/// <summary>
/// What a provider that speaks OpenAI's chat completions takes beyond the common core of the dialect, or lacks of it: facts from its documentation, for bodies that we
/// write. A body that a client wrote in the same dialect passes as it is, unless the provider is <see cref="Translated"/>.
/// </summary>
[Flags]
public enum ChatTraits
{
    None = 0,

    /// <summary>The models are OpenAI's: <c>max_completion_tokens</c>, <c>verbosity</c>, <c>allowed_tools</c>, file ids, and the reasoning models' refusals of sampling fields.</summary>
    OpenAi = 1,

    /// <summary>Takes <c>max_completion_tokens</c>; all others know <c>max_tokens</c> alone or both.</summary>
    MaxCompletionTokens = 1 << 1,

    /// <summary>Takes <c>top_k</c>.</summary>
    TopK = 1 << 2,

    /// <summary>Takes Anthropic's <c>cache_control</c> on the request, parts and tools. Elsewhere caching is automatic and the mark says nothing.</summary>
    CacheControl = 1 << 3,

    /// <summary>Takes an assistant's <c>reasoning_content</c> back, and demands it beside tool calls where the model thinks (DeepSeek). https://api-docs.deepseek.com/guides/thinking_mode</summary>
    ReasoningContent = 1 << 4,

    /// <summary>Takes an assistant's <c>reasoning_details</c> back. https://openrouter.ai/docs/use-cases/reasoning-tokens</summary>
    ReasoningDetails = 1 << 5,

    /// <summary>Turns thinking on and off by <c>thinking: {"type":"enabled"}</c>.</summary>
    ThinkingSwitch = 1 << 6,

    /// <summary>Refuses fields that it does not know, and those of OpenAI's that few use: <c>user</c>, <c>name</c>, <c>logprobs</c>, <c>logit_bias</c>. https://docs.mistral.ai/api</summary>
    Strict = 1 << 7,

    /// <summary>The seed is called <c>random_seed</c>.</summary>
    RandomSeed = 1 << 8,

    /// <summary>Ids of tool calls are nine letters and digits.</summary>
    NineCharacterIds = 1 << 9,

    /// <summary>A last assistant message that the model shall continue is marked <c>"prefix":true</c>.</summary>
    Prefix = 1 << 10,

    /// <summary>Knows <c>json_object</c> but no <c>json_schema</c>.</summary>
    NoJsonSchema = 1 << 11,

    /// <summary>A file may be given by its URL in <c>file_data</c>.</summary>
    FileUrls = 1 << 12,

    /// <summary>Takes <c>service_tier</c>.</summary>
    ServiceTier = 1 << 13,

    /// <summary>Takes a Gemini thought signature back in a tool call's <c>extra_content</c>. https://ai.google.dev/gemini-api/docs/thought-signatures</summary>
    ThoughtSignatures = 1 << 14,

    /// <summary>Takes <c>prompt_cache_key</c>.</summary>
    PromptCacheKey = 1 << 15,

    /// <summary>Takes <c>safety_identifier</c>.</summary>
    SafetyIdentifier = 1 << 16,

    /// <summary>Takes <c>max</c> as <c>reasoning_effort</c>.</summary>
    MaxEffort = 1 << 17,

    /// <summary>Answers 400 to <c>name</c> in a message, <c>logprobs</c>, <c>top_logprobs</c> and <c>logit_bias</c>. https://console.groq.com/docs/openai</summary>
    NoNamesOrLogits = 1 << 18,

    /// <summary>
    /// Near enough to OpenAI's dialect to share its codec, too far for bytes to pass: request and answer are translated also for a client of chat completions. Members that only this
    /// provider knows go along as they came.
    /// </summary>
    Translated = 1 << 19,

    /// <summary>Documents are chunks of their own, by URL or by data: <c>document_url</c>, <c>file_id</c>. https://docs.mistral.ai/capabilities/document_ai/document_qna</summary>
    DocumentUrls = 1 << 20,

    /// <summary>
    /// Perplexity's Agent API, which has the items and events of Responses but members of its own beside them: <c>response_format</c> instead of <c>text</c>, no <c>store</c>, results of tools
    /// as text alone, domains as <c>search_domain_filter</c>. https://docs.perplexity.ai/api-reference/responses-post
    /// </summary>
    AgentApi = 1 << 21,

    /// <summary>
    /// <c>reasoning_effort</c> is <c>high</c> or <c>none</c>; models called magistral always think and take none. https://docs.mistral.ai/capabilities/reasoning/adjustable
    /// </summary>
    HighOrNoEffort = 1 << 22,
}
