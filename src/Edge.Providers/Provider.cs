using Edge.Providers.Embedding;

namespace Edge.Providers;

/// <summary>The wire dialects of chat that we speak. A request whose client and provider share one passes through as bytes.</summary>
public enum Dialect : byte
{
    /// <summary>OpenAI chat completions.</summary>
    OpenAi,

    /// <summary>Anthropic Messages.</summary>
    Anthropic,

    /// <summary>OpenAI Responses.</summary>
    Responses,

    /// <summary>OpenAI's legacy completions.</summary>
    Completions,

    /// <summary>Google's generateContent.</summary>
    Gemini,

    /// <summary>AWS Bedrock Converse.</summary>
    Bedrock,

    /// <summary>Cohere v2 chat.</summary>
    Cohere,

    /// <summary>Ollama's own chat.</summary>
    Ollama,
}

/// <summary>How a provider's streams are cut into events.</summary>
public enum Framing : byte
{
    /// <summary>Server-sent events.</summary>
    Sse,

    /// <summary>One JSON value a line.</summary>
    Ndjson,

    /// <summary>AWS event stream: binary messages with checksums.</summary>
    EventStream,
}

/// <summary>How a provider wants to be shown its key.</summary>
public enum KeyScheme : byte
{
    None,

    /// <summary><c>authorization: Bearer KEY</c></summary>
    Bearer,

    /// <summary><c>x-api-key: KEY</c></summary>
    XApiKey,

    /// <summary><c>api-key: KEY</c> (Azure)</summary>
    ApiKey,

    /// <summary><c>x-goog-api-key: KEY</c></summary>
    GoogleApiKey,

    /// <summary>A short-lived OAuth token of Google's, for a service account.</summary>
    GoogleOAuth,

    /// <summary>AWS Signature Version 4, or a Bedrock API key as bearer.</summary>
    Aws,
}

/// <summary>A provider's data sheet: facts from its documentation, no behaviour.</summary>
public sealed record Provider
{
    /// <summary>The configuration's <c>type</c>.</summary>
    public required string Name { get; init; }

    public required Dialect Dialect { get; init; }

    public KeyScheme KeyScheme { get; init; } = KeyScheme.Bearer;

    /// <summary>The API's root, version included; null = there is no usual place, the configuration must name it.</summary>
    public string? ApiRoot { get; init; }

    /// <summary>
    /// Path that is put behind a configured URL that has none. May hold <c>{project}</c> and <c>{region}</c>, as <see cref="ApiRoot"/> may (and there
    /// <c>{region-}</c>, the region with a hyphen behind it, nothing for <c>global</c>).
    /// </summary>
    public string UrlPath { get; init; } = "/v1";

    /// <summary>Where <c>{region}</c> comes from: variables of its SDK, the first that is set counts.</summary>
    public IReadOnlyList<string> RegionVariables { get; init; } = [];

    public string DefaultRegion { get; init; } = "";

    /// <summary>Path of a chat request below the root, with query; <c>{model}</c> stands for the model's name, percent-encoded.</summary>
    public string ChatPath { get; init; } = "/chat/completions";

    /// <summary>Path of a streamed chat request where it is another one; null = the same.</summary>
    public string? StreamPath { get; init; }

    /// <summary>How its chat streams are cut.</summary>
    public Framing Framing { get; init; }

    /// <summary>
    /// Anthropic's dialect as other clouds serve it: the model stands in the path instead of the body, and the body holds this <c>anthropic_version</c>. Null = as Anthropic
    /// itself.
    /// </summary>
    public string? AnthropicVersionInBody { get; init; }

    /// <summary>Takes media by URL; false = as bytes alone, so that the gateway must fetch what a client names by URL.</summary>
    public bool TakesMediaUrls { get; init; } = true;

    /// <summary>Path of OpenAI's Responses where it serves them itself (the dialect then passes as bytes); null = they are translated.</summary>
    public string? ResponsesPath { get; init; }

    /// <summary>Its Responses keep state between requests: stored answers (<c>previous_response_id</c>), conversations, prompts, background runs.</summary>
    public bool StatefulResponses { get; init; }

    /// <summary>Path of OpenAI's legacy completions where it serves them itself; null = they are translated to chat.</summary>
    public string? CompletionsPath { get; init; }

