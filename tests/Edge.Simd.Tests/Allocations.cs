namespace Edge.Simd.Tests;

internal static class Allocations
{
    /// <summary>Bytes that an operation allocates once it has run before. The best of a few: what the runtime itself does on this thread is not the operation's.</summary>
    public static long Of(Action operation)
    {
        operation();
        var best = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            operation();
            best = Math.Min(best, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return best;
    }
}
