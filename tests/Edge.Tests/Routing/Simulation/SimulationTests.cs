using System.Globalization;
using System.Text;
using Edge.Configuration;
using Edge.Routing;
using Edge.TestSupport;

namespace Edge.Tests.Routing.Simulation;

/// <summary>
/// Every strategy in the same half hour of ten targets, against the best fixed choice and against an oracle that knows what cannot be known. The pages are golden: EDGE_UPDATE_GOLDEN=1 rewrites them, a reader
/// judges the difference.
/// </summary>
public class SimulationTests
{
    private static readonly Lazy<Results> _results = new(static () => new Results());

    private static Results All => _results.Value;

    [Fact]
    public void Fail_over_leaves_nobody_without_an_answer_but_those_whom_four_dead_targets_in_a_row_met() =>
        Assert.All(All.Strategies, run => Assert.InRange(run.Unanswered, 0, 1));

    [Fact]
    public void By_latency_is_faster_than_every_fixed_choice_and_near_the_oracle()
    {
        var latency = All[SelectionStrategy.LatencyOptimized];
        var (roundRobin, fixedBest, oracle) = (All[SelectionStrategy.RoundRobin], All.BestFixed(run => run.Seconds), All.FastOracle);
        Assert.True(latency.Seconds < fixedBest.Seconds, $"{latency.Seconds} against {fixedBest.Seconds} of {fixedBest.Name}");
        Assert.True(latency.Seconds - oracle.Seconds < 0.15 * (roundRobin.Seconds - oracle.Seconds), $"{latency.Seconds}, {oracle.Seconds}, {roundRobin.Seconds}");
        Assert.Equal(latency.Seconds, All.Strategies.Min(run => run.Seconds));
        Assert.True(latency.FailureShare < roundRobin.FailureShare);
    }

    [Fact]
    public void By_latency_leaves_a_target_that_has_become_slow_and_finds_one_that_has_become_fast()
    {
        var answers = All[SelectionStrategy.LatencyOptimized].Answers;
        Assert.True(Share(answers, 1, 11, 18) < 0.1);
        Assert.True(Share(answers, 8, 0, 20) < 0.1);
        Assert.True(Share(answers, 8, 24, 30) > 0.5);
    }

    [Fact]
    public void By_cost_never_takes_a_dearer_target_while_a_cheaper_one_is_well()
    {
        var choices = 0;
        new Run("cost", RoutingStrategies.Of(SelectionStrategy.CostOptimized))
        {
            OnChoice = (request, chosen, well) =>
            {
                choices++;
                for (var place = 0; place < well.Length; place++) Assert.False(well[place] && Run.CostOf(place, request) < Run.CostOf(chosen, request));
            },
        }.Go();
        Assert.True(choices > 7000);
        var cost = All[SelectionStrategy.CostOptimized];
        Assert.Equal(cost.Cost, All.Strategies.Min(run => run.Cost));
        Assert.True(cost.Cost <= All.CheapOracle.Cost * 1.05);
    }

    [Fact]
    public void By_quality_is_the_best_there_is_at_each_moment()
    {
        new Run("quality", RoutingStrategies.Of(SelectionStrategy.QualityFirst))
        {
            OnChoice = (_, chosen, well) =>
            {
                for (var place = 0; place < well.Length; place++) Assert.False(well[place] && World.Places[place].Quality > World.Places[chosen].Quality);
            },
        }.Go();
        Assert.Equal(All[SelectionStrategy.QualityFirst].Quality, All.Strategies.Max(run => run.Quality));
    }

    [Fact]
    public void Balanced_loses_less_by_its_own_measure_than_whoever_looks_at_one_thing()
    {
        var balanced = All.Loss(All[SelectionStrategy.Balanced]);
        Assert.All(All.Strategies.Where(run => run.Name != "balanced"), run => Assert.True(balanced < All.Loss(run), $"{run.Name}: {All.Loss(run)} against {balanced}"));
    }

    [Fact]
    public void Sticky_moves_only_the_users_whose_target_is_gone_and_brings_them_back()
    {
        var homes = new Dictionary<ulong, int>();
        var (moved, stayed) = (0, 0);
        new Run("sticky", RoutingStrategies.Of(SelectionStrategy.Sticky))
        {
            OnChoice = (request, chosen, well) =>
            {
                if (well.All(static one => one)) homes.TryAdd(request.User, chosen);
                if (!homes.TryGetValue(request.User, out var home)) return;
                if (well[home])
                {
                    stayed++;
                    Assert.Equal(home, chosen);
                }
                else
                {
                    moved++;
                    Assert.NotEqual(home, chosen);
                }
            },
        }.Go();
        Assert.True(stayed > 6000);
        Assert.True(moved > 50);
    }

