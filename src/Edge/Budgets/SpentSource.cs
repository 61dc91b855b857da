namespace Edge.Budgets;

/// <summary>What a budget's path has spent in a period, by what is kept on disk.</summary>
/// <param name="Spent">Nano-dollars.</param>
/// <param name="Unknown">The part of it that is the worst case of requests of unknown fate.</param>
public readonly record struct SpentBefore(long Spent, long Unknown);

/// <summary>Asks what was spent before this process began, once for each budget and period.</summary>
public sealed class SpentSource : IDisposable
{
    private readonly Func<BudgetCounter, CancellationToken, ValueTask<SpentBefore>> _find;
    private readonly SemaphoreSlim _one = new(1);

    /// <param name="find">By account and period; it may throw what stores throw.</param>
    public SpentSource(Func<BudgetCounter, CancellationToken, ValueTask<SpentBefore>> find) => _find = find;

    /// <summary>Adds it to the counter. False = it could not be found out, and nothing may be reserved on a guess.</summary>
    internal async ValueTask<bool> LoadAsync(BudgetCounter counter)
    {
        if (counter.IsLoaded) return true;
        await _one.WaitAsync();
        try
        {
            if (counter.IsLoaded) return true;
            var before = await _find(counter, CancellationToken.None);
            lock (counter.Account.Lock) counter.Load(before.Spent, before.Unknown);
            return true;
        }
        catch (Exception e) when (e is Storage.StoreUnavailableException or System.Data.Common.DbException or IOException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>As it stands on disk now.</summary>
    internal async ValueTask<SpentBefore?> FindAsync(BudgetCounter counter)
    {
        try
        {
            return await _find(counter, CancellationToken.None);
        }
        catch (Exception e) when (e is Storage.StoreUnavailableException or System.Data.Common.DbException or IOException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            return null;
        }
    }
}
