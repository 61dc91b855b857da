using Edge.Configuration;

namespace Edge.Ledger;

/// <summary>Rows on their way into one transaction, with the sums that they change. All in one order, so that gateways that write the same sums never wait for each other in a circle.</summary>
internal sealed class LedgerBatch
{
    private const long Hour = 3_600_000, Quarter = 900_000, Day = 86_400_000;

    private LedgerBatch()
    {
    }

    public List<LedgerRow> Rows { get; } = [];

    public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<(long At, string Series), Sums> Hours { get; } = new(Order.Instance);

    public SortedDictionary<(long At, string Series), Sums> Days { get; } = new(Order.Instance);

    public SortedDictionary<(long At, string Tenant), (long Requests, long Tokens, long Cost)> Spent { get; } = new(Order.Instance);

    public static LedgerBatch Of(IReadOnlyList<LedgerRow> rows, SeriesBook book, LedgerConfig config)
    {
        var batch = new LedgerBatch();
        foreach (var row in rows)
        {
            if (!row.IsRollupOnly) batch.Rows.Add(row);
            var hour = row.At - (row.At % Hour);
            var series = book.Of(row, hour, config);
            var sums = Sums.Of(row);
            batch.Series[series.Id] = series;
            Add(batch.Hours, (hour, series.Id), sums);
            Add(batch.Days, (row.At - (row.At % Day), series.Id), sums);
            // Paths hold those above them, so that no two levels have one path.
            foreach (var tenant in (ReadOnlySpan<string>)[row.Organisation, row.Team, row.User, row.Key, Budgets.BudgetAccount.Everybody])
            {
                if (tenant.Length == 0) continue;
                var at = (row.At - (row.At % Quarter), tenant);
                var (requests, tokens, cost) = batch.Spent.GetValueOrDefault(at);
                batch.Spent[at] = (requests + 1, tokens + row.InputTokens + row.OutputTokens, cost + row.Cost);
            }
        }
        return batch;
    }

    private static void Add(SortedDictionary<(long At, string Series), Sums> to, (long At, string Series) key, in Sums sums) =>
        to[key] = to.GetValueOrDefault(key).Plus(sums);

    private sealed class Order : IComparer<(long At, string Name)>
    {
        public static readonly Order Instance = new();

        public int Compare((long At, string Name) x, (long At, string Name) y) => x.At != y.At ? x.At.CompareTo(y.At) : string.CompareOrdinal(x.Name, y.Name);
    }
}