    [Fact]
    public void The_same_world_runs_the_same_twice()
    {
        var again = new Run("again", RoutingStrategies.Of(SelectionStrategy.LatencyOptimized)).Go();
        Assert.Equal(All[SelectionStrategy.LatencyOptimized].Answers, again.Answers);
    }

    [Fact]
    public void The_pages_are_what_the_simulation_says()
    {
        Golden("latency.svg", All.LatencyPlot());
        Golden("shares.svg", All.SharePlot());
        Golden("simulation.md", All.Page());
    }

    private static double Share(IEnumerable<Run.Answer> answers, int place, double from, double to)
    {
        var within = answers.Where(answer => answer.At >= from * 60_000 && answer.At < to * 60_000).ToList();
        return (double)within.Count(answer => answer.Place == place) / within.Count;
    }

    private static void Golden(string name, string text)
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "docs", "routing", name);
        if (Environment.GetEnvironmentVariable("EDGE_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        Assert.True(File.Exists(path), $"docs/routing/{name} is missing: run with EDGE_UPDATE_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path), text);
    }

    private sealed class Results
    {
        private readonly Run[] _fixed = [.. World.Places.Select((place, at) => new Run(place.Name, null, (Run _, int one, in World.Request _) => one == at ? -1 : one).Go())];

        public Run[] Strategies { get; } = [.. RoutingStrategies.All.Select(strategy => new Run(Name(strategy.Kind), strategy).Go())];

        public Run FastOracle { get; } = new Run("oracle", null, (Run run, int place, in World.Request request) => run.TimeOf(place, request) * Risk(run, place)).Go();

        public Run CheapOracle { get; } = new Run("oracle", null, (Run run, int place, in World.Request request) => Run.CostOf(place, request) * Risk(run, place)).Go();

        public Run GoodOracle { get; } = new Run("oracle", null, (Run run, int place, in World.Request _) => (1 - World.Places[place].Quality) * Risk(run, place)).Go();

        public Run this[SelectionStrategy kind] => Strategies[(int)kind];

        public Run BestFixed(Func<Run, double> measure) => _fixed.MinBy(measure)!;

        /// <summary>The balance's parts over the whole run, each 0 for the best fixed choice and 1 for the worst.</summary>
        public double Loss(Run run)
        {
            var balance = new BalanceConfig();
            return (balance.Cost * Part(run, static one => one.Cost)) + (balance.Latency * Part(run, static one => one.Seconds))
                + (balance.Quality * Part(run, static one => -one.Quality)) + (balance.Errors * Part(run, static one => one.FailureShare));
        }

        public string LatencyPlot()
        {
            var best = BestFixed(static run => run.Seconds);
            var plot = new Plot("Time to the end of the answer (mean of each half minute)", "seconds", World.Minutes, 16, 2);
            foreach (var (from, to, _) in World.Incidents) plot.Mark(from, to);
            plot.Line(0, "latency_optimized", Means(this[SelectionStrategy.LatencyOptimized]));
            plot.Line(1, "round_robin", Means(this[SelectionStrategy.RoundRobin]));
            plot.Line(2, "oracle", Means(FastOracle), isDashed: true);
            plot.Line(3, $"always {best.Name}", Means(best));
            plot.Line(4, "balanced", Means(this[SelectionStrategy.Balanced]));
            return plot.ToString();
        }

        public string SharePlot()
        {
            var plot = new Plot("latency_optimized: who answers (share of each half minute)", "share", World.Minutes, 1, 0.25);
            var buckets = Buckets(this[SelectionStrategy.LatencyOptimized]).ToList();
            var below = new double[buckets.Count];
            for (var place = 0; place < World.Places.Length; place++)
            {
                var points = new List<(double, double, double)>();
                for (var i = 0; i < buckets.Count; i++)
                {
                    var share = (double)buckets[i].Answers.Count(answer => answer.Place == place) / buckets[i].Answers.Count;
                    points.Add((buckets[i].Minute, below[i], below[i] += share));
                }
                plot.Area(place, World.Places[place].Name, points);
            }
            return plot.ToString();
        }

        public string Page()
        {
            var page = new StringBuilder();
            page.Append("<!-- generated by SimulationTests: EDGE_UPDATE_GOLDEN=1 rewrites it -->\n");
            page.Append(CultureInfo.InvariantCulture, $"Ten targets, {World.Minutes} simulated minutes, {Strategies[0].Answers.Count + Strategies[0].Unanswered:N0} requests, the same for every strategy. ");
            page.Append("The product's own strategies, breakers, measures and outlier ejection run on simulated time; nothing is random that is not seeded.\n\n");
            page.Append("| target | $/M in | $/M out | quality | first token | per token | slower by half with |\n|---|---|---|---|---|---|---|\n");
            foreach (var place in World.Places)
            {
                page.Append(CultureInfo.InvariantCulture, $"| `{place.Name}` | {place.Input:0.00} | {place.Output:0.00} | {place.Quality:0.00} | {place.First:0} ms | {place.Between:0} ms | {place.Carries / 2:0} calls under way |\n");
            }
            page.Append("\nWhat happens to them: ");
            page.Append(string.Join("; ", World.Incidents.Select(one => $"{one.Text} (minute {one.From:0} to {one.To:0})"))).Append(".\n\n");
            page.Append("| strategy | mean time | p95 | $ for 1,000 requests | mean quality | failed calls | unanswered |\n|---|---|---|---|---|---|---|\n");
            foreach (var run in Strategies)
            {
                page.Append(CultureInfo.InvariantCulture, $"| `{run.Name}` | {run.Seconds:0.00} s | {run.SecondsAt(0.95):0.00} s | {run.Cost:0.00} | {run.Quality:0.000} | {run.FailureShare * 100:0.00} % | {run.Unanswered} |\n");
            }
            page.Append("\nRegret by what each strategy is for, against the best fixed choice (one target first, the others behind it) and against an oracle that knows each target's state at each moment. Below zero: better than it.\n\n");
            page.Append("| strategy | its measure | best fixed choice | regret against it | oracle | regret against it | the same of `round_robin` |\n|---|---|---|---|---|---|---|\n");
            Regret(page, SelectionStrategy.LatencyOptimized, "mean time", "0.00 s", static run => run.Seconds, FastOracle);
            Regret(page, SelectionStrategy.CostOptimized, "$ for 1,000", "0.00", static run => run.Cost, CheapOracle);
            Regret(page, SelectionStrategy.QualityFirst, "1 - quality", "0.000", static run => 1 - run.Quality, GoodOracle);
            Regret(page, SelectionStrategy.Balanced, "weighted sum", "0.000", Loss, null);
            return page.ToString();
        }

        private void Regret(StringBuilder page, SelectionStrategy kind, string measure, string format, Func<Run, double> of, Run? oracle)
        {
            var (run, best, turns) = (of(this[kind]), BestFixed(of), of(this[SelectionStrategy.RoundRobin]));
            page.Append(CultureInfo.InvariantCulture, $"| `{this[kind].Name}` | {measure} {Text(run)} | `{best.Name}` {Text(of(best))} | {Text(run - of(best))} | ");
            if (oracle is null) page.Append("none | | |\n");
            else page.Append(CultureInfo.InvariantCulture, $"{Text(of(oracle))} | {Text(run - of(oracle))} | {Text(turns - of(oracle))} |\n");

            // Nor a zero below zero.
            string Text(double value) => (Math.Round(value, 3) + 0.0).ToString(format.Replace("s", "'s'", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }

        private double Part(Run run, Func<Run, double> of)
        {
            var (least, most) = (_fixed.Min(of), _fixed.Max(of));
            return (of(run) - least) / (most - least);
        }

        // A target that always fails is chosen last; one that fails now and then by that much later.
        private static double Risk(Run run, int place) => 1 / (1.001 - World.Failing(place, run.Minute));

        private static IEnumerable<(double Minute, List<Run.Answer> Answers)> Buckets(Run run) =>
            run.Answers.GroupBy(answer => (int)(answer.At / 30_000)).OrderBy(group => group.Key).Select(group => ((group.Key + 0.5) / 2, group.ToList()));

        private static IEnumerable<(double, double)> Means(Run run) => Buckets(run).Select(bucket => (bucket.Minute, bucket.Answers.Average(answer => answer.Milliseconds) / 1000));

        private static string Name(SelectionStrategy kind) => kind switch
        {
            SelectionStrategy.Priority => "priority",
            SelectionStrategy.CostOptimized => "cost_optimized",
            SelectionStrategy.LatencyOptimized => "latency_optimized",
            SelectionStrategy.QualityFirst => "quality_first",
            SelectionStrategy.Balanced => "balanced",
            SelectionStrategy.Weighted => "weighted",
            SelectionStrategy.RoundRobin => "round_robin",
            _ => "sticky",
        };
    }
}
