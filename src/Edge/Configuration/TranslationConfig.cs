namespace Edge.Configuration;

/// <summary>What becomes of a field that the chosen provider cannot express.</summary>
public enum DropPolicy
{
    /// <summary>It is left out, and a response header names it.</summary>
    Warn,

    /// <summary>The request is refused.</summary>
    Error,

    /// <summary>It is left out without a word.</summary>
    Silent,
}

/// <summary>How requests are carried over to providers of another dialect.</summary>
public sealed record TranslationConfig
{
    public DropPolicy DropUnsupported { get; init; }

    public FetchMediaConfig FetchMedia { get; init; } = new();

    internal static ConfigSection<TranslationConfig> Section { get; } = new ConfigSection<TranslationConfig>(
            "translation", "How requests are carried over to providers that speak another dialect than the client.", new())
        .Field("drop_unsupported", Kinds.OneOf(("warn", DropPolicy.Warn), ("error", DropPolicy.Error), ("silent", DropPolicy.Silent)),
            c => c.DropUnsupported, (c, v) => c with { DropUnsupported = v },
            "What becomes of a field that the provider cannot express: left out and named in the response header `x-edge-dropped`, refused, or left out silently.")
        .Field("fetch_media", new SectionKind<FetchMediaConfig>(FetchMediaConfig.Section), c => c.FetchMedia, (c, v) => c with { FetchMedia = v! }, FetchMediaConfig.Section.Doc);
}
