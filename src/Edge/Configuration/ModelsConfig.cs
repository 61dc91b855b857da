namespace Edge.Configuration;

/// <summary>Names of models.</summary>
public sealed record ModelsConfig
{
    /// <summary>
    /// Alias -> <c>provider/model</c>, a provider's model, or another alias. Every chain ends and resolves: checked when loaded.
    /// </summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    internal static ConfigSection<ModelsConfig> Section { get; } = new ConfigSection<ModelsConfig>(
            "models", "Names of models.", new())
        .Field("aliases", new MapKind<string>("alias", Kinds.NonEmptyText, key => key.Length == 0 ? "is empty" : null),
            c => c.Aliases, (c, v) => c with { Aliases = v },
            "Another name for `provider/model`, for a model that a provider lists, or for another alias.");
}
