using System.Text;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>Streams that last: silence, clients that leave, and what is booked of what nobody reported.</summary>
public class LongStreamTests
{
    private const string Body = """{"model":"fake/m","stream":true,"messages":[{"role":"user","content":"hello there, how are you today"}]}""";

    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_silent_stream_gets_a_comment_each_time_that_it_has_been_silent_for_so_long()
    {
        var kit = Kit(ClientGoneAction.Cancel, Event("hel"), Event("lo"), Finish, "data: [DONE]\n\n");
        var sending = kit.SendAsync(Body);
        await _waits.Task;
        Assert.Equal(1, kit.Pipeline.Keeper.Count);
        kit.Pipeline.Keeper.Run(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(14));
        kit.Pipeline.Keeper.Run(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(1));
        kit.Pipeline.Keeper.Run(_time.GetTimestamp());
        kit.Pipeline.Keeper.Run(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(15));
        kit.Pipeline.Keeper.Run(_time.GetTimestamp());
        _goesOn.SetResult();

        var answer = await sending;

        Assert.Equal(Event("hel") + ": keep-alive\n\n: keep-alive\n\n" + Event("lo") + Finish + "data: [DONE]\n\n", answer.WrittenText);
        Assert.Equal(0, kit.Pipeline.Keeper.Count);
    }

    [Theory]
    [InlineData(ClientGoneAction.Cancel, true)]
    [InlineData(ClientGoneAction.Drain, false)]
    public async Task When_the_client_leaves_the_provider_is_cancelled_or_read_to_its_end(ClientGoneAction action, bool aborts)
    {
        var kit = Kit(action, Event("hel"), Event("lo"), Finish, Usage, "data: [DONE]\n\n");
        var transport = new NullTransport().Begin(Encoding.UTF8.GetBytes(Body));
        var sending = transport.RunAsync(kit.Pipeline);
        await _waits.Task;
        await transport.Client.CancelAsync();
        _goesOn.SetResult();
        await sending;

        var record = kit.TakeRecord();
        Assert.Equal(Outcome.ClientGone, record.Outcome);
        Assert.Equal(aborts, kit.LastResponse!.WasAborted);
        Assert.Equal(aborts, record.IsUsageEstimated);
        Assert.Equal(aborts ? Body.Length / 4 : 30, record.Usage.Input);
        Assert.Equal(aborts ? 1 : 2, record.Usage.Output);
    }

    [Fact]
    public async Task Of_a_stream_that_was_cut_the_tokens_are_estimated()
    {
        var kit = Kit(ClientGoneAction.Cancel);
        kit.AnswerOf = _ => new CannedResponse(200, "text/event-stream", [.. Enumerable.Range(0, 11).Select(_ => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(Event("word")))], UpstreamFailure.Cut);
        await kit.SendAsync(Body);

        var record = kit.TakeRecord();
        Assert.True(record.IsUsageEstimated);
        Assert.Equal(10, record.Usage.Output);
    }

    [Fact]
    public void A_client_that_takes_nothing_for_so_long_is_cut_off()
    {
        var (client, quick) = (new NullTransport(), new NullTransport());
        using var slow = new StreamOutput();
        using var other = new StreamOutput();
        var keeper = Kit(ClientGoneAction.Cancel).Pipeline.Keeper;
        keeper.SlowClientTimeout = TimeSpan.FromSeconds(30);
        slow.BeginKeeping(keeper, silence: 0);
        other.BeginKeeping(keeper, silence: 0);
        slow.Wait(client);
        other.Wait(quick);
        keeper.Run(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(29));
        keeper.Run(_time.GetTimestamp());
        Assert.False(client.Client.IsCancellationRequested);
        other.Wait(null);
        _time.Advance(TimeSpan.FromSeconds(1));
        keeper.Run(_time.GetTimestamp());
        Assert.True(client.Client.IsCancellationRequested);
        Assert.False(quick.Client.IsCancellationRequested);
        slow.Begin();
        other.Begin();
        Assert.Equal(0, keeper.Count);
    }

    [Theory]
    [InlineData(60, 5, 5)]
    [InlineData(5, 60, 5)]
    public async Task Until_the_head_comes_the_shorter_of_both_times_holds(int firstByte, int firstToken, int expected)
    {
        var kit = new PipelineKit(sheet: ProviderCatalog.Find("groq")! with { Name = "fake" }, limits: new UpstreamConfig
        {
            FirstByteTimeout = TimeSpan.FromSeconds(firstByte),
            FirstTokenTimeout = TimeSpan.FromSeconds(firstToken),
        })
        {
            AnswerOf = _ => CannedResponse.Events(Event("word"), Finish, "data: [DONE]\n\n"),
        };
        await kit.SendAsync(Body);
        Assert.Equal(TimeSpan.FromSeconds(expected), kit.SentFirstByteTimeout);
    }

    [Fact]
    public async Task What_was_reported_is_not_estimated()
    {
        var kit = Kit(ClientGoneAction.Cancel);
        kit.AnswerOf = _ => CannedResponse.Events(Event("word"), Finish, Usage, "data: [DONE]\n\n");
        await kit.SendAsync(Body);

        var record = kit.TakeRecord();
        Assert.False(record.IsUsageEstimated);
        Assert.Equal(2, record.Usage.Output);
    }

    private static string Event(string text) => $"data: {{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n";

    private const string Finish = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

    private const string Usage = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":2,\"total_tokens\":32}}\n\n";

    // The provider waits after its first event until the test lets it go on.
    private PipelineKit Kit(ClientGoneAction action, params string[] events) => new(
        sheet: ProviderCatalog.Find("groq")! with { Name = "fake" }, time: _time, config: new EdgeConfig { Routing = new RoutingConfig { OnClientGone = action } })
    {
        AnswerOf = _ => new Waiting([.. events.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))], _waits, _goesOn),
    };

    private sealed class Waiting(IReadOnlyList<ReadOnlyMemory<byte>> pieces, TaskCompletionSource waits, TaskCompletionSource goesOn) : CannedResponse(200, "text/event-stream", pieces)
    {
        private int _read;

        public override bool TryRead(out UpstreamRead read)
        {
            read = default;
            return _read++ != 1 && base.TryRead(out read);
        }

        public override async ValueTask<UpstreamRead> ReadAsync()
        {
            waits.TrySetResult();
            await goesOn.Task;
            TryRead(out var read);
            return read;
        }
    }
}
