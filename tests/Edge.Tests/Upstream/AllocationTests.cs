using System.Diagnostics;
using System.Reflection;
using Edge.Upstream;

namespace Edge.Tests.Upstream;

/// <summary>Counts the whole process, so nothing may run beside it.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int Exchanges = 4000;

    // The client's own count is 0. Left is what the runtime allocates now and then for its queues, and the server's side of the loopback.
    // The compiler's debug mode makes the state of each async method an object on every call: then the gate only sees what is larger than those.
    private static readonly long BytesPerExchange = IsOptimized ? 24 : 640;

    private static bool IsOptimized =>
        typeof(UpstreamClient).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    [Fact]
    public async Task A_keep_alive_exchange_allocates_nothing()
    {
        var answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: abc\r\nContent-Length: 13\r\n\r\n{\"ok\":\"true\"}"u8.ToArray();
        using var server = new FixedServer(answer);
        await using var client = new UpstreamClient(TimeProvider.System);
        var endpoint = UpstreamKit.Endpoint(server.Port);
        var request = UpstreamKit.Request(body: new string('x', 1200));
        using var cancel = new CancellationTokenSource();

        await RunAsync(client, endpoint, request, 1000, cancel.Token);
        var least = long.MaxValue;
        // The least of three: another thread of the test host may allocate meanwhile, never the other way round.
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetTotalAllocatedBytes(true);
            await RunAsync(client, endpoint, request, Exchanges, cancel.Token);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(true) - before);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{(double)least / Exchanges:F2} bytes per exchange");
        Assert.InRange(least, 0, Exchanges * BytesPerExchange);
    }

    private static async Task RunAsync(UpstreamClient client, UpstreamEndpoint endpoint, UpstreamRequest request, int count, CancellationToken cancel)
    {
        for (var i = 0; i < count; i++)
        {
            using var response = await client.SendAsync(endpoint, request, cancel);
            while ((await response.ReadAsync()).Kind == UpstreamReadKind.Data)
            {
            }
            Assert.True(response.TryGetHeader("x-request-id"u8, out _));
        }
    }
}
