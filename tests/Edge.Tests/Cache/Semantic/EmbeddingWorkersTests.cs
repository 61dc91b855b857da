using Edge.Cache.Semantic;

namespace Edge.Tests.Cache.Semantic;

public class EmbeddingWorkersTests
{
    [Fact]
    public async Task Over_the_bound_work_is_refused_and_past_its_deadline_given_back_undone()
    {
        var time = new FakeTime();
        using var workers = new EmbeddingWorkers(1, 2, time);
        using var release = new ManualResetEventSlim();
        var (begun, expired, ran) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        Assert.True(workers.TryPost(() =>
        {
            begun.SetResult();
            release.Wait(TestContext.Current.CancellationToken);
        }, () => { }, TimeSpan.FromSeconds(1)));
        await begun.Task;
        Assert.True(workers.TryPost(() => expired.SetException(new InvalidOperationException("ran")), () => expired.SetResult(), TimeSpan.FromMilliseconds(10)));
        Assert.True(workers.TryPost(() => ran.SetResult(), () => ran.SetException(new InvalidOperationException("expired")), TimeSpan.FromSeconds(1)));
        Assert.False(workers.TryPost(() => { }, () => { }, TimeSpan.FromSeconds(1)));

        time.Advance(TimeSpan.FromMilliseconds(20));
        release.Set();
        await expired.Task;
        await ran.Task;
    }

    [Fact]
    public async Task At_the_end_what_waits_is_given_back()
    {
        var workers = new EmbeddingWorkers(1, 8, TimeProvider.System);
        var release = new ManualResetEventSlim();
        var (begun, expired) = (new TaskCompletionSource(), new TaskCompletionSource());
        workers.TryPost(() =>
        {
            begun.SetResult();
            release.Wait(TestContext.Current.CancellationToken);
        }, () => { }, TimeSpan.FromMinutes(1));
        await begun.Task;
        workers.TryPost(() => { }, () => expired.SetResult(), TimeSpan.FromMinutes(1));
        workers.Dispose();
        await expired.Task;
        Assert.False(workers.TryPost(() => { }, () => { }, TimeSpan.FromMinutes(1)));
        release.Set();
    }

    private sealed class FakeTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
    }
}
