using Edge.Ledger;
using Edge.Ledger.Reports;

namespace Edge.Admin.V1;

/// <summary><c>/reports/usage</c>, <c>/reports/savings</c> and the rows themselves, <c>/ledger</c>. A token of one organisation sees that one's alone.</summary>
internal sealed class ReportsApi : IAdminResource
{
    private static readonly IReadOnlyList<AdminParameter> _filters =
    [
        new("from", "From that time on: a day, or a moment. Default: this month's beginning. Rounded down to the hour.", Format: "date-time"),
        new("to", "Before that time. Default: now. Rounded up to the hour.", Format: "date-time"),
        .. ReportQuery.Dimensions.Select(static d => new AdminParameter(d.Word, $"Of this {d.Word} alone, by its path or name.")),
        new("tag", "Of requests with this tag alone: `name=value`."),
    ];

    private static readonly AdminShape _row = new("LedgerRow", "A request in the ledger.",
    [
        .. LedgerLine.Columns.Select(static column => new AdminField(column.Name, column.Type, column.Doc)),
    ]);

    private static readonly AdminShape _usage = ReportShape("UsageReport", ReportWriter.UsageNames);

    private static readonly AdminShape _savings = ReportShape("SavingsReport", ReportWriter.SavingsNames);

    private readonly LedgerService _ledger;
    private readonly TimeProvider _time;

    public ReportsApi(LedgerService ledger, TimeProvider time)
    {
        _ledger = ledger;
        _time = time;
    }

    public IEnumerable<AdminOperation> Operations =>
    [
        Report("reportUsage", "usage", "What was used and what it cost: chargeback and showback.", isSavings: false),
        Report("reportSavings", "savings", "What cache and routing saved, against the model asked for.", isSavings: true),
        new()
        {
            Id = "listLedger",
            Method = "GET",
            Path = "/ledger",
            Summary = "The rows of requests, latest first.",
            Tag = "reports",
            Needs = AdminRights.Look,
            Query = _filters,
            IsList = true,
            Answer = _row,
            Run = RowsAsync,
        },
    ];

    private AdminOperation Report(string id, string name, string summary, bool isSavings) => new()
    {
        Id = id,
        Method = "GET",
        Path = $"/reports/{name}",
        Summary = summary,
        Tag = "reports",
        Needs = AdminRights.Look,
        Query =
        [
            .. _filters,
            new("group_by", $"What lines are by: at most {ReportQuery.MaxGroups} of {string.Join(", ", ReportQuery.Dimensions.Select(static d => d.Word))} and `tag:NAME`, with commas."),
            new("interval", "A line for each, in UTC. Default: one for the whole.", Allowed: ["hour", "day", "month", "all"]),
            new("format", "Default: json.", Allowed: ["json", "csv"]),
        ],
        Answer = isSavings ? _savings : _usage,
        OtherTypes = ["text/csv"],
        Run = call => ReportAsync(call, isSavings),
    };

    private async Task<AdminReply> ReportAsync(AdminCall call, bool isSavings)
    {
        var query = Parse(call);
        if (await LedgerReport.RunAsync(Store, query, call.Cancel) is not { } report)
        {
            AdminRefusal.Invalid("group_by", $"makes more than {LedgerReport.MaxLines} lines; ask for less time, or fewer groups");
            return default;
        }
        return call.Text("format") == "csv"
            ? new AdminReply(200, ReportWriter.Csv(report, isSavings)) { ContentType = "text/csv; charset=utf-8" }
            : new AdminReply(200, ReportWriter.Json(report, isSavings));
    }

    private async Task<AdminReply> RowsAsync(AdminCall call)
    {
        var rows = await LedgerRows.ReadAsync(Store, Parse(call), call.After, (int)call.Limit + 1, call.Cancel);
        return AdminPage.Of(call, rows, static row => row.Cursor, static (json, row) => row.Write(json));
    }

    private LedgerStore Store
    {
        get
        {
            if (_ledger.Store is null) throw new AdminRefusal(AdminReply.Error(404, "LEDGER_OFF", "No ledger is kept: ledger.enabled, or neither a data directory nor a database is configured."));
            return _ledger.Store;
        }
    }

    private ReportQuery Parse(AdminCall call)
    {
        var parameters = new List<(string, string)>();
        foreach (var parameter in call.Operation.Query)
        {
            if (call.Text(parameter.Name) is not { Length: > 0 } text || parameter.Name == "format") continue;
            if (parameter.Name != "tag") parameters.Add((parameter.Name, text));
            else if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at) parameters.Add((ReportQuery.TagPrefix + text[..at], text[(at + 1)..]));
            else AdminRefusal.Invalid("tag", "is no name=value");
        }
        if (ReportQuery.Parse(parameters, _time.GetUtcNow(), out var problem) is not { } query)
        {
            AdminRefusal.Invalid(problem.Field, problem.Message);
            return null!;
        }
        // Beside what it asks for, not instead of it: another's name then matches nothing.
        return call.Holder.Organisation is { } own ? query with { Filters = [.. query.Filters, ("organisation", own)] } : query;
    }

    private static AdminShape ReportShape(string name, IEnumerable<string> columns)
    {
        AdminField[] sums = [.. columns.Select(static column => new AdminField(column, "number", column.EndsWith("_usd", StringComparison.Ordinal) ? "US dollars, exact to nine decimals." : "A sum over the requests."))];
        return new(name, "Sums over requests.",
        [
            new("object", "string", "Always `report`.") { Allowed = ["report"] },
            new("report", "string", "`usage` or `savings`."),
            new("from", "string", "The first hour.") { Format = "date-time" },
            new("to", "string", "The first hour that does not count.") { Format = "date-time" },
            new("interval", "string", "As asked."),
            new("group_by", "array", "As asked."),
            new("data", "array", "A line for each interval and group: `at`, a member for each of `group_by`, and the sums.") { Of = new(name + "Line", "A line.", sums) },
            new("total", "object", "Of all lines.") { Of = new(name + "Total", "Sums over all lines.", sums) },
        ]);
    }
}
