namespace Edge.TestSupport;

/// <summary>How long a test waits for what must happen before it calls it hung. Nothing is measured with it: a machine may be slow.</summary>
public static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The result, or a failure that says what did not happen.</summary>
    public static async Task<T> For<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Did not happen within {Limit.TotalSeconds:0} s: {what}");
        }
    }

    public static async Task For(Task task, string what) => await For(Wrap(task), what);

    private static async Task<bool> Wrap(Task task)
    {
        await task;
        return true;
    }
}
