using System.Text.RegularExpressions;
using Edge.Auth;
using Edge.Tenancy;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Auth;

/// <summary>What docs/auth.md shows.</summary>
public partial class AuthDocsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "auth.md"));

    public static TheoryData<string> Examples => [.. Yaml().Matches(_page).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_a_configuration(string yaml) =>
        new FakeEnvironment().With("CORP_APP_KEY", VirtualKey.Create()).With("CI_KEY", "ci-key").With("EDGE_KEY_PEPPER", new string('p', 32)).With("PARTNER_JWT_SECRET", new string('s', 32)).Load(yaml).Valid();

    [Fact]
    public void Every_scope_has_its_row() => Assert.All(ScopeNames.All, scope => Assert.Contains($"| `{scope}` |", _page, StringComparison.Ordinal));

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
