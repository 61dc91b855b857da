namespace Edge.Configuration;

/// <summary>Where the gateway keeps what must outlive it, and what its instances share.</summary>
public sealed record StoresConfig
{
    /// <summary>Directory of the embedded database, journals and keys; null = <c>EDGE_DATA_DIR</c>, else nothing is kept: what is recorded lives in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary><c>postgres://user:password@host/database</c>; unset = SQLite in <see cref="DataDirectory"/>.</summary>
    public Secret Database { get; init; }

    /// <summary><c>redis://[:password@]host:port[/database]</c> or <c>rediss://</c>; unset = limits, budgets and caches live in this process's memory.</summary>
    public Secret Redis { get; init; }

    /// <summary>The longest that a request waits for Redis before it is decided without it.</summary>
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    internal static ConfigSection<StoresConfig> Section { get; } = new ConfigSection<StoresConfig>(
            "stores", "Where the gateway keeps what must outlive it, and what its instances share.", new())
        .Field("data_directory", Kinds.OptionalText, c => c.DataDirectory, (c, v) => c with { DataDirectory = v },
            "Directory of the embedded database, journals and keys. Without one nothing is kept beyond the process.", defaultText: "`EDGE_DATA_DIR`, else none")
        .Field("database", Kinds.Secret, c => c.Database, (c, v) => c with { Database = v },
            "`postgres://user:password@host:port/database`. Without one, SQLite in the data directory.")
        .Field("redis", Kinds.Secret, c => c.Redis, (c, v) => c with { Redis = v },
            "`redis://[user:password@]host:port[/number]`, or `rediss://` with TLS: limits, budgets and caches that several instances share. Without one, this process's memory. Several nodes of a cluster with a comma between; sentinels as `redis+sentinel://host:port,host:port/name`.")
        .Field("redis_timeout", Kinds.Duration("1ms", "10s"), c => c.RedisTimeout, (c, v) => c with { RedisTimeout = v },
            "The longest that a request waits for Redis. One that got no answer makes all others go on without it until it answers again.");
}
