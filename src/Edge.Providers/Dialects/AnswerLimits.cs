namespace Edge.Providers.Dialects;

/// <summary>What a decoder takes of one answer. A provider may be anybody's server: without limits one answer could occupy memory and a thread at will.</summary>
internal static class AnswerLimits
{
    /// <summary>Tool calls, of all choices together. No model makes so many; each event of a call is compared with all of them.</summary>
    public const int MaxCalls = 4096;

    /// <summary>What an error says of more.</summary>
    public const string TooManyCalls = "The answer has more than 4096 tool calls.";
}
