using Edge.Configuration;
using Edge.Ledger;
using Edge.Tests.Storage;

namespace Edge.Tests.Ledger;

/// <summary>Tags as clients send them, also those that mean harm.</summary>
public sealed class RequestNotesTests(Databases databases)
{
    private const string Body = """{"model":"m","messages":[{"role":"user","content":"Hi"}]MORE}""";

    [Theory]
    [InlineData("project=apollo, team=red", """{"project":"apollo","team":"red"}""", 0)]
    [InlineData(" project = apollo mission ,,", """{"project":"apollo mission"}""", 0)]
    [InlineData("project=a,project=b", """{"project":"a"}""", 0)]
    [InlineData("project=a=b", """{"project":"a=b"}""", 0)]
    [InlineData("project", "{}", 1)]
    [InlineData("=a,project=", "{}", 2)]
    [InlineData("pro ject=a,pro:ject=b,<b>=c,ünï=d", "{}", 4)]
    [InlineData("project==1+1", """{"project":"=1+1"}""", 0)]
    [InlineData("project=\u0001", "{}", 1)]
    [InlineData("", "{}", 0)]
    public async Task OfTheHeader(string header, string tags, long dropped)
    {
        var (found, left) = await SendAsync(header, "");
        Assert.Equal((tags, dropped), (found, left));
    }

    [Theory]
    [InlineData(""","metadata":{"project":"apollo","n":7,"yes":true}""", """{"n":"7","project":"apollo","yes":"true"}""", 0)]
    [InlineData(""","metadata":{"project":"a\u0070ollo \u00fc \"x\""}""", """{"project":"apollo ü \"x\""}""", 0)]
    [InlineData(""","metadata":{"project":"a\nb","deep":{"a":1},"list":[1],"none":null}""", "{}", 4)]
    [InlineData(""","metadata":"text","user":["a"]""", "{}", 0)]
    [InlineData(""","user":"u-17" """, """{"user":"u-17"}""", 0)]
    [InlineData(""","metadata":{"user":"m"},"user":"u-17" """, """{"user":"m"}""", 0)]
    [InlineData(""","metadata":{"a":"\ud800"}""", """{"a":"\uFFFD"}""", 0)]
    public async Task OfTheBody(string more, string tags, long dropped)
    {
        var (found, left) = await SendAsync("", more);
        Assert.Equal((tags, dropped), (found.Replace("�", "\\uFFFD", StringComparison.Ordinal), left));
    }

    [Fact]
    public async Task TheHeaderGoesFirst()
    {
        var (tags, _) = await SendAsync("project=header", ""","metadata":{"project":"body","other":"x"}""");
        Assert.Equal("""{"other":"x","project":"header"}""", tags);
    }

    [Fact]
    public async Task TheyAreBounded()
    {
        var many = string.Join(',', Enumerable.Range(0, 40).Select(i => $"k{i:D2}=v"));
        var (tags, dropped) = await SendAsync(many, "");
        Assert.Equal((16, 24L), (tags.Split(':').Length - 1, dropped));

        (tags, dropped) = await SendAsync("", ",\"metadata\":{" + string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"k{i:D4}\":\"v\"")) + "}");
        Assert.Equal((16, 1L), (tags.Split(':').Length - 1, dropped));

        (tags, dropped) = await SendAsync($"{new string('n', 65)}=x,{new string('n', 64)}=x,long={new string('v', 257)},just={new string('v', 256)}", $$""","metadata":{"escaped":"{{string.Concat(Enumerable.Repeat("\\u0041", 300))}}"}""");
        Assert.Equal(3, dropped);
        Assert.Contains("just", tags, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourcesThatAreNotConfiguredAreNotRead()
    {
        var (tags, _) = await SendAsync("a=header", ""","metadata":{"b":"body"},"user":"u" """, new LedgerConfig { TagsFrom = [TagSource.User] });
        Assert.Equal("""{"user":"u"}""", tags);
    }

    [Fact]
    public async Task WhatTheGuardHidesIsInNoTag()
    {
        var guard = new GuardConfig { Policy = new() { Pii = new() { Enabled = true } } };
        var (tags, _) = await SendAsync("", ""","metadata":{"mail":"ann.example@example.org"}""", guard: guard);
        Assert.DoesNotContain("ann.example", tags, StringComparison.Ordinal);
    }

    private async Task<(string Tags, long Dropped)> SendAsync(string header, string more, LedgerConfig? ledger = null, GuardConfig? guard = null)
    {
        await using var kit = await StageKit.StartAsync(databases, new EdgeConfig { Ledger = ledger ?? new(), Guard = guard ?? new() });
        await kit.SendAsync(Body.Replace("MORE", more, StringComparison.Ordinal), transport =>
        {
            if (header.Length > 0) transport.RequestHeaders["x-edge-tags"] = header;
        });
        var row = Assert.Single(await kit.RowsAsync());
        return (SeriesBook.TagsOf(row.Tags, []), row.TagsDropped);
    }
}
