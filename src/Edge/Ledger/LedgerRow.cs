namespace Edge.Ledger;

/// <summary>What the ledger knows of one request. Names are empty where there is none; money is nano-dollars.</summary>
public sealed record LedgerRow
{
    /// <summary>The request's.</summary>
    public required string Id { get; init; }

    /// <summary>When it ended, Unix milliseconds.</summary>
    public required long At { get; init; }

    /// <summary>When its row is deleted, Unix milliseconds.</summary>
    public long Expires { get; init; }

    /// <summary>It is counted in the sums and has no row of its own.</summary>
    public bool IsRollupOnly { get; init; }

    /// <summary>Paths of its tenants, by level.</summary>
    public string Organisation { get; init; } = "";

    public string Team { get; init; } = "";

    public string User { get; init; } = "";

    public string Key { get; init; } = "";

    public string CallerKind { get; init; } = "";

    public string Caller { get; init; } = "";

    /// <summary>By name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Tags that were left out: too many, too long, or no tags at all.</summary>
    public int TagsDropped { get; init; }

    public string Endpoint { get; init; } = "";

    /// <summary>As the client wrote it.</summary>
    public string ModelAsked { get; init; } = "";

    /// <summary>As the provider was asked for it.</summary>
    public string Model { get; init; } = "";

    public string Provider { get; init; } = "";

    public string Region { get; init; } = "";

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheWriteTokens { get; init; }

    public long ReasoningTokens { get; init; }

    public long AudioInputTokens { get; init; }

    public long AudioOutputTokens { get; init; }

    public long ImageInputTokens { get; init; }

    public long ImageOutputTokens { get; init; }

    public UsageFrom UsageFrom { get; init; }

    /// <summary>False = the model has no price, and a cost of 0 says nothing.</summary>
    public bool IsPriced { get; init; }

    public long InputCost { get; init; }

    public long OutputCost { get; init; }

    public long Cost => InputCost + OutputCost;

    /// <summary>What the answer would have cost, had it not come out of the cache.</summary>
    public long SavedByCache { get; init; }

    /// <summary>What the model that was asked for would have cost more; negative = less.</summary>
    public long SavedByRouting { get; init; }

    /// <summary>First byte of the request to last byte of the answer.</summary>
    public long TotalMicroseconds { get; init; }

    /// <summary>Until it went out to a provider; 0 = it did not.</summary>
    public long GatewayMicroseconds { get; init; }

    /// <summary>Until the first byte of the provider's answer; 0 = there was none.</summary>
    public long FirstTokenMicroseconds { get; init; }

    public bool IsStreamed { get; init; }

    public string Outcome { get; init; } = "";

    /// <summary>Code of the gateway's own error.</summary>
    public string Error { get; init; } = "";

    public int Status { get; init; }

    public int Attempts { get; init; }

    /// <summary>What the guard found, as in the header <c>x-edge-guard</c>: kinds and numbers, no values.</summary>
    public string Guard { get; init; } = "";
}

/// <summary>Who says how many tokens there were.</summary>
public enum UsageFrom : byte
{
    /// <summary>Nobody: there were none, or nobody knows.</summary>
    Unknown,

    Reported,

    Estimated,
}
