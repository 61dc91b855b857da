namespace Edge.Configuration;

/// <summary>Names of models.</summary>
public sealed record ModelsConfig
{
    /// <summary>Alias -> <c>provider/model</c>, a provider's model, or another alias. Every chain ends and resolves: checked when loaded.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();
}
