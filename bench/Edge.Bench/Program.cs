using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Edge.Bench;

// dotnet run -c Release --project bench/Edge.Bench -- --filter '*'            every benchmark
//                                                  -- --allCategories sse-scan  one row of perf-budget.md
//                                                  -- scan-compare [rounds]   personal data: every variant, regular expressions, Hyperscan and RE2 in one run
//                                                  -- pii-quick                detection alone by stopwatch, in seconds: for the work on it
//                                                  -- guard-quick              the guard's parts by stopwatch
//                                                  -- cache-quick              a cache key, a hit, and memory by stopwatch
//                                                  -- alloc-gate               exit 1 where a hot operation allocates other than stated
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["alloc-gate", ..]) return AllocationGates.Run(Console.Out);
        if (args is ["scan-compare", ..]) return Scan.ScanComparison.Run(Console.Out, args is [_, var rounds] ? int.Parse(rounds, CultureInfo.InvariantCulture) : 7);
        if (args is ["pii-quick", ..]) return PiiQuick.Run(Console.Out, args is [_, var only] ? only : "");

        if (args is ["cache-quick"]) return CacheQuick.Run(Console.Out);
        if (args is ["guard-quick", ..]) return GuardQuick.Run(Console.Out, args is [_, var parts] ? parts : "");

        // In process: the rows are ratios within one run, and a build of its own for each of them would take longer than the measurement.
        // Short iterations: kernels of nanoseconds need no half second each, and the whole list must end in minutes.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationTime(TimeInterval.FromMilliseconds(100)).WithId("short");
        var config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(CategoriesColumn.Default, StatisticColumn.Min)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(JsonExporter.Brief)
            .WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile);
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
        return 0;
    }
}
