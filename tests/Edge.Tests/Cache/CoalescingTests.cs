using System.Text;
using Edge.Cache;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Guard;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Cache;

/// <summary>Identical requests at one time: one call of the provider, an answer for each.</summary>
public sealed class CoalescingTests
{
    private const string Path = "/v1/chat/completions";
    private const string Text = "An answer that comes in many pieces, each of them behind the one before it.";

    /// <summary>A crowd behind one leader, which leaves after some piece of its answer; so do some of the others.</summary>
    [Theory]
    [InlineData(1_000, 1)]
    [InlineData(200, 2)]
    [InlineData(200, 3)]
    [InlineData(200, 4)]
    [InlineData(200, 5)]
    public async Task A_crowd_shares_one_call_whoever_leaves(int crowd, int seed)
    {
        var random = new Random(seed);
        var kit = CacheKit.Kit();
        var pieces = Pieces(Text);
        var clients = Enumerable.Range(0, crowd).Select(_ => Client(CacheKit.Body(Dialect.OpenAi, "What?", streamed: true))).ToArray();
        var leaving = Enumerable.Range(0, pieces.Count).Select(_ => new List<int>()).ToArray();
        // Before its first piece, too.
        leaving[random.Next(pieces.Count)].Add(0);
        for (var i = 0; i < crowd / 10; i++) leaving[random.Next(pieces.Count)].Add(random.Next(1, crowd));
        kit.LaterOf = (_, _) => Task.FromResult<UpstreamResponse>(new SteppedResponse(pieces, async piece =>
        {
            if (piece == 0) await UntilAsync(() => kit.Pipeline.InFlight >= crowd);
            foreach (var client in leaving[piece]) await clients[client].Client.CancelAsync();
        }));
        await RunAsync(kit, clients);
        Assert.Equal(["fake"], kit.Called);
        var left = leaving.SelectMany(one => one).ToHashSet();
        for (var i = 1; i < crowd; i++)
        {
            if (left.Contains(i)) continue;
            // Who is still on the way when the answer is complete finds it kept.
            Assert.Contains(clients[i].Cache(), new[] { "coalesced", "hit" });
            Assert.Equal(Text, RestoreWire.Read(Dialect.OpenAi, clients[i].WrittenText).Text);
            Assert.EndsWith("data: [DONE]\n\n", clients[i].WrittenText);
        }
        var again = await kit.SendAsync(Path, CacheKit.Body(Dialect.OpenAi, "What?"));
        Assert.Equal("hit", again.Cache());
        Assert.Equal(0, kit.Pipeline.InFlight);
    }

