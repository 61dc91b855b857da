namespace Edge.Configuration;

/// <summary>Fetching of media that a request names by URL, for providers that take bytes alone.</summary>
public sealed record FetchMediaConfig
{
    public bool Enabled { get; init; }

    /// <summary>Host names that may be fetched from; empty = any that is public.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Also addresses that only the inside can reach.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Bytes of one piece at most.</summary>
    public int MaxSize { get; init; } = 10 << 20;

    /// <summary>URLs of one request at most.</summary>
    public int MaxPerRequest { get; init; } = 20;

    /// <summary>For one piece, redirects included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    internal static ConfigSection<FetchMediaConfig> Section { get; } = new ConfigSection<FetchMediaConfig>(
            "fetch_media", "Fetching of images and files that a request names by URL, for providers that take bytes alone (`bedrock`, `ollama`).", new())
        .Field("enabled", Kinds.Bool, c => c.Enabled, (c, v) => c with { Enabled = v },
            "Off: such a request is refused with an error that names the field.")
        .Field("hosts", new ListKind<string>(Kinds.NonEmptyText), c => c.Hosts, (c, v) => c with { Hosts = v },
            "Host names to fetch from, `.example.com` with every host below it; none = any host with a public address.")
        .Field("allow_private", Kinds.Bool, c => c.AllowPrivate, (c, v) => c with { AllowPrivate = v },
            "Fetch from loopback, private and link-local addresses too. Any client can then read what the gateway can reach.")
        .Field("max_size", Kinds.IntSize(1 << 10, 100 << 20), c => c.MaxSize, (c, v) => c with { MaxSize = v }, "Of one piece.")
        .Field("max_per_request", Kinds.Int(1, 100), c => c.MaxPerRequest, (c, v) => c with { MaxPerRequest = v }, "URLs of one request.")
        .Field("timeout", Kinds.Duration("100ms", "2m"), c => c.Timeout, (c, v) => c with { Timeout = v }, "For one piece, redirects included.");
}
