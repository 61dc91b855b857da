using Edge.Guard.Content;
using Edge.Guard.Pii;
using Edge.TestSupport;

namespace Edge.Tests.Guard;

/// <summary>What docs/guard.md must name.</summary>
public class GuardDocsTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "guard.md"));

    [Fact]
    public void Every_entity_and_every_category_is_named()
    {
        Assert.DoesNotContain(PiiEntityNames.All, name => !_page.Contains($"`{name}`", StringComparison.Ordinal));
        Assert.DoesNotContain(BuiltInContent.Categories, category => !_page.Contains($"`{category.Name}`", StringComparison.Ordinal));
    }
}
