using BenchmarkDotNet.Attributes;
using Edge.Budgets;

namespace Edge.Bench;

/// <summary>A request's budgets in memory, reserved and settled: day and month of an organisation, a team, a user and a key, and that of everybody.</summary>
[BenchmarkCategory("budget-reserve-settle")]
public class BudgetBenchmarks
{
    private readonly MemoryBudgets _store = new();
    private readonly BudgetReservation _reservation = new();
    private readonly BudgetAccount[] _accounts = [new(BudgetAccount.Everybody), new("acme"), new("acme/team:a"), new("acme/team:a/user:b"), new("key:c")];

    [Benchmark]
    public bool ReserveAndSettle()
    {
        _reservation.Begin(null!, "req");
        foreach (var account in _accounts)
        {
            _reservation.Add(account.Counter(BudgetPeriod.Day, 1), long.MaxValue - 1);
            if (account != _accounts[0]) _reservation.Add(account.Counter(BudgetPeriod.Month, 1), long.MaxValue - 1);
        }
        var verdict = MemoryBudgets.Reserve(_reservation, 1_000_000);
        _reservation.Amount = 1_000_000;
        _store.Settle(_reservation, 1);
        return verdict.IsOk;
    }

    internal static Action Operation()
    {
        var bench = new BudgetBenchmarks();
        return () => bench.ReserveAndSettle();
    }
}
