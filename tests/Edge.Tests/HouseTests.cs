using System.Reflection;
using Edge.Providers;

namespace Edge.Tests;

public class HouseTests
{
    [Theory]
    [InlineData("Edge.Simd", new string[0])]
    [InlineData("Edge.Providers", new[] { "Edge.Simd" })]
    [InlineData("edge", new[] { "Edge.Providers", "Edge.Simd" })]
    public void Dependencies_point_one_way(string assembly, string[] allowed)
    {
        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!);
        var own = references.Where(name => name.StartsWith("Edge", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
        Assert.All(own, name => Assert.Contains(name, allowed));
    }

    [Theory]
    [InlineData("Edge.Simd")]
    [InlineData("Edge.Providers")]
    public void Lower_projects_know_the_base_library_alone(string assembly)
    {
        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!);
        Assert.All(references, name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Edge.", StringComparison.Ordinal), name));
        Assert.DoesNotContain(references, name => name.StartsWith("System.Net", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_data_sheet_stands_in_the_catalog()
    {
        var sheets = typeof(ProviderCatalog).Assembly.GetTypes()
            .Where(type => type.Namespace == "Edge.Providers.Providers")
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.FieldType == typeof(Provider))
            .Select(field => (Provider)field.GetValue(null)!)
            .ToList();
        Assert.NotEmpty(sheets);
        Assert.Equal(sheets.Select(sheet => sheet.Name).Order(StringComparer.Ordinal), ProviderCatalog.All.Select(sheet => sheet.Name).Order(StringComparer.Ordinal));
        Assert.Distinct(ProviderCatalog.All.Select(sheet => sheet.Name));
    }
}
