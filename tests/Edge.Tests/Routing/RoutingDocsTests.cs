using System.Text.RegularExpressions;
using Edge.Configuration;
using Edge.Routing;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Routing;

/// <summary>What docs/routing.md shows.</summary>
public partial class RoutingDocsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "routing.md"));

    public static TheoryData<string> Examples => [.. Yaml().Matches(_page).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_a_configuration(string yaml) => new FakeEnvironment().Load(yaml).Valid();

    [Fact]
    public void Every_strategy_is_named_and_has_its_place_in_the_list()
    {
        Assert.Equal(Enum.GetValues<SelectionStrategy>(), RoutingStrategies.All.Select(strategy => strategy.Kind));
        Assert.All(RoutingStrategies.All, strategy => Assert.Contains($"| `{RoutingKinds.Strategy.Format(strategy.Kind)}` |", _page, StringComparison.Ordinal));
        var files = Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "src", "Edge", "Routing", "Strategies"), "*Strategy.cs").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        Assert.Equal(files, RoutingStrategies.All.Select(strategy => strategy.GetType().Name).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
