using System.Text;
using Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Edge.Tests.Upstream;

/// <summary>The caller's buffers belong to the next request as soon as SendAsync has returned, wherever the handler's writer stands then.</summary>
public class Http2BodyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_whose_answer_came_early_is_sent_as_it_was()
    {
        var go = new TaskCompletionSource();
        var seen = new TaskCompletionSource<Seen>();
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            context.Response.StatusCode = 429;
            await context.Response.WriteAsync("hel");
            await context.Response.Body.FlushAsync();
            await go.Task;
            seen.SetResult(await Seen.ReadAsync(context));
            await context.Response.WriteAsync("lo");
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var (request, pooled) = LargeRequest();
        using var response = await client.SendAsync(server.Endpoint, request, Token).AsTask().WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal((UpstreamFailure.None, 429), (response.Failure, response.Status));
        request.Clear();
        pooled.AsSpan().Fill((byte)'B');
        go.SetResult();
        Assert.Equal(new Outcome(UpstreamFailure.None, 429, "hello"), await response.DrainAsync());
        Assert.Equal(new Seen(pooled.Length, 0, false), await seen.Task.WaitAsync(UpstreamKit.Patience, Token));
    }

    [Theory]
    [InlineData(UpstreamFailure.Cancelled)]
    [InlineData(UpstreamFailure.FirstByteTimeout)]
    [InlineData(UpstreamFailure.None)] // Answered early, then left.
    public async Task A_body_that_was_given_up_sends_nothing_foreign(UpstreamFailure how)
    {
        var started = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var seen = new TaskCompletionSource<Seen>();
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            if (how == UpstreamFailure.None) await context.Response.Body.FlushAsync();
            started.SetResult();
            await go.Task;
            seen.SetResult(await Seen.ReadAsync(context));
        });
        var time = new ManualTime();
        await using var client = new UpstreamClient(time);
        using var cancel = new CancellationTokenSource();
        var (request, pooled) = LargeRequest();
        var sending = client.SendAsync(server.Endpoint, request, cancel.Token).AsTask();
        await started.Task.WaitAsync(UpstreamKit.Patience, Token);
        if (how == UpstreamFailure.Cancelled) await cancel.CancelAsync();
        if (how == UpstreamFailure.FirstByteTimeout) time.Advance(TimeSpan.FromSeconds(61), client);
        using (var response = await sending.WaitAsync(UpstreamKit.Patience, Token)) Assert.Equal(how, response.Failure);
        request.Clear();
        pooled.AsSpan().Fill((byte)'B');
        go.SetResult();
        var result = await seen.Task.WaitAsync(UpstreamKit.Patience, Token);
        Assert.Equal((0L, true), (result.Foreign, result.IsCut));
    }

    [Fact]
    public async Task Many_segments_arrive_in_order()
    {
        await using var server = await Http2Provider.StartAsync(false, HttpProtocols.Http2, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        await using var client = new UpstreamClient(TimeProvider.System);
        var request = UpstreamKit.Request(body: "");
        var expected = new StringBuilder();
        foreach (var length in new[] { 1, 16383, 1, 16384, 3, 40_000, 16385 })
        {
            var piece = new string((char)('a' + expected.Length % 26), length);
            expected.Append(piece);
            request.Body.Add(Encoding.ASCII.GetBytes(piece));
        }
        Assert.Equal(expected.ToString(), (await client.FetchAsync(server.Endpoint, request)).Body);
    }

    private static (UpstreamRequest Request, byte[] Pooled) LargeRequest()
    {
        var request = UpstreamKit.Request(body: "");
        var pooled = new byte[8 << 20];
        pooled.AsSpan().Fill((byte)'a');
        request.Body.Add(pooled.AsMemory(0, 5));
        request.Body.Add(pooled.AsMemory(5));
        return (request, pooled);
    }

    private sealed record Seen(long Own, long Foreign, bool IsCut)
    {
        public static async Task<Seen> ReadAsync(HttpContext context)
        {
            long own = 0, all = 0;
            var buffer = new byte[64 * 1024];
            try
            {
                while (await context.Request.Body.ReadAsync(buffer) is var count && count > 0)
                {
                    own += buffer.AsSpan(0, count).Count((byte)'a');
                    all += count;
                }
                return new Seen(own, all - own, false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                return new Seen(own, all - own, true);
            }
        }
    }
}
