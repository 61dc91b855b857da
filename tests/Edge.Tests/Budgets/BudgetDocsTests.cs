using System.Text.RegularExpressions;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Budgets;

/// <summary>What docs/budgets.md shows.</summary>
public partial class BudgetDocsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "budgets.md"));

    public static TheoryData<string> Examples => [.. Yaml().Matches(_page).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_a_configuration(string yaml) => new FakeEnvironment().Load(yaml).Valid();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
