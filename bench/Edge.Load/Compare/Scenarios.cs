using System.Globalization;
using Edge.Load.Load;
using Edge.Load.Measure;

namespace Edge.Load.Compare;

/// <summary>A row of the report.</summary>
/// <param name="Id">The name that perf-budget.md uses where it has the row.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Format">For the table.</param>
/// <param name="Ratio">Ratios to the other columns mean something.</param>
internal sealed record Figure(string Id, string Unit, string Format, bool Ratio);

/// <summary>One scenario on one target, once.</summary>
internal sealed record Outcome(IReadOnlyDictionary<string, double> Figures, LoadResult? Load);

/// <summary>Something that is measured on every target in turn.</summary>
internal sealed record Scenario(string Id, string What, Figure[] Figures, Func<Bench, Target, Scale, Outcome> Measure, bool OnDirect = true, bool OnNginx = true);

/// <summary>How long and how often.</summary>
internal sealed record Scale(TimeSpan Warmup, TimeSpan Window, int Streams, int ManyStreams, int Bodies, int StartsPerRound)
{
    public static Scale Full(int rounds) => new(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(4), 1000, 5000, 1500, (10 + rounds - 1) / rounds);

    public static Scale Quick => new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5), 200, 1000, 200, 2);
}

/// <summary>The closed list of scenarios.</summary>
internal static class Scenarios
{
    private static readonly Figure Errors = new("errors", "count", "0", false);

    public static readonly Scenario[] All =
    [
        new("json-cpu", "POST 1.2 KB, JSON answer 600 bytes, closed loop, 64 connections",
            [new("json-cpu", "CPU us / request", "0.0", true), new("json-rate", "requests / s", "0", true), new("json-busy", "% of the proxy's core", "0", false), Errors],
            (bench, target, scale) => Json(bench, target, scale, bodyBytes: 1200, "json")),
        new("json-150k-cpu", "the same with prompts of 150 KB, 16 connections",
            [new("json-150k-cpu", "CPU us / request", "0.0", true), Errors],
            (bench, target, scale) => Json(bench, target, scale, bodyBytes: 150_000, "json-150k")),
        new("json-latency", "the same request, open loop, 1,000 a second, from the intended send time",
            [new("latency-p50", "us", "0", true), new("latency-p99", "us", "0", true), new("latency-p99.9", "us", "0", false), Errors], Latency),
        new("sse-cpu", "concurrent streams of 50 events, one every 20 ms, streams back to back",
            [.. SseFigures("sse-cpu"), Errors], (bench, target, scale) => Sse(bench, target, scale, "sse-cpu", intervalMs: 20, "gpt-4o-mini")),
        new("sse-cpu-100ms", "the same, one event every 100 ms: nobody is saturated, so nobody can save work by sending events together",
            [.. SseFigures("sse-cpu-100ms"), Errors], (bench, target, scale) => Sse(bench, target, scale, "sse-cpu-100ms", intervalMs: 100, "gpt-4o-mini")),
        new("translate-cpu", "the sse-cpu-100ms load with the provider speaking Anthropic's dialect: each event is translated",
            [.. SseFigures("translate-cpu"), Errors], (bench, target, scale) => Sse(bench, target, scale, "translate-cpu", intervalMs: 100, "claude-3-5-haiku"),
            OnDirect: false, OnNginx: false),
        new("stream-rss", "memory per open stream, all open at once, an event every 100 ms",
            [new("stream-rss", "KB / stream", "0.0", true), new("stream-base", "MB before", "0.0", false), new("stream-open", "streams at once", "0", false), Errors],
            (bench, target, scale) => StreamRss(bench, target, scale.Streams, intervalMs: 100, "stream"), OnDirect: false),
        new("stream-5000", "five times as many streams, an event every 250 ms",
            [new("stream-5000-rss", "KB / stream", "0.0", true), new("stream-5000-open", "streams at once", "0", false), Errors],
            (bench, target, scale) => StreamRss(bench, target, scale.ManyStreams, intervalMs: 250, "stream-5000")),
        new("body-rss", "peak memory with 1,500 requests of 150 KB under way at once (answers delayed by 1 s), and 2 s later",
            [new("body-rss", "MB peak", "0", true), new("body-rss-after", "MB 2 s later", "0", false), Errors], BodyRss, OnDirect: false),
        new("start", "from fork to the first chat answered with 200 through it", [new("start", "ms, median", "0.0", true), new("start-min", "ms, least", "0.0", true)], Start, OnDirect: false),
        new("idle-rss", "2 s after the first answer", [new("idle-rss", "MB", "0.0", true), new("idle-threads", "threads", "0", false)], Idle, OnDirect: false),
    ];

