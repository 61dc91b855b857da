namespace Edge.Providers.Chat;

/// <summary>
/// The provider shall let the model search the web, by its own means: Anthropic's <c>web_search</c>, OpenAI's <c>web_search</c> and <c>web_search_options</c>, Gemini's <c>googleSearch</c>. What the
/// model says of what it found comes as text with citations everywhere, so that one can stand for the other.
/// </summary>
public struct WebSearch
{
    /// <summary>Under which name the client asked, one of <see cref="ChatRequest.Unsupported"/>; null = it did not ask.</summary>
    public string? Name;

    /// <summary>How much of what is found goes to the model: <c>low</c>, <c>medium</c>, <c>high</c>.</summary>
    public BodyRange ContextSize;

    /// <summary>Where the user is, as far as it is told.</summary>
    public BodyRange City;

    public BodyRange Region;

    /// <summary>ISO 3166, two letters.</summary>
    public BodyRange Country;

    /// <summary>IANA.</summary>
    public BodyRange Timezone;

    /// <summary>Searches at most.</summary>
    public long? MaxUses;

    /// <summary>Raw JSON array of strings: nothing else may be searched.</summary>
    public BodyRange AllowedDomains;

    /// <summary>Raw JSON array of strings: these may not be searched.</summary>
    public BodyRange BlockedDomains;

    public readonly bool HasLocation => City.Length > 0 || Region.Length > 0 || Country.Length > 0 || Timezone.Length > 0;

    /// <summary>The client says where to search: without that it would not be the same search.</summary>
    public readonly bool HasDomains => AllowedDomains.IsPresent || BlockedDomains.IsPresent;
}
