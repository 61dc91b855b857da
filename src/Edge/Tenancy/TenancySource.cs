using Edge.Auth;

namespace Edge.Tenancy;

/// <summary>What of tenancy lives as long as the process: <see cref="TenancySnapshot"/>s are made from it and the configuration. Any thread.</summary>
public sealed class TenancySource
{
    private volatile StoredTenancy _stored = StoredTenancy.Empty;

    public MeterRegistry Meters { get; init; } = new();

    /// <summary>How keys are hashed, in memory and in the store.</summary>
    public KeyHasher Hasher { get; init; } = KeyHasher.OfProcess;

    /// <summary>The keys of token issuers.</summary>
    internal JwtKeySources TokenKeys { get; init; } = new(TimeProvider.System, null);

    /// <summary>
    /// What the store holds. Whoever changes it publishes a state with a new snapshot afterwards: <see cref="Model.GatewayStateHolder.Update"/> with
    /// <see cref="Model.GatewayState.WithTenancy"/>.
    /// </summary>
    public StoredTenancy Stored
    {
        get => _stored;
        set
        {
            _stored = value;
            if (value.Organisations.Count + value.Users.Count + value.Keys.Count > 0) WasUsed = true;
        }
    }

    /// <summary>The store has held somebody since the process began: deleting the last key opens the gateway to nobody.</summary>
    internal bool WasUsed { get; private set; }
}