    private static Figure[] SseFigures(string id) =>
    [
        new(id, "CPU us / event", "0.00", true), new($"{id}-per-read", "events / read", "0.00", false),
        new($"{id}-first-p50", "us to the first event", "0", false), new($"{id}-first-p99", "us to the first event", "0", false),
        new($"{id}-gap-p99", "us between events", "0", false), new($"{id}-busy", "% of the proxy's core", "0", false),
    ];

    private static Outcome Json(Bench bench, Target target, Scale scale, int bodyBytes, string prefix)
    {
        SetMock(bench, "delay=0&size=600");
        using var running = target.Start(bench);
        var result = LoadRun.Run(new LoadOptions
        {
            Port = running.JsonPort,
            Key = bench.Key,
            Connections = bodyBytes > 100_000 ? 16 : 64,
            BodyBytes = bodyBytes,
            Warmup = scale.Warmup,
            Duration = scale.Window,
        }, Watching(bench, running));
        return Result(result,
            ($"{prefix}-cpu", result.CpuPerRequest ?? 0), ($"{prefix}-rate", result.PerSecond), ($"{prefix}-busy", (result.Target?.BusyShare ?? 0) * 100));
    }

    private static Outcome Latency(Bench bench, Target target, Scale scale)
    {
        SetMock(bench, "delay=0&size=600");
        using var running = target.Start(bench);
        var result = LoadRun.Run(new LoadOptions
        {
            Port = running.JsonPort,
            Key = bench.Key,
            Rate = 1000,
            Connections = 64,
            Warmup = scale.Warmup,
            Duration = scale.Window,
        }, Watching(bench, running));
        return Result(result, ("latency-p50", result.Latency.P50), ("latency-p99", result.Latency.P99), ("latency-p99.9", result.Latency.P999));
    }

    private static Outcome Sse(Bench bench, Target target, Scale scale, string id, double intervalMs, string model)
    {
        const int Events = 50;
        SetMock(bench, string.Create(CultureInfo.InvariantCulture, $"delay=0&events={Events}&interval={intervalMs}"));
        using var running = target.Start(bench);
        var stream = TimeSpan.FromMilliseconds(Events * intervalMs);
        var result = LoadRun.Run(new LoadOptions
        {
            Port = running.SsePort,
            Key = bench.Key,
            Model = model,
            Stream = true,
            ExpectEvents = Events,
            Connections = scale.Streams,
            // Beginnings spread over one stream's length: at any moment as many begin as end.
            Ramp = stream,
            Warmup = stream + scale.Warmup,
            Duration = scale.Window,
        }, Watching(bench, running));
        return Result(result,
            (id, result.CpuPerEvent ?? 0), ($"{id}-per-read", (double)result.Events / Math.Max(1, result.EventReads)),
            ($"{id}-first-p50", result.FirstEvent!.P50), ($"{id}-first-p99", result.FirstEvent.P99), ($"{id}-gap-p99", result.Gap!.P99),
            ($"{id}-busy", (result.Target?.BusyShare ?? 0) * 100));
    }

