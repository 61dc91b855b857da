using System.Text.RegularExpressions;
using Edge.TestSupport;

namespace Edge.Tests;

/// <summary>perf-budget.md, the micro-benchmarks and the load scenarios name the same things.</summary>
public partial class PerfBudgetTests
{
    private static readonly string _budget = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "perf-budget.md"));

    [Fact]
    public void Every_benchmark_has_a_row()
    {
        var missing = Categories().Except(Rows()).ToList();
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_row_has_its_benchmark_or_scenario()
    {
        var load = string.Concat(Directory.EnumerateFiles(Folder("Edge.Load"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var rows = Rows();
        Assert.NotEmpty(rows);
        Assert.All(rows, id => Assert.True(Categories().Contains(id) || load.Contains($"\"{id}\"", StringComparison.Ordinal), $"'{id}' is measured nowhere"));
    }

    [Fact]
    public void Every_gate_states_what_its_row_states()
    {
        var gates = File.ReadAllText(Path.Combine(Folder("Edge.Bench"), "AllocationGates.cs"));
        var stated = GateLine().Matches(gates);
        Assert.NotEmpty(stated);
        foreach (Match gate in stated)
        {
            var (id, operation, bytes) = (gate.Groups[1].Value, gate.Groups[2].Value, gate.Groups[3].Value);
            Assert.Contains($"| `{id}` | {operation} | {bytes} B |", _budget);
        }
    }

    private static string Folder(string project) => Path.Combine(SharedData.RepositoryRoot, "bench", project);

    private static HashSet<string> Rows() => [.. Row().Matches(_budget).Select(match => match.Groups[1].Value)];

    private static HashSet<string> Categories() =>
        [.. Directory.EnumerateFiles(Folder("Edge.Bench"), "*.cs").SelectMany(file => Category().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^\| `([a-z0-9-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[BenchmarkCategory\(""([a-z0-9-]+)""\)\]")]
    private static partial Regex Category();

    [GeneratedRegex(@"new\(""([a-z0-9-]+)"", ""([^""]+)"", (\d+),")]
    private static partial Regex GateLine();
}
