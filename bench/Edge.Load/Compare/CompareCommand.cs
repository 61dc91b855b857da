using System.Diagnostics;
using System.Globalization;
using Edge.Load.Load;
using Edge.Load.Measure;
using Edge.Load.Net;

namespace Edge.Load.Compare;

/// <summary>One value of a scenario's run.</summary>
internal sealed record Measurement(int Round, string Scenario, string Target, IReadOnlyDictionary<string, double> Figures, LoadResult? Load);

/// <summary>Rounds of A B C, A B C: what drifts on the machine drifts for all columns alike.</summary>
internal static class CompareCommand
{
    public static int Run(Args args)
    {
        var quick = args.Flag("quick");
        var rounds = args.Whole("rounds", quick ? 1 : 3, 1, 20);
        var only = args.Text("only")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var scenarios = Scenarios.All.Where(scenario => only is null || only.Contains(scenario.Id)).ToArray();
        if (only?.Except(Scenarios.All.Select(scenario => scenario.Id)).FirstOrDefault() is { } unknown)
            throw new UsageException($"no scenario '{unknown}'; known: {string.Join(", ", Scenarios.All.Select(scenario => scenario.Id))}");
        var limit = TimeSpan.FromMinutes(args.Number("max-minutes", 40, 0.1, 600));
        var output = Directory.CreateDirectory(args.Text("out") ?? "bench/results").FullName;
        var name = args.Text("name") ?? string.Create(CultureInfo.InvariantCulture, $"compare-{DateTime.UtcNow:yyyyMMdd-HHmm}");
        var key = args.Text("key") ?? "sk-edge-load";
        var notes = new List<string>();
        var targets = Targets(args, notes);
        var nice = args.Whole("nice", 0, -20, 19);
        var asked = targets.Count;
        args.RejectUnknown();

        var cores = Machine.AllowedCores();
        IReadOnlyList<int> proxyCores = cores[..1], loadCores = cores.Count > 1 ? cores[1..2] : cores;
        if (cores.Count < 2)
            notes.Add("Only one core: proxy, mock and generator share it, and every figure is worse for it.");
        var files = Sockets.RaiseFileLimit();
        if (files < 12_000)
            notes.Add($"Only {files} open files are allowed; stream-5000 needs 12,000 (`ulimit -n`).");
        Machine.PinProcess(loadCores);
        if (nice != 0)
            notes.Add(Machine.SetNice(nice) ? $"All of the bench, targets included, ran at nice {nice}." : $"nice {nice} was not permitted.");

        var directory = Directory.CreateTempSubdirectory("edge-load-");
        // Also after SIGTERM or SIGINT, which run no finally.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(directory);
        var measurements = new List<Measurement>();
        var started = Stopwatch.GetTimestamp();
        var ticks = Machine.Ticks();
        using (var mock = StartMock(loadCores, directory.FullName, limit))
        {
            var port = int.Parse(mock.FirstLine(TimeSpan.FromSeconds(10)).Split(':')[^1], CultureInfo.InvariantCulture);
            var bench = new Bench(mock, port, directory.FullName, key, proxyCores, loadCores);
            targets = [.. targets.Where(target => ComesUp(bench, target, notes))];
            var scale = quick ? Scale.Quick : Scale.Full(rounds);
            var turns = from round in Enumerable.Range(1, rounds)
                        from scenario in scenarios
                        from target in targets
                        where Applies(scenario, target)
                        select (round, scenario, target);
            foreach (var (round, scenario, target) in turns)
            {
                if (Stopwatch.GetElapsedTime(started) > limit)
                {
                    notes.Add($"Stopped in round {round} after {limit.TotalMinutes:0} minutes (--max-minutes).");
                    break;
                }
                Measure(bench, round, scenario, target, scale, measurements, notes);
            }
        }

        var now = Machine.Ticks();
        var total = Math.Max(1, now.Total - ticks.Total);
        notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"Over the run the hypervisor took {100.0 * (now.Stolen - ticks.Stolen) / total:0.0} % of the machine's time, and the machine was busy for {100 - (100.0 * (now.Idle - ticks.Idle) / total):0} %, this bench included."));
        var report = new CompareReport(Machine.Describe() with { Cores = cores.Count }, DateTime.UtcNow, rounds, quick, targets, scenarios, measurements, notes);
        var markdown = report.Markdown();
        File.WriteAllText(Path.Combine(output, name + ".md"), markdown);
        File.WriteAllText(Path.Combine(output, name + ".json"), report.Json());
        Console.WriteLine();
        Console.Write(markdown);
        Console.WriteLine($"\n{Path.Combine(output, name)}.md and .json");
        // A column that was asked for and is not there must not look like a pass.
        return measurements.Any(measurement => measurement.Figures.GetValueOrDefault("errors") > 0) || asked != targets.Count ? 1 : 0;
    }

    private static List<Target> Targets(Args args, List<string> notes)
    {
        var targets = new List<Target> { new DirectTarget() };
        if ((args.Text("nginx") ?? NginxTarget.Find()) is { } nginx)
            targets.Add(new NginxTarget(nginx));
        else
            notes.Add("nginx is not installed (package `nginx`): its column and the ratios to it are missing.");
        var configurations = args.Values("edge-config");
        if (args.Text("edge") is not { } edge)
        {
            notes.Add("No gateway was given (--edge BINARY): its column is missing.");
            return targets;
        }
        edge = Path.GetFullPath(edge);
        if (!File.Exists(edge))
            throw new UsageException($"--edge: there is no {edge}");
        if (configurations.Count == 0)
            targets.Add(new EdgeTarget("edge", edge, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "edge.yaml.template"))));
        foreach (var configuration in configurations)
        {
            var equals = configuration.IndexOf('=', StringComparison.Ordinal);
            var file = configuration[(equals + 1)..];
            if (!File.Exists(file))
                throw new UsageException($"--edge-config: there is no {file}");
            var name = equals > 0 ? configuration[..equals] : "edge";
            if (targets.Any(target => target.Name == name))
                throw new UsageException($"--edge-config: two columns named {name}");
            targets.Add(new EdgeTarget(name, edge, File.ReadAllText(file)));
        }
        return targets;
    }

    private static void Delete(DirectoryInfo directory)
    {
        try
        {
            directory.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A child that is just ending writes its last file; what is left is small and in the directory for temporary files.
        }
    }

    private static Child StartMock(IReadOnlyList<int> cores, string directory, TimeSpan limit)
    {
        var self = Environment.ProcessPath!;
        // Under `dotnet Edge.Load.dll` the process is the host, and the program its first argument.
        string[] program = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "Edge.Load.dll")] : [];
        return Child.Start(self,
            [.. program, "mock", "--port", "0", "--seconds", ((int)limit.TotalSeconds + 300).ToString(CultureInfo.InvariantCulture),
                "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)],
            cores, cores, directory);
    }

    private static bool ComesUp(Bench bench, Target target, List<string> notes)
    {
        try
        {
            using var running = target.Start(bench);
            return true;
        }
        catch (UsageException error)
        {
            notes.Add($"Column {target.Name} is missing: {error.Message}");
            return false;
        }
    }

    private static bool Applies(Scenario scenario, Target target) => target switch
    {
        DirectTarget => scenario.OnDirect,
        NginxTarget => scenario.OnNginx,
        _ => true,
    };

    private static void Measure(
        Bench bench, int round, Scenario scenario, Target target, Scale scale, List<Measurement> measurements, List<string> notes)
    {
        try
        {
            var outcome = scenario.Measure(bench, target, scale);
            measurements.Add(new Measurement(round, scenario.Id, target.Name, outcome.Figures, outcome.Load));
            var figures = scenario.Figures.Where(figure => outcome.Figures.ContainsKey(figure.Id))
                .Select(figure => $"{figure.Id} {outcome.Figures[figure.Id].ToString(figure.Format, CultureInfo.InvariantCulture)}");
            Console.WriteLine($"round {round}  {target.Name,-10} {scenario.Id,-14} {string.Join("  ", figures)}");
            if (outcome.Load is { ErrorCount: > 0 } load)
                notes.Add($"Round {round}, {scenario.Id}, {target.Name}: {string.Join(", ", load.Errors.Select(error => $"{error.Key} {error.Value}"))} of {load.Answers} answers. {load.FirstError}");
        }
        catch (UsageException error)
        {
            notes.Add($"Round {round}, {scenario.Id}, {target.Name}: {error.Message}");
            Console.WriteLine($"round {round}  {target.Name,-10} {scenario.Id}: {error.Message}");
        }
    }
}
