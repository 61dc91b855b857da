namespace Edge.Pipeline;

/// <summary>What the body of an operation must hold at least; everything else is the provider's to judge.</summary>
public enum BodyShape : byte
{
    /// <summary>OpenAI chat completions: <c>model</c>, <c>messages</c>.</summary>
    Chat,

    /// <summary>Anthropic Messages: <c>model</c>, <c>messages</c>, <c>max_tokens</c>.</summary>
    Messages,

    /// <summary>Anthropic's count of tokens: <c>model</c>, <c>messages</c>.</summary>
    Count,

    /// <summary>OpenAI Responses: <c>model</c>.</summary>
    Responses,

    /// <summary>OpenAI's legacy completions: <c>model</c>, <c>prompt</c>.</summary>
    Completions,

    /// <summary>Any other JSON body with a <c>model</c>.</summary>
    Model,

    /// <summary>Any JSON body; it may name a <c>model</c>.</summary>
    Any,
}