    /// <summary>
    /// Path of an embeddings request; <c>{model}</c> stands for the model's name, percent-encoded, <c>{method}</c> for what the codec calls. Below the root, or below the
    /// root's host where it begins with <c>~/</c>. Null = it has none.
    /// </summary>
    public string? EmbeddingsPath { get; init; }

    /// <summary>The dialect of its embeddings.</summary>
    public EmbeddingDialect EmbeddingsDialect { get; init; }

    /// <summary>What else it serves in the clients' own shape.</summary>
    public ProviderEndpoints Endpoints { get; init; }

    /// <summary>
    /// Path of realtime's WebSocket below the root, where it has one. The query's members replace the client's of the same name; the one that holds <c>{model}</c> is left out
    /// where no model is named.
    /// </summary>
    public string RealtimePath { get; init; } = "/realtime?model={model}";

    /// <summary>Path of Anthropic's count of tokens where it serves it itself; null = the gateway estimates.</summary>
    public string? CountTokensPath { get; init; }

    /// <summary>Refuses to serve without a key (at its own root).</summary>
    public bool NeedsKey { get; init; }

    /// <summary>The variable in which its SDK finds the key, where it is not PREFIX_API_KEY.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>Its SDK reads PREFIX_API_KEY and PREFIX_BASE_URL; null = none that we honour.</summary>
    public string? EnvironmentPrefix { get; init; }

    /// <summary>Its base URLs are by custom written without the version, so <see cref="UrlPath"/> is appended to a URL that lacks it, also behind a proxy's path.</summary>
    public bool UrlOmitsVersion { get; init; }

    /// <summary>Understands <c>stream_options.include_usage</c>: then the gateway asks for it and hides the chunk from a client that did not.</summary>
    public bool StreamOptions { get; init; } = true;

    /// <summary>
    /// Members of a chat completions body over which it refuses the whole request, so that they are cut out of a client's bytes and named; <c>messages.name</c> stands for a
    /// member of the messages. Of a provider that speaks Responses: those that have no place in its requests.
    /// </summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>
    /// Of the members that the gateway's own answers to a client of chat completions have beyond OpenAI's (<c>reasoning_content</c>, <c>thinking_blocks</c>, <c>images</c>, a call's
    /// <c>extra_content</c>) those that it documents for an assistant's message in a request. A client sends them back with its next turn; the others are cut out of its bytes.
    /// </summary>
    public IReadOnlyList<string> TakesBack { get; init; } = [];

    /// <summary>
    /// Of the members of a chat completions body that the gateway has no place for, those that it documents; any other makes it refuse the request and is left out and named. Null = unknown
    /// ones do no harm. For a provider whose bodies are <see cref="ChatTraits.Translated"/>.
    /// </summary>
    public IReadOnlyList<string>? OwnMembers { get; init; }

    /// <summary>How its chat completions differ from the common core, where it speaks OpenAI's dialect.</summary>
    public ChatTraits Traits { get; init; }

    /// <summary>How it is brought to go on with an answer that was begun elsewhere.</summary>
    public Continuation Continuation { get; init; }

    /// <summary>That model of its can be brought to.</summary>
    /// <param name="model">Plain UTF-8 name.</param>
    public bool Continues(ReadOnlySpan<byte> model) => Continuation switch
    {
        Continuation.None => false,
        Continuation.Claude => Dialects.Anthropic.AnthropicModel.Of(model).TakesPrefill,
        _ => true,
    };

    /// <summary>Its names of models are <c>maker/model</c>, and this stands in front of one that names no maker; null = they are whatever they are.</summary>
    public string? DefaultMaker { get; init; }

    /// <summary>Models with these name prefixes are this provider's own, for a plain model name that no configured list holds.</summary>
    public IReadOnlyList<string> ModelPrefixes { get; init; } = [];

    /// <summary>What it offers itself.</summary>
    public Capability Native { get; init; }

    /// <summary>What the gateway makes of what it offers.</summary>
    public Capability Adapted { get; init; }

    /// <summary>How it offers one capability.</summary>
    public Support SupportOf(Capability one) =>
        (Native & one) != 0 ? Support.Native : (Adapted & one) != 0 ? Support.Adapted : Support.NotOffered;
}
