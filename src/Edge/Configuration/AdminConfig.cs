namespace Edge.Configuration;

/// <summary>The admin plane: health, metrics, administration, on a listener of its own.</summary>
public sealed record AdminConfig
{
    public bool Enabled { get; init; } = true;

    public IReadOnlyList<ListenAddress> Listen { get; init; } = [ListenAddress.Loopback(8081)];
}
