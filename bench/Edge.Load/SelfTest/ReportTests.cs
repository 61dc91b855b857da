using Edge.Load.Compare;
using Edge.Load.Load;
using Edge.Load.Measure;
using HdrHistogram;
using static Edge.Load.SelfTest.SelfTests;

namespace Edge.Load.SelfTest;

/// <summary>The arithmetic between what was recorded and what is printed.</summary>
internal static class ReportTests
{
    public static readonly (string, Action)[] All =
    [
        ("percentiles are those of the values recorded", Percentiles_of_known_values),
        ("medians", Medians),
        ("ratios are taken within a round", Ratios_within_a_round),
        ("a process's CPU and memory are read", Process_usage),
        ("options that nobody knows are refused", Options),
    ];

    private static void Percentiles_of_known_values()
    {
        var histogram = new LongHistogram(1, 60_000_000, 3);
        Equal(0, Percentiles.Of(histogram).P99, "of nothing");
        for (var value = 1; value <= 10_000; value++)
            histogram.RecordValue(value);
        var p = Percentiles.Of(histogram);
        static bool Near(long actual, long expected) => Math.Abs(actual - expected) <= Math.Max(1, expected / 1000);
        True(p.Count == 10_000 && Near(p.P50, 5000) && Near(p.P90, 9000) && Near(p.P99, 9900) && Near(p.P999, 9990) && Near(p.Max, 10_000), $"1..10,000: {p}");
        histogram.Reset();
        histogram.RecordValueWithCount(100, 990);
        histogram.RecordValueWithCount(60_000_000, 10);
        p = Percentiles.Of(histogram);
        True(p.P50 == 100 && p.P99 == 100 && Near(p.P999, 60_000_000), $"one in a hundred waits a minute: {p}");
    }

    private static void Medians()
    {
        True(double.IsNaN(Statistics.Median([])), "of none");
        Equal(7.0, Statistics.Median([7]), "of one");
        Equal(2.0, Statistics.Median([9, 1, 2]), "of three");
        Equal(2.5, Statistics.Median([3, 9, 1, 2]), "of four");
    }

    // The machine runs at half speed in the second round: values double, ratios stay.
    private static void Ratios_within_a_round()
    {
        var scenario = new Scenario("s", "a scenario", [new Figure("cost", "us", "0", true), new Figure("errors", "count", "0", false)], (_, _, _) => throw new NotSupportedException());
        static Measurement Row(int round, string target, double cost) =>
            new(round, "s", target, new Dictionary<string, double> { ["cost"] = cost, ["errors"] = 0 }, null);
        var report = new CompareReport(
            new Machine("cpu", 2, "kernel", 1, "runtime"), DateTime.UnixEpoch, 3, false,
            [new NginxTarget("/nowhere/nginx"), new EdgeTarget("edge", Environment.ProcessPath!, "")], [scenario],
            [Row(1, "nginx", 20), Row(1, "edge", 30), Row(2, "nginx", 40), Row(2, "edge", 64), Row(3, "nginx", 20), Row(3, "edge", 28)], ["a note"]);
        var markdown = report.Markdown();
        True(markdown.Contains("| cost | us | 20 | 30 | 1.50 (1.40..1.60) |", StringComparison.Ordinal), markdown);
        True(report.Json().Contains("\"edge/nginx\"", StringComparison.Ordinal), "the ratio is not in the JSON");
    }

    private static void Process_usage()
    {
        var probe = new ProcessProbe(Environment.ProcessId);
        var before = probe.Sample();
        var until = System.Diagnostics.Stopwatch.StartNew();
        while (probe.Sample().CpuNanoseconds - before.CpuNanoseconds < 30_000_000 && until.Elapsed < TimeSpan.FromSeconds(10))
        {
        }
        var after = probe.Sample();
        True(after.CpuNanoseconds - before.CpuNanoseconds >= 30_000_000, "work does not show as CPU time");
        True(after.Threads >= 1 && after.RssBytes > 1 << 20 && after.PeakRssBytes >= after.RssBytes / 2 && probe.SampleRss() > 1 << 20, $"{after}");
        True(after.CpuNanoseconds - before.CpuNanoseconds <= until.Elapsed.TotalNanoseconds * (Environment.ProcessorCount + 1), "more CPU time than there was");
        Equal(default, new ProcessProbe(int.MaxValue).Sample(), "of a process that is not there");
    }

    private static void Options()
    {
        var args = new Args(["--rate", "5", "--closed", "--body", "1200"]);
        True(args.Number("rate", 1, 0, 10) == 5 && args.Flag("closed") && !args.Flag("sse"), "options are misread");
        True(Refused(() => args.RejectUnknown()), "an unknown option passed");
        True(Refused(() => args.Number("body", 1, 0, 10)), "a value out of range passed");
        True(Refused(() => _ = new Args(["5"])), "a value without an option passed");
    }

    private static bool Refused(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (UsageException)
        {
            return true;
        }
    }
}
