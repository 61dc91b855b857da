namespace Edge.Tenancy;

/// <summary>What a caller may use: the policies of its levels, narrowed into one. Immutable.</summary>
public sealed class AccessPolicy
{
    public static readonly AccessPolicy Open = new();

    /// <summary>Nothing is restricted: requests need not be checked.</summary>
    public bool IsOpen { get; init; } = true;
}
