using System.Text.RegularExpressions;
using Edge.Cache;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Tests.Configuration;
using Edge.TestSupport;

namespace Edge.Tests.Cache;

/// <summary>What docs/cache.md shows.</summary>
public partial class CacheDocsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "cache.md"));

    public static TheoryData<string> Examples => [.. Yaml().Matches(_page).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_a_configuration(string yaml) => new FakeEnvironment().Load(yaml).Valid();

    [Fact]
    public void The_members_that_are_left_out_are_the_ones_that_are_named()
    {
        var sentence = _page[_page.IndexOf("are left out:", StringComparison.Ordinal).._page.IndexOf("`routing` counts", StringComparison.Ordinal)];
        var named = Name().Matches(sentence).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(10, named.Length);
        Assert.All(named, name => Assert.True(CacheKeys.IsLeftOut(JsonText.Plain(System.Text.Encoding.UTF8.GetBytes(name))), name));
        Assert.All(new[] { "routing", "model", "messages", "temperature", "store", "service_tier", "n" }, name => Assert.False(CacheKeys.IsLeftOut(JsonText.Plain(System.Text.Encoding.UTF8.GetBytes(name))), name));
    }

    [Fact]
    public void The_error_and_the_metrics_are_named()
    {
        Assert.Contains(ErrorTexts.Of(ErrorCode.NotCached).Code, _page);
        var source = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "src", "Edge", "Telemetry", "CacheMetrics.cs"));
        Assert.All(Metric().Matches(source).Select(match => match.Value), name => Assert.Contains($"`{name}", _page));
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("edge_cache_[a-z_]+")]
    private static partial Regex Metric();
}
