using Edge.Configuration;
using Edge.Tests.Cache;

namespace Edge.Tests.Admin;

/// <summary><c>/admin/cache</c>, and what the metrics say of the cache.</summary>
public sealed class CacheApiTests
{
    [Fact]
    public async Task What_is_kept_is_shown_and_dropped()
    {
        var kit = Kit();
        Assert.Equal("miss", (await kit.ChatAsync("sk-a")).Cache());
        Assert.Equal("miss", (await kit.ChatAsync("sk-b")).Cache());
        var hit = await kit.ChatAsync("sk-a");
        Assert.Equal("hit", hit.Cache());
        var shown = await kit.JsonAsync("GET", "/admin/cache");
        Assert.Equal(("exact", 2), (shown["mode"]!.GetValue<string>(), shown["entries"]!.GetValue<int>()));
        Assert.InRange(shown["bytes"]!.GetValue<long>(), 1, shown["max_bytes"]!.GetValue<long>());
        Assert.Null(shown["redis"]);
        Assert.Equal(("off", null, 0), (shown["semantic"]!["state"]!.GetValue<string>(), shown["semantic"]!["problem"], shown["semantic"]!["entries"]!.GetValue<int>()));

        Assert.Equal(0, await DropAsync("model=nobody"));
        Assert.Equal(0, await DropAsync("tag=nobody"));
        Assert.Equal(1, await DropAsync("tenant=a"));
        Assert.Equal("miss", (await kit.ChatAsync("sk-a")).Cache());
        Assert.Equal("hit", (await kit.ChatAsync("sk-b")).Cache());
        Assert.Equal(1, await DropAsync("key=" + hit.ResponseHeaders["x-edge-cache-id"]));
        Assert.Equal(1, await DropAsync("model=fake%2Fm"));
        await kit.ChatAsync("sk-a");
        Assert.Equal(1, await DropAsync("all=true"));

        async Task<int> DropAsync(string query) => (await kit.JsonAsync("DELETE", "/admin/cache?" + query))["dropped"]!.GetValue<int>();
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("?all=false", 400)]
    [InlineData("?all=true&model=m", 400)]
    [InlineData("?key=12", 400)]
    [InlineData("?modle=m", 400)]
    [InlineData("?tenant=nobody", 404)]
    public async Task An_order_that_is_not_understood_drops_nothing(string query, int status)
    {
        var kit = Kit();
        await kit.ChatAsync("sk-a");
        Assert.Equal(status, (await kit.SendAsync("DELETE", "/admin/cache" + query)).StatusCode);
        Assert.Equal("hit", (await kit.ChatAsync("sk-a")).Cache());
    }

    [Fact]
    public async Task Who_may_only_look_drops_nothing()
    {
        var kit = Kit();
        Assert.Equal(403, (await kit.SendAsync("DELETE", "/admin/cache?all=true", authorization: "Bearer " + AdminKit.Viewer)).StatusCode);
        Assert.Equal(200, (await kit.SendAsync("GET", "/admin/cache", authorization: "Bearer " + AdminKit.Viewer)).StatusCode);
        Assert.Equal(401, (await kit.SendAsync("GET", "/admin/cache", authorization: null)).StatusCode);
    }

    [Fact]
    public async Task The_metrics_tell_what_it_did_and_saved()
    {
        var kit = Kit();
        for (var i = 0; i < 3; i++) await kit.ChatAsync("sk-a");
        await kit.ChatAsync("sk-a", AdminKit.Body.Replace("\"messages\"", "\"cache\":{\"enabled\":false},\"messages\"", StringComparison.Ordinal));
        var lines = await kit.MetricsAsync("edge_cache_");
        Assert.Contains("edge_cache_requests_total{result=\"hit\"} 2", lines);
        Assert.Contains("edge_cache_requests_total{result=\"miss\"} 1", lines);
        Assert.Contains("edge_cache_requests_total{result=\"bypass\"} 1", lines);
        Assert.Contains("edge_cache_bypasses_total{reason=\"disabled\"} 1", lines);
        Assert.Contains("edge_cache_stored_total 1", lines);
        Assert.Contains("edge_cache_entries 1", lines);
        Assert.Contains("edge_cache_saved_tokens_total{provider=\"fake\",kind=\"input\"} 6", lines);
        Assert.Contains("edge_cache_saved_tokens_total{provider=\"fake\",kind=\"output\"} 2", lines);
        // Nobody has used them again.
        Assert.Contains("edge_tokens_total{provider=\"fake\",kind=\"input\"} 6", await kit.MetricsAsync("edge_tokens_total"));
    }

    private static AdminKit Kit() => new(change: config => AdminKit.WithKeys(config) with { Caching = new CachingConfig { Mode = CachingMode.Exact } });
}
