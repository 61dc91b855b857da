using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Edge.Load.Load;

/// <summary>A run as a table for people and as JSON.</summary>
internal static class LoadReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Json<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";

    public static void Print(LoadResult result, TextWriter to)
    {
        void Line(string name, FormattableString text) => to.WriteLine($"{name,-16}{text.ToString(CultureInfo.InvariantCulture)}");
        Line("window", $"{result.WindowSeconds:0.00} s");
        Line("answers", $"{result.Completed} in the window, {result.PerSecond:0}/s, {result.Answers} over the run, {result.Reconnects} reconnects");
        Line("errors", $"{result.ErrorCount}{string.Concat(result.Errors.Select(error => $"  {error.Key}={error.Value}"))}");
        if (result.FirstError is { } body)
            Line("first of them", $"{body}");
        if (result.Gap is not null)
            Line("events", $"{result.Events} in {result.EventReads} reads, {result.Events / result.WindowSeconds:0}/s, {result.PeakStreams} streams at once");
        to.WriteLine($"{"us",-16}{"count",10}{"mean",10}{"p50",10}{"p90",10}{"p99",10}{"p99.9",10}{"max",10}");
        foreach (var (name, row) in new[] { ("latency", result.Latency), ("service time", result.Service), ("first event", result.FirstEvent), ("event gap", result.Gap) })
            if (row is { } p)
                to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-16}{p.Count,10}{p.Mean,10:0}{p.P50,10}{p.P90,10}{p.P99,10}{p.P999,10}{p.Max,10}"));
        foreach (var (name, usage) in new[] { ("watched", result.Target), ("mock", result.Mock), ("generator", result.Generator) })
            if (usage is { } u)
                Line(name, $"{u.CpuSeconds * 1e6 / Math.Max(1, result.Completed):0.0} us CPU/answer{(result.Events > 0 ? FormattableString.Invariant($", {u.CpuSeconds * 1e6 / result.Events:0.00} us/event") : "")}, busy {u.BusyShare:P0}, user {u.UserShare:P0}, RSS {u.RssMb:0.0} MB (peak {u.PeakRssMb:0.0}), {u.Threads} threads");
        if (result.HighestRssMb is { } rss)
            Line("highest RSS", $"{rss:0.0} MB while loaded");
    }
}
