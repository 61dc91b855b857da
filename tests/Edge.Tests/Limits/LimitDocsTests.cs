using System.Text.RegularExpressions;
using Edge.Limits;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Limits;

/// <summary>What docs/limits.md shows.</summary>
public partial class LimitDocsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "limits.md"));

    public static TheoryData<string> Examples => [.. Yaml().Matches(_page).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_a_configuration(string yaml) => new FakeEnvironment().Load(yaml).Valid();

    [Fact]
    public void The_refusal_that_it_quotes_is_what_clients_read()
    {
        var rule = new LimitRule { Kind = LimitKind.Requests, Amount = 100, Burst = 100, Window = LimitWindow.Hour, Name = "dear-models", Level = "team", Owner = "research", Identity = "" };
        Assert.Contains($"`{LimitTexts.Refusal(rule, 1, new LimitStanding(0, 0, 36_000))}`", _page, StringComparison.Ordinal);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