    private static Outcome StreamRss(Bench bench, Target target, int streams, double intervalMs, string prefix)
    {
        var ramp = TimeSpan.FromSeconds(Math.Max(1, streams / 2000.0));
        // Long enough that the first stream is still open two seconds after the last one began.
        var events = (int)Math.Ceiling((ramp.TotalMilliseconds + 3000) / intervalMs);
        SetMock(bench, string.Create(CultureInfo.InvariantCulture, $"delay=0&events={events}&interval={intervalMs}"));
        using var running = target.Start(bench);
        var warm = new LoadOptions
        {
            Port = running.SsePort,
            Key = bench.Key,
            Connections = 16,
            Warmup = TimeSpan.Zero,
            Duration = TimeSpan.FromSeconds(0.5),
        };
        _ = LoadRun.Run(warm);
        Thread.Sleep(500);
        var before = running.Process is { } process ? new ProcessProbe(process.Id).Sample().RssBytes / (1024.0 * 1024) : 0;
        var result = LoadRun.Run(warm with
        {
            Stream = true,
            ExpectEvents = events,
            Connections = streams,
            Ramp = ramp,
            Warmup = ramp,
            // One wave: the window ends before the first stream does.
            Duration = TimeSpan.FromSeconds(2),
        }, Watching(bench, running));
        if (running.Process is null)
            return Result(result, ($"{prefix}-open", result.PeakStreams));
        var grown = (result.HighestRssMb ?? before) - before;
        return Result(result, ($"{prefix}-rss", grown * 1024 / streams), ($"{prefix}-base", before), ($"{prefix}-open", result.PeakStreams));
    }

    private static Outcome BodyRss(Bench bench, Target target, Scale scale)
    {
        SetMock(bench, "delay=1000&size=600");
        using var running = target.Start(bench);
        var result = LoadRun.Run(new LoadOptions
        {
            Port = running.JsonPort,
            Key = bench.Key,
            Connections = scale.Bodies,
            BodyBytes = 150_000,
            Warmup = TimeSpan.FromSeconds(0.5),
            Duration = TimeSpan.FromSeconds(3),
        }, Watching(bench, running));
        Thread.Sleep(2000);
        var after = new ProcessProbe(running.Process!.Id).Sample();
        SetMock(bench, "delay=0");
        return Result(result, ("body-rss", after.PeakRssBytes / (1024.0 * 1024)), ("body-rss-after", after.RssBytes / (1024.0 * 1024)));
    }

    private static Outcome Start(Bench bench, Target target, Scale scale)
    {
        SetMock(bench, "delay=0&size=600");
        var times = new double[scale.StartsPerRound];
        for (var i = 0; i < times.Length; i++)
        {
            using var running = target.Start(bench with { ProxyConnections = 1024 });
            times[i] = running.StartMs;
        }
        return new Outcome(new Dictionary<string, double> { ["start"] = Statistics.Median(times), ["start-min"] = times.Min() }, null);
    }

    private static Outcome Idle(Bench bench, Target target, Scale scale)
    {
        using var running = target.Start(bench with { ProxyConnections = 1024 });
        Thread.Sleep(2000);
        var sample = new ProcessProbe(running.Process!.Id).Sample();
        return new Outcome(new Dictionary<string, double> { ["idle-rss"] = sample.RssBytes / (1024.0 * 1024), ["idle-threads"] = sample.Threads }, null);
    }

    // Direct: the mock stands for the process under test, so that its own cost shows in the table.
    private static Watch Watching(Bench bench, Running running) =>
        new(new ProcessProbe(running.Process?.Id ?? bench.Mock.Id), new ProcessProbe(bench.Mock.Id));

    private static Outcome Result(LoadResult result, params (string Id, double Value)[] figures)
    {
        // Failing is cheap: where more than one answer in a hundred failed, what was measured is not the scenario.
        var values = result.ErrorCount * 100 > result.Answers ? [] : figures.ToDictionary(figure => figure.Id, figure => figure.Value);
        values["errors"] = result.ErrorCount;
        return new Outcome(values, result);
    }

    private static void SetMock(Bench bench, string query)
    {
        if (OneShot.Status(bench.MockPort, "POST", $"/mock?{query}", "", bench.Key) != 200)
            throw new UsageException($"the mock refuses the settings {query}");
    }
}
