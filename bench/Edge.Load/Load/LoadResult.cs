using HdrHistogram;

namespace Edge.Load.Load;

/// <summary>Percentiles in microseconds.</summary>
internal sealed record Percentiles(long Count, double Mean, long P50, long P90, long P99, long P999, long Max)
{
    public static Percentiles Of(LongHistogram histogram) => histogram.TotalCount == 0
        ? new Percentiles(0, 0, 0, 0, 0, 0, 0)
        : new Percentiles(
            histogram.TotalCount,
            Math.Round(histogram.GetMean(), 1),
            histogram.GetValueAtPercentile(50),
            histogram.GetValueAtPercentile(90),
            histogram.GetValueAtPercentile(99),
            histogram.GetValueAtPercentile(99.9),
            histogram.GetMaxValue());
}

/// <summary>CPU and memory of one process, or of one with its children, over the window.</summary>
internal sealed record Usage(double CpuSeconds, double BusyShare, double UserShare, double RssMb, double PeakRssMb, int Threads);

/// <summary>What a run measured. Errors are counted over the whole run, everything else over the window.</summary>
internal sealed record LoadResult
{
    public required double WindowSeconds { get; init; }

    /// <summary>Answers completed in the window (streams: whole streams).</summary>
    public required long Completed { get; init; }

    public double PerSecond => Completed / WindowSeconds;

    /// <summary>Text events that arrived in the window.</summary>
    public required long Events { get; init; }

    /// <summary>Reads that carried them; fewer than events means that a stage on the way fell behind and sent several at once.</summary>
    public required long EventReads { get; init; }

    /// <summary>Answers over the whole run, good or not.</summary>
    public required long Answers { get; init; }

    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>The beginning of the first answer with another status than 200.</summary>
    public string? FirstError { get; init; }

    public long ErrorCount => Errors.Values.Sum();

    /// <summary>Connections opened after a server closed an idle one.</summary>
    public required long Reconnects { get; init; }

    /// <summary>The most streams that had begun and not ended at one moment.</summary>
    public required int PeakStreams { get; init; }

    /// <summary>From the intended send time to the complete answer.</summary>
    public required Percentiles Latency { get; init; }

    /// <summary>From the real send time; the difference to <see cref="Latency"/> is what a closed-loop tool would have hidden.</summary>
    public required Percentiles Service { get; init; }

    /// <summary>From the intended send time to the first text event.</summary>
    public Percentiles? FirstEvent { get; init; }

    /// <summary>Between two reads that carried text events of one stream.</summary>
    public Percentiles? Gap { get; init; }

    /// <summary>The process under test.</summary>
    public Usage? Target { get; init; }

    public Usage? Mock { get; init; }

    public Usage? Generator { get; init; }

    /// <summary>CPU microseconds of the process under test per completed answer.</summary>
    public double? CpuPerRequest => Target is null || Completed == 0 ? null : Target.CpuSeconds * 1e6 / Completed;

    /// <summary>The same per text event.</summary>
    public double? CpuPerEvent => Target is null || Events == 0 ? null : Target.CpuSeconds * 1e6 / Events;

    /// <summary>The highest RSS of the process under test while the load ran, sampled every 100 ms.</summary>
    public double? HighestRssMb { get; init; }
}
