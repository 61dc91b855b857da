namespace Edge.Configuration;

/// <summary>What becomes of requests that the gateway refused: they cost nothing, and there may be many of them.</summary>
public enum RefusedRows : byte
{
    /// <summary>They are counted in the roll-ups and leave no row of their own.</summary>
    Rollup,

    /// <summary>Each has its row.</summary>
    Rows,

    /// <summary>The ledger knows nothing of them.</summary>
    Off,
}

/// <summary>Where a request's tags come from.</summary>
public enum TagSource : byte
{
    /// <summary>The header <c>x-edge-tags</c>.</summary>
    Header,

    /// <summary>The body's <c>metadata</c>.</summary>
    Metadata,

    /// <summary>The body's <c>user</c>, as the tag <c>user</c>.</summary>
    User,
}

/// <summary>What is kept of each request's tokens and cost, and for how long.</summary>
public sealed record LedgerConfig
{
    /// <summary>Null = where there is a data directory or a database.</summary>
    public bool? Enabled { get; init; }

    /// <summary>A row is on its way to the disk as soon as it is there; <see cref="JournalInterval"/> does not count.</summary>
    public bool Durable { get; init; }

    /// <summary>How long a row may wait in memory before the journal is written and forced to the disk.</summary>
    public TimeSpan JournalInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a row may wait in the journal (or in memory, where there is none) before it is in the database.</summary>
    public TimeSpan WriteInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Rows in one transaction at most.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>Bytes of rows that wait for the database on disk.</summary>
    public long MaxJournal { get; init; } = 4L << 30;

    /// <summary>Bytes of rows that wait in memory.</summary>
    public long MaxQueue { get; init; } = 64L << 20;

    /// <summary>Of a row, where its tenants say nothing; of several that do the shortest counts.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Of the roll-ups by hour.</summary>
    public TimeSpan HourRetention { get; init; } = TimeSpan.FromDays(92);

    /// <summary>Of the roll-ups by day.</summary>
    public TimeSpan DayRetention { get; init; } = TimeSpan.FromDays(1100);

    public RefusedRows Refused { get; init; }

    public IReadOnlyList<TagSource> TagsFrom { get; init; } = [TagSource.Header, TagSource.Metadata, TagSource.User];

    public int MaxTags { get; init; } = 16;

    /// <summary>Names of tags that roll-ups keep; empty = all.</summary>
    public IReadOnlyList<string> RollupTags { get; init; } = [];

    /// <summary>Lines that the roll-up of one hour may have before tags are booked as <c>(other)</c>.</summary>
    public int MaxSeries { get; init; } = 20_000;

    internal static ConfigSection<LedgerConfig> Section { get; } = new ConfigSection<LedgerConfig>(
            "ledger", "What is kept of each request's tokens and cost: docs/ledger.md.", new())
        .Field("enabled", Kinds.OneOf<bool?>(("auto", null), ("true", true), ("false", false)),
            c => c.Enabled, (c, v) => c with { Enabled = v },
            "Keep a ledger; `auto` = where there is a data directory or a database.")
        .Field("durable", Kinds.Bool, c => c.Durable, (c, v) => c with { Durable = v },
            "Write the journal as soon as a row is there, and not only every `journal_interval`.")
        .Field("journal_interval", Kinds.Duration("1ms", "1m"), c => c.JournalInterval, (c, v) => c with { JournalInterval = v },
            "How long a row may wait in memory before it is in the journal, on disk: what a crash may lose.")
        .Field("write_interval", Kinds.Duration("10ms", "10m"), c => c.WriteInterval, (c, v) => c with { WriteInterval = v },
            "How long rows are collected before they go to the database.")
        .Field("batch_size", Kinds.Int(1, 10_000), c => c.BatchSize, (c, v) => c with { BatchSize = v }, "Rows in one transaction.")
        .Field("max_journal", Kinds.Size(1 << 20, 1L << 50), c => c.MaxJournal, (c, v) => c with { MaxJournal = v },
            "Rows that wait on disk while the database is away. Beyond it rows are lost, and counted.")
        .Field("max_queue", Kinds.Size(1 << 16, 1L << 34), c => c.MaxQueue, (c, v) => c with { MaxQueue = v },
            "Rows that wait in memory; without a data directory that is all the room there is while the database is away.")
        .Field("retention", Kinds.Duration("1h", "36500d"), c => c.Retention, (c, v) => c with { Retention = v },
            "How long a request's row is kept, where no tenant above it has a `data_retention`.")
        .Field("hour_retention", Kinds.Duration("1d", "36500d"), c => c.HourRetention, (c, v) => c with { HourRetention = v }, "How long sums by hour are kept.")
        .Field("day_retention", Kinds.Duration("1d", "36500d"), c => c.DayRetention, (c, v) => c with { DayRetention = v }, "How long sums by day are kept.")
        .Field("refused", Kinds.OneOf(("rollup", RefusedRows.Rollup), ("rows", RefusedRows.Rows), ("off", RefusedRows.Off)),
            c => c.Refused, (c, v) => c with { Refused = v }, "Requests that the gateway refused: in the sums alone, with a row each, or not at all.")
        .Field("tags_from", new ListKind<TagSource>(Kinds.OneOf(("header", TagSource.Header), ("metadata", TagSource.Metadata), ("user", TagSource.User))),
            c => c.TagsFrom, (c, v) => c with { TagsFrom = v },
            "Where tags come from: the header `x-edge-tags`, the body's `metadata`, its `user`. Of several tags of one name the first counts.", defaultText: "`[header, metadata, user]`")
        .Field("max_tags", Kinds.Int(0, 64), c => c.MaxTags, (c, v) => c with { MaxTags = v }, "Tags of one request; further ones are left out.")
        .Field("rollup_tags", new ListKind<string>(Kinds.NonEmptyText), c => c.RollupTags, (c, v) => c with { RollupTags = v },
            "Names of the tags that sums are kept by; none = all. Tags of many values (a session, a document) belong in the rows alone.")
        .Field("max_series", Kinds.Int(100, 1_000_000), c => c.MaxSeries, (c, v) => c with { MaxSeries = v },
            "Lines that the sums of one hour may have; above it tags, and then models, are booked as `(other)`.");
}
