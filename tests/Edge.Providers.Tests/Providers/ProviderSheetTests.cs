namespace Edge.Providers.Tests.Providers;

public class ProviderSheetTests
{
    public static TheoryData<string> Names => [.. ProviderCatalog.All.Select(sheet => sheet.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sheet_agrees_with_itself(string name)
    {
        var sheet = ProviderCatalog.Find(name)!;

        Assert.Equal(Capability.None, sheet.Native & sheet.Adapted);
        Assert.Equal(Support.Native, sheet.SupportOf(Capability.Chat));
        Assert.Equal(Support.Native, sheet.SupportOf(Capability.Streaming));
        // OpenAI's other surfaces are served by the provider, or made of its chat.
        Assert.Equal(sheet.ResponsesPath is null ? Support.Adapted : Support.Native, sheet.SupportOf(Capability.Responses));
        Assert.Equal(sheet.CompletionsPath is null ? Support.Adapted : Support.Native, sheet.SupportOf(Capability.Completions));
        Assert.All(new[] { sheet.ChatPath, sheet.StreamPath, sheet.ResponsesPath, sheet.CompletionsPath }, path => Assert.True(path is null || path.StartsWith('/'), path));
        Assert.True(sheet.UrlPath.Length == 0 || (sheet.UrlPath.StartsWith('/') && !sheet.UrlPath.EndsWith('/')), sheet.UrlPath);
        if (sheet.ApiRoot is { } root && !root.Contains('{', StringComparison.Ordinal))
        {
            var uri = new Uri(root);
            Assert.False(root.EndsWith('/'), root);
            // Whoever names the host alone means the same place.
            Assert.Equal(uri.AbsolutePath == "/" ? "" : uri.AbsolutePath, sheet.UrlPath);
            Assert.True(uri.IsLoopback || uri.Scheme == "https", root);
            Assert.Equal(sheet.NeedsKey, !uri.IsLoopback);
        }
        // include_usage is a member of OpenAI's dialect alone.
        if (sheet.Dialect != Dialect.OpenAi) Assert.False(sheet.StreamOptions);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_dialect_can_be_written_and_read(string name)
    {
        var sheet = ProviderCatalog.Find(name)!;
        var codecs = Edge.Providers.Dialects.ChatDialects.Of(sheet.Dialect);
        Assert.NotNull(codecs);
        Assert.NotNull(codecs.CreateRequestEncoder());
        Assert.NotNull(codecs.CreateDecoder());
        using var reader = Edge.Providers.Dialects.ChatDialects.CreateReader(sheet.Framing, 1024);
        Assert.NotNull(reader);
    }
}
