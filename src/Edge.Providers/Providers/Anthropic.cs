namespace Edge.Providers.Providers;

/// <summary>Anthropic. <see href="https://docs.anthropic.com/en/api/messages"/></summary>
internal static class Anthropic
{
    public static readonly Provider Sheet = new()
    {
        Name = "anthropic",
        Dialect = Dialect.Anthropic,
        KeyScheme = KeyScheme.XApiKey,
        ApiRoot = "https://api.anthropic.com/v1",
        ChatPath = "/messages",
        NeedsKey = true,
        EnvironmentPrefix = "ANTHROPIC",
        UrlOmitsVersion = true,
        StreamOptions = false,
        ModelPrefixes = ["claude-"],
    };
}
