using System.Text.RegularExpressions;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Admin.V1;

/// <summary>What docs/admin-api.md and docs/stores.md show.</summary>
public partial class AdminDocsTests
{
    public static TheoryData<string> Examples => [.. ((string[])["admin-api.md", "stores.md"]).SelectMany(page => Yaml().Matches(Page(page)).Select(match => match.Groups[1].Value))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void EveryExampleIsAConfiguration(string yaml) => new FakeEnvironment().Load(yaml).Valid();

    [Fact]
    public void EveryCodeStandsOnThePage()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "src", "Edge", "Admin", "V1");
        var codes = Directory.GetFiles(folder, "*.cs").SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct();
        Assert.All(codes, code => Assert.Contains($"`{code}`", Page("admin-api.md"), StringComparison.Ordinal));
    }

    private static string Page(string name) => File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", name));

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex("(?:Error\\([0-9]+, |Conflict\\()\"([A-Z_]+)\"")]
    private static partial Regex Code();
}
