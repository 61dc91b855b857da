using System.Runtime.CompilerServices;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

public class MemoryTests
{
    [Theory]
    [InlineData(300_000)] // Fits the socket's buffers: sent at once, mostly.
    [InlineData(16 << 20)] // Does not: the send waits.
    public async Task Neither_an_open_stream_nor_a_connection_at_rest_holds_a_sent_body(int length)
    {
        var finish = new TaskCompletionSource();
        await using var server = new FakeServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            await finish.Task;
            await connection.SendAsync("llo");
            await connection.WaitForCloseAsync();
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var request = UpstreamKit.Request(body: "");
        var body = AddBody(request, length);
        var response = await client.StartAsync(server, request);
        request.Clear();
        // On a stack of its own: what is below a continuation may hold anything.
        await Task.Yield();
        AssertCollected(body);
        finish.SetResult();
        Assert.Equal("hello", (await response.DrainAsync()).Body);
        response.Dispose();
        await Task.Yield();
        Assert.Equal(1, client.Counters.Single().Idle);
        AssertCollected(body);
    }

    private static void AssertCollected(WeakReference body)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(body.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference AddBody(UpstreamRequest request, int length)
    {
        var array = new byte[length];
        request.Body.Add(array);
        return new WeakReference(array);
    }
}
