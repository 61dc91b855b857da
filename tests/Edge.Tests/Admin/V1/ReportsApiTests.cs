using CsCheck;
using Edge.Ledger;
using Edge.Tests.Ledger;
using Edge.Tests.Storage;

namespace Edge.Tests.Admin.V1;

public sealed class ReportsApiTests(Databases databases)
{
    private const string Span = "from=2026-10-31&to=2026-11-02";

    [Fact]
    public async Task AReportAndItsRowsAreTheHoldersOwn()
    {
        await using var kit = await StartAsync();
        var all = await kit.SendAsync("GET", $"/reports/usage?{Span}&group_by=organisation,tag:project");
        Assert.Equal(200, all.Status);
        Assert.Equal(3, all.Json!["total"]!["requests"]!.GetValue<int>());
        Assert.Contains(all.Json["data"]!.AsArray(), line => line!["organisation"]!.GetValue<string>() == "rival" && line["tag:project"]!.GetValue<string>() == "=cmd()");

        var own = await kit.SendAsync("GET", $"/reports/usage?{Span}&group_by=organisation", token: AdminV1Kit.AcmeViewer);
        Assert.Equal("acme", Assert.Single(own.Json!["data"]!.AsArray())!["organisation"]!.GetValue<string>());
        Assert.Equal(0.000000004m, own.Json["total"]!["cost_usd"]!.GetValue<decimal>());
        // Another's name matches nothing, as one that nobody has.
        var other = await kit.SendAsync("GET", $"/reports/savings?{Span}&organisation=rival", token: AdminV1Kit.AcmeViewer);
        Assert.Equal(0, other.Json!["total"]!["requests"]!.GetValue<int>());

        var rows = await kit.SendAsync("GET", $"/ledger?{Span}&limit=1", token: AdminV1Kit.AcmeViewer);
        Assert.Equal("req_2", Assert.Single(rows.Json!["data"]!.AsArray())!["id"]!.GetValue<string>());
        Assert.True(rows.Json["has_more"]!.GetValue<bool>());
        rows = await kit.SendAsync("GET", $"/ledger?{Span}&limit=1&after={rows.Json["next"]}", token: AdminV1Kit.AcmeViewer);
        Assert.Equal("req_1", Assert.Single(rows.Json!["data"]!.AsArray())!["id"]!.GetValue<string>());
        Assert.False(rows.Json["has_more"]!.GetValue<bool>());
        Assert.Empty((await kit.SendAsync("GET", $"/ledger?{Span}&tag=project=other", token: AdminV1Kit.AcmeViewer)).Json!["data"]!.AsArray());
    }

    [Theory]
    [InlineData("group_by=secret", "group_by")]
    [InlineData("group_by=model,model", "group_by")]
    [InlineData("group_by=tag:", "group_by")]
    [InlineData("interval=week", "interval")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-11-02&to=2026-11-01", "to")]
    [InlineData("tag=project", "tag")]
    [InlineData("colour=blue", "colour")]
    public async Task WhatIsWrongIsNamed(string query, string field)
    {
        await using var kit = await StartAsync();
        var answer = await kit.SendAsync("GET", $"/reports/usage?{query}");
        Assert.Equal(400, answer.Status);
        Assert.Equal(field, answer.Json!["error"]!["param"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [InlineData("plain", "plain")]
    public void ASpreadsheetTakesNoTextForAFormula(string text, string cell) => Assert.Equal(cell.Trim('"'), Edge.Ledger.Reports.ReportWriter.Cell(text).Trim('"'));

    private async Task<AdminV1Kit> StartAsync()
    {
        var kit = await AdminV1Kit.StartAsync(databases, "sqlite");
        var scratch = new byte[LedgerRecord.MaxBytes];
        foreach (var (id, organisation, project) in (ReadOnlySpan<(string, string, string)>)[("req_1", "acme", "apollo"), ("req_2", "acme", "gemini"), ("req_3", "rival", "=cmd()")])
        {
            var row = RandomRows.One.Single() with { Id = id, Organisation = organisation, At = RandomRows.Begin.ToUnixTimeMilliseconds() + id[^1], Tags = [new("project", project)], InputCost = 1, OutputCost = 1 };
            kit.Policy.Ledger.Backlog!.Append(scratch.AsSpan(0, RecordText.Write(scratch, row)));
        }
        Assert.True(await kit.Policy.LedgerService.FlushAsync(TestContext.Current.CancellationToken));
        return kit;
    }
}
