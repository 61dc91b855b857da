using Edge.Configuration;
using Edge.Guard.Policy;

namespace Edge.Tenancy;

/// <summary>Every caller and tenant that there is, from the configuration and the store: a part of <see cref="Model.GatewayState"/>. Immutable.</summary>
public sealed class TenancySnapshot
{
    public static readonly TenancySnapshot Empty = new();

    /// <summary>Who has shown nothing, where that is allowed.</summary>
    public Caller Anonymous { get; init; } = new() { Kind = CallerKind.Anonymous, Id = "anonymous" };

    /// <summary>The callers of <c>auth.api_keys</c>, in their order.</summary>
    public IReadOnlyList<Caller> ConfigKeys { get; init; } = [];

    /// <summary>Of a valid configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="guard">For whoever names no other.</param>
    /// <param name="keyGuards">By key; empty = <paramref name="guard"/> for all.</param>
    /// <param name="meters">Of this process.</param>
    public static TenancySnapshot Build(EdgeConfig config, GuardPolicy guard, IReadOnlyList<GuardPolicy> keyGuards, MeterRegistry meters)
    {
        _ = meters;
        var keys = config.Auth.ApiKeys;
        return new TenancySnapshot
        {
            Anonymous = new Caller
            {
                Kind = CallerKind.Anonymous,
                Id = "anonymous",
                Guard = guard,
                Debug = keys.Count == 0 && config.Server.Listen.All(address => address.IsLoopback),
            },
            ConfigKeys = [.. keys.Select((key, i) => new Caller
            {
                Kind = CallerKind.Key,
                Id = key.Name ?? $"api_keys[{i}]",
                Name = key.Name,
                Guard = i < keyGuards.Count ? keyGuards[i] : guard,
                Debug = key.Debug,
                ConfigKey = i,
                Scope = BitConverter.ToUInt64(Auth.AuthStage.Hash(key.Key.Reveal())) | 1,
            })],
        };
    }
}