    [Fact]
    public async Task When_all_have_left_the_call_ends()
    {
        var kit = CacheKit.Kit();
        var clients = Enumerable.Range(0, 5).Select(_ => Client(CacheKit.Body(Dialect.OpenAi, "What?", streamed: true))).ToArray();
        var cancelled = false;
        kit.LaterOf = (_, cancel) => Task.FromResult<UpstreamResponse>(new SteppedResponse(Pieces(Text), async piece =>
        {
            if (piece != 3) return;
            await UntilAsync(() => kit.Pipeline.InFlight >= clients.Length);
            foreach (var client in clients) await client.Client.CancelAsync();
            await UntilAsync(() => cancel.IsCancellationRequested);
            cancelled = true;
        }, cancel: cancel));
        await RunAsync(kit, clients);
        Assert.True(cancelled);
        // Nothing of it is kept.
        kit.LaterOf = null;
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, Text, streamed: true));
        Assert.Equal("miss", (await kit.SendAsync(Path, CacheKit.Body(Dialect.OpenAi, "What?", streamed: true))).Cache());
    }

    /// <summary>The provider breaks off behind some piece: nobody takes what came for the whole.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task A_call_that_breaks_off_breaks_off_for_all(int after)
    {
        var kit = CacheKit.Kit();
        var clients = Enumerable.Range(0, 20).Select(_ => Client(CacheKit.Body(Dialect.OpenAi, "What?", streamed: true))).ToArray();
        kit.LaterOf = (_, _) => Task.FromResult<UpstreamResponse>(new SteppedResponse(Pieces(Text).Take(after).ToList(), async piece =>
        {
            if (piece == 0) await UntilAsync(() => kit.Pipeline.InFlight >= clients.Length);
        }, end: UpstreamFailure.Cut));
        await RunAsync(kit, clients);
        Assert.Single(kit.Called);
        foreach (var client in clients)
        {
            Assert.Contains("UPSTREAM_CUT", client.WrittenText);
            Assert.DoesNotContain("[DONE]", client.WrittenText);
        }
    }

    [Fact]
    public async Task A_call_that_fails_before_its_answer_is_made_again_once_for_all()
    {
        var kit = CacheKit.Kit();
        var clients = Enumerable.Range(0, 50).Select(i => Client(CacheKit.Body(Dialect.OpenAi, "What?", streamed: i % 2 == 0))).ToArray();
        var calls = 0;
        kit.LaterOf = async (_, _) =>
        {
            if (Volatile.Read(ref calls) == 0) await UntilAsync(() => kit.Pipeline.InFlight >= clients.Length);
            // The pipeline tries again by itself; the first request's tries are all in vain.
            if (Interlocked.Increment(ref calls) <= 2) return CannedResponse.Json("""{"error":{"message":"no","type":"server_error"}}""", 500);
            return CacheKit.Answer(Dialect.OpenAi, Text, streamed: kit.SentBody!.Contains("\"stream\":true", StringComparison.Ordinal));
        };
        await RunAsync(kit, clients);
        Assert.Contains(clients, client => client.StatusCode == 200);
        Assert.All(clients, client => Assert.True(client.StatusCode is 200 or 500, client.WrittenText));
        Assert.All(clients.Where(client => client.StatusCode == 500), client => Assert.Contains("\"no\"", client.WrittenText));
        Assert.InRange(kit.Called.Count, 2, 10);
    }

    [Fact]
    public async Task Who_wants_a_whole_answer_shares_a_stream_and_not_the_other_way_round()
    {
        var kit = CacheKit.Kit();
        var bodies = new[] { true, false, false, true };
        var clients = bodies.Select(streamed => Client(CacheKit.Body(Dialect.OpenAi, "What?", streamed))).ToArray();
        kit.LaterOf = (_, _) => Task.FromResult<UpstreamResponse>(new SteppedResponse(Pieces(Text), async piece =>
        {
            if (piece == 0) await UntilAsync(() => kit.Pipeline.InFlight >= clients.Length);
        }));
        await RunAsync(kit, clients);
        Assert.Single(kit.Called);
        for (var i = 1; i < clients.Length; i++)
        {
            Assert.Contains(clients[i].Cache(), new[] { "coalesced", "hit" });
            Assert.Equal(Text, CacheKit.TextOf(Dialect.OpenAi, clients[i], bodies[i]));
        }
        var records = new CompletedRequest[8];
        var taken = kit.Completed.Take(records);
        Assert.Equal(3, records.Take(taken).Count(record => record.Cache is { Result: CacheResult.Coalesced or CacheResult.Hit, SavedProvider: "fake" }));
        Assert.Single(records.Take(taken), record => record.Cache.IsStored);
    }

    /// <summary>An answer that is longer than what is kept of it goes to those who are there; who comes later makes a call of their own.</summary>
    [Fact]
    public async Task What_is_too_long_is_shared_with_those_who_keep_up()
    {
        var text = string.Concat(Enumerable.Repeat("word ", 2_000));
        var kit = CacheKit.Kit(caching: CacheKit.Exact with { MaxEntrySize = 1024 });
        var clients = Enumerable.Range(0, 10).Select(_ => Client(CacheKit.Body(Dialect.OpenAi, "What?", streamed: true))).ToArray();
        kit.LaterOf = (_, _) => Task.FromResult<UpstreamResponse>(new SteppedResponse(Pieces(text), async piece =>
        {
            if (piece == 0) await UntilAsync(() => kit.Pipeline.InFlight >= clients.Length);
            // Everybody is given the time to read.
            for (var i = 0; i < 3; i++) await Task.Yield();
        }));
        await RunAsync(kit, clients);
        foreach (var client in clients)
        {
            if (client.WrittenText.Contains("[DONE]", StringComparison.Ordinal)) Assert.Equal(text, RestoreWire.Read(Dialect.OpenAi, client.WrittenText).Text);
            else Assert.Contains("reads more slowly", client.WrittenText);
        }
        Assert.EndsWith("[DONE]\n\n", clients[0].WrittenText);
        kit.LaterOf = null;
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "short", streamed: false));
        Assert.Equal("miss", (await kit.SendAsync(Path, CacheKit.Body(Dialect.OpenAi, "What?"))).Cache());
    }

    private static NullTransport Client(string body) => new NullTransport().Begin(Encoding.UTF8.GetBytes(body));

    // The first is alone until its call is made.
    private static async Task RunAsync(PipelineKit kit, NullTransport[] clients)
    {
        var first = Task.Run(() => clients[0].RunAsync(kit.Pipeline));
        await UntilAsync(() => kit.Called.Count > 0);
        var others = clients.Skip(1).Select(client => Task.Run(() => client.RunAsync(kit.Pipeline))).ToArray();
        await first;
        await Task.WhenAll(others);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private static List<ReadOnlyMemory<byte>> Pieces(string text) =>
        [.. RestoreWire.Events(Dialect.OpenAi, text.Chunk(5).Select(bit => new string(bit)), [], escapeAll: false).Select(one => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(one))];

    /// <summary>A stream whose every piece is waited for, behind what happens before it.</summary>
    private sealed class SteppedResponse(IReadOnlyList<ReadOnlyMemory<byte>> pieces, Func<int, Task> before, UpstreamFailure end = UpstreamFailure.None, CancellationToken cancel = default)
        : CannedResponse(200, "text/event-stream", pieces, end)
    {
        private readonly int _count = pieces.Count;
        private int _next;

        public override bool TryRead(out UpstreamRead read)
        {
            read = default;
            return false;
        }

        public override async ValueTask<UpstreamRead> ReadAsync()
        {
            await Task.Yield();
            if (_next < _count) await before(_next++);
            if (cancel.IsCancellationRequested) return UpstreamRead.Failed(UpstreamFailure.Cancelled);
            base.TryRead(out var read);
            return read;
        }
    }
}
