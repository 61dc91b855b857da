using System.Text.RegularExpressions;
using Edge.Configuration;
using Edge.Model;
using Edge.Routing;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Upstream;

/// <summary>The examples of docs/providers.md load as they stand, cover every type, and the models in their comments go where they say.</summary>
public partial class ProviderDocsTests
{
    private const string ServiceAccount = """{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}""";

    public static TheoryData<string> Blocks => [.. YamlBlock().Matches(Page).Select(match => match.Groups[1].Value)];

    private static string Page => File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "providers.md"));

    [Theory]
    [MemberData(nameof(Blocks))]
    public void An_example_loads_without_a_warning_and_its_models_are_found(string yaml)
    {
        var environment = With(yaml);
        var result = environment.Load(yaml);
        Assert.All(result.Valid().Providers, provider => Assert.True(provider.Enabled));
        Assert.Equal([], result.Warnings);

        var state = GatewayStateBuilder.Build(result.Config!, TimeProvider.System, environment: environment);
        var models = Comment().Matches(yaml).SelectMany(match => match.Groups[1].Value.Split(", ")).ToList();
        Assert.Equal(result.Config!.Providers.Select(provider => provider.Name), models.Select(model => model.Split('/')[0]).Distinct());
        foreach (var model in models)
        {
            Assert.True(RouteStage.TryFind(state, GatewayStateBuilder.Escaped(model), out Edge.Model.ModelRoute route), model);
            Assert.Equal(model.Insert(model.IndexOf('/', StringComparison.Ordinal) + 1, route.Target.Sheet.DefaultMaker ?? ""), $"{route.Target.Name}/{System.Text.Encoding.UTF8.GetString(route.Model.Span)}");
        }
    }

    [Fact]
    public void Every_type_has_an_example()
    {
        var shown = Blocks.SelectMany(row => With(row.Data).Load(row.Data).Valid().Providers).Select(provider => provider.Type).ToHashSet();
        Assert.Equal(Enum.GetValues<ProviderType>().Order(), shown.Order());
    }

    // Whatever variable an example refers to is set.
    private static FakeEnvironment With(string yaml)
    {
        var environment = new FakeEnvironment().WithFile("/run/secrets/google.json", ServiceAccount);
        foreach (Match variable in Variable().Matches(yaml)) environment.With(variable.Groups[1].Value, "secret");
        return environment;
    }

    [GeneratedRegex("```yaml\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex("# (\\S+/.+)$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("\\$\\{([A-Z_]+)\\}")]
    private static partial Regex Variable();
}
