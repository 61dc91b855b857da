namespace Edge.Providers;

/// <summary>What an application may ask of a provider. A provider offers it where its documentation says so for at least one of its models.</summary>
[Flags]
public enum Capability
{
    None = 0,

    Chat = 1 << 0,

    Streaming = 1 << 1,

    /// <summary>Tools that the client runs.</summary>
    Tools = 1 << 2,

    /// <summary>Several calls in one turn.</summary>
    ParallelTools = 1 << 3,

    /// <summary>A tool must be called, or this one.</summary>
    ForcedTools = 1 << 4,

    /// <summary>Pictures in a message.</summary>
    Vision = 1 << 5,

    /// <summary>PDF documents in a message.</summary>
    Pdf = 1 << 6,

    AudioInput = 1 << 7,

    AudioOutput = 1 << 8,

    /// <summary>The answer is some JSON object.</summary>
    JsonObject = 1 << 9,

    /// <summary>The answer matches a schema.</summary>
    JsonSchema = 1 << 10,

    /// <summary>How much a model thinks can be set.</summary>
    Reasoning = 1 << 11,

    Logprobs = 1 << 12,

    /// <summary><c>n</c> above 1.</summary>
    SeveralChoices = 1 << 13,

    Seed = 1 << 14,

    /// <summary>The answer names its sources.</summary>
    Citations = 1 << 15,

    /// <summary>Repeated beginnings of prompts cost less, and usage says how much of it was found.</summary>
    PromptCache = 1 << 16,

    /// <summary>OpenAI's Responses.</summary>
    Responses = 1 << 17,

    /// <summary>OpenAI's legacy completions.</summary>
    Completions = 1 << 18,

    Embeddings = 1 << 19,

    Rerank = 1 << 20,
}

/// <summary>How a provider offers a capability through this gateway.</summary>
public enum Support : byte
{
    /// <summary>It does not: the request is refused, or the field left out and named.</summary>
    NotOffered,

    /// <summary>The gateway says it in the provider's words: another surface, an instruction, a choice of tools.</summary>
    Adapted,

    /// <summary>The provider's own.</summary>
    Native,
}
