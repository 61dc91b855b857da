using System.Globalization;
using System.Text;
using Edge.Load.Load;
using Edge.Load.Measure;

namespace Edge.Load.Compare;

/// <summary>The comparison as a table for perf-budget.md and as JSON with every round.</summary>
internal sealed record CompareReport(
    Machine Machine,
    DateTime Date,
    int Rounds,
    bool Quick,
    IReadOnlyList<Target> Targets,
    IReadOnlyList<Scenario> Scenarios,
    IReadOnlyList<Measurement> Measurements,
    IReadOnlyList<string> Notes)
{
    private static readonly Figure AddedP99 = new("added-p99", "us over direct", "0", false);

    public string Markdown()
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');
        Line($"# Edge.Load compare, {Date:yyyy-MM-dd HH:mm} UTC");
        Line("");
        Line($"{Machine.Cpu}, {Machine.Cores} cores, {Machine.MemoryMb} MB, {Machine.Kernel}; bench on {Machine.Runtime}. "
            + $"Proxy on core 0, mock and generator on core 1. {Rounds} round{(Rounds == 1 ? "" : "s")}{(Quick ? ", --quick: for a look, not for the record" : "")}. "
            + "Values are medians over the rounds; ratios are taken within a round: median (min..max).");
        Line("");
        foreach (var target in Targets)
            Line($"- **{target.Name}**: {target.Description}");
        Line("");
        var pairs = Pairs();
        Line($"| figure | unit |{string.Concat(Targets.Select(target => $" {target.Name} |"))}{string.Concat(pairs.Select(pair => $" {pair.Of} / {pair.To} |"))}");
        Line($"|---|---|{string.Concat(Enumerable.Repeat("---:|", Targets.Count + pairs.Count))}");
        foreach (var (scenario, figure) in Rows())
        {
            var name = figure.Id == "errors" ? $"{scenario.Id} errors" : figure.Id;
            var values = Targets.Select(target => $" {Show(Median(scenario, figure, target.Name), figure.Format)} |");
            var ratios = pairs.Select(pair => $" {(figure.Ratio ? Ratio(scenario, figure, pair) : "")} |");
            Line($"| {name} | {figure.Unit} |{string.Concat(values)}{string.Concat(ratios)}");
        }
        Line("");
        foreach (var scenario in Scenarios)
            Line($"- `{scenario.Id}`: {scenario.What}");
        Line("");
        foreach (var note in Notes)
            Line($"- {note.Replace("\n", "\n  ", StringComparison.Ordinal)}");
        return text.ToString();
    }

    public string Json() => LoadReport.Json(new
    {
        date = Date,
        machine = Machine,
        rounds = Rounds,
        quick = Quick,
        targets = Targets.Select(target => new { target.Name, target.Description, config = (target as EdgeTarget)?.Template }),
        figures = Rows().Select(row => new
        {
            id = row.Figure.Id == "errors" ? $"{row.Scenario.Id}-errors" : row.Figure.Id,
            scenario = row.Scenario.Id,
            row.Figure.Unit,
            median = Targets.Where(target => Values(row.Scenario, row.Figure, target.Name).Any())
                .ToDictionary(target => target.Name, target => Round(Median(row.Scenario, row.Figure, target.Name))),
            ratio = row.Figure.Ratio
                ? Pairs().Select(pair => (pair, values: Ratios(row.Scenario, row.Figure, pair))).Where(entry => entry.values.Length > 0)
                    .ToDictionary(
                        entry => $"{entry.pair.Of}/{entry.pair.To}",
                        entry => new { median = Round(Statistics.Median(entry.values)), min = Round(entry.values.Min()), max = Round(entry.values.Max()) })
                : null,
        }),
        notes = Notes,
        measurements = Measurements,
    });

    private IEnumerable<(Scenario Scenario, Figure Figure)> Rows()
    {
        foreach (var scenario in Scenarios)
            foreach (var figure in scenario.Figures.Concat(scenario.Figures.Any(figure => figure.Id == "latency-p99") ? [AddedP99] : []))
                if (Targets.Any(target => Values(scenario, figure, target.Name).Any()))
                    yield return (scenario, figure);
    }

    // The gateway to nginx, the gateway to the direct call; without a gateway, nginx to the direct call.
    private List<(string Of, string To)> Pairs()
    {
        var yardsticks = Targets.Where(target => target is not EdgeTarget).Select(target => target.Name).Reverse().ToArray();
        var pairs = Targets.OfType<EdgeTarget>().SelectMany(edge => yardsticks.Select(to => (edge.Name, to))).ToList();
        return pairs.Count == 0 && yardsticks.Length == 2 ? [(yardsticks[0], yardsticks[1])] : pairs;
    }

    private IEnumerable<(int Round, double Value)> Values(Scenario scenario, Figure figure, string target)
    {
        foreach (var measurement in Measurements.Where(measurement => measurement.Scenario == scenario.Id && measurement.Target == target))
        {
            if (figure == AddedP99)
            {
                var direct = Measurements.FirstOrDefault(other =>
                    other.Scenario == scenario.Id && other.Round == measurement.Round && other.Target == "direct");
                if (direct is not null && target != "direct")
                    yield return (measurement.Round, measurement.Figures["latency-p99"] - direct.Figures["latency-p99"]);
            }
            else if (measurement.Figures.TryGetValue(figure.Id, out var value))
                yield return (measurement.Round, value);
        }
    }

    private double Median(Scenario scenario, Figure figure, string target) => Statistics.Median(Values(scenario, figure, target).Select(value => value.Value));

    private double[] Ratios(Scenario scenario, Figure figure, (string Of, string To) pair)
    {
        var to = Values(scenario, figure, pair.To).ToDictionary(value => value.Round, value => value.Value);
        return [.. Values(scenario, figure, pair.Of).Where(value => to.GetValueOrDefault(value.Round) > 0).Select(value => value.Value / to[value.Round])];
    }

    private string Ratio(Scenario scenario, Figure figure, (string Of, string To) pair)
    {
        var ratios = Ratios(scenario, figure, pair);
        return ratios.Length == 0 ? ""
            : ratios.Length == 1 ? Show(ratios[0], "0.00")
            : $"{Show(Statistics.Median(ratios), "0.00")} ({Show(ratios.Min(), "0.00")}..{Show(ratios.Max(), "0.00")})";
    }

    private static string Show(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    private static double Round(double value) => Math.Round(value, 4);
}
