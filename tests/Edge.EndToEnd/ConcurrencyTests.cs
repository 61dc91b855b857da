using System.Net;

namespace Edge.EndToEnd;

public class ConcurrencyTests
{
    [Fact]
    public async Task Two_hundred_streams_at_once_are_each_whole_and_ones_own()
    {
        const int Streams = 200;
        using var gate = new SemaphoreSlim(0);
        var arrived = 0;
        await using var upstream = new FakeUpstream(async exchange =>
        {
            var word = exchange.Json.GetProperty("messages")[0].GetProperty("content").GetString()!;
            await exchange.StartStreamAsync();
            await exchange.EventAsync(OpenAiWire.Text(word + ":"));
            // All are open before any goes on.
            if (Interlocked.Increment(ref arrived) == Streams) gate.Release(Streams);
            await gate.WaitAsync(Patience.Limit);
            for (var i = 0; i < 20; i++) await exchange.EventAsync(OpenAiWire.Text(word));
            await exchange.EventAsync(OpenAiWire.Chunk("{}", "\"stop\""));
            await exchange.ChunkAsync(OpenAiWire.Done);
            await exchange.EndStreamAsync();
        });
        await using var edge = await EdgeProcess.StartAsync(Kit.OpenAi(upstream));
        using var client = edge.CreateClient();
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async i =>
        {
            using var response = await client.PostAsync(Kit.StreamedChat.Replace("Hi", $"w{i}", StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var text = await response.TextAsync();
            Assert.EndsWith(OpenAiWire.Done, text);
            Assert.Equal($"w{i}:" + string.Concat(Enumerable.Repeat($"w{i}", 20)), Kit.Content(text));
        }));
        Assert.Equal(Streams, upstream.Requests.Count);
        Assert.Empty(upstream.Faults);
    }
}
