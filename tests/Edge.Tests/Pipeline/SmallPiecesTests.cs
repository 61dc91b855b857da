using System.Text;
using Edge.Cli;
using Edge.Pipeline;
using Edge.Telemetry;

namespace Edge.Tests.Pipeline;

public class SmallPiecesTests
{
    [Fact]
    public void Ids_are_unique_and_of_one_length()
    {
        var ids = new RequestIds([1, 2, 3, 4, 5, 6, 7, 8]);
        var drawn = Enumerable.Range(0, 1000).Select(_ => ids.Next()).ToList();
        Assert.Distinct(drawn);
        Assert.All(drawn, id => Assert.Matches("^req_[0-9a-hjkmnp-tv-z]{26}$", id));
        Assert.NotEqual(drawn[0][..17], new RequestIds([2, 2, 3, 4, 5, 6, 7, 8]).Next()[..17]);
    }

    [Fact]
    public void A_full_queue_sheds_the_newest_and_counts_it()
    {
        var queue = new CompletedRequestQueue(2);
        Assert.True(queue.Post(Record("a")));
        Assert.True(queue.Post(Record("b")));
        Assert.False(queue.Post(Record("c")));
        Assert.Equal((1, 2), (queue.Shed, queue.Depth));
        var one = new CompletedRequest[1];
        Assert.Equal(1, queue.Take(one));
        Assert.Equal("a", one[0].Id);
        Assert.True(queue.Post(Record("d")));
        var rest = new CompletedRequest[8];
        Assert.Equal(2, queue.Take(rest));
        Assert.Equal(["b", "d"], rest.Take(2).Select(record => record.Id));
        Assert.Equal(0, queue.Take(rest));
    }

    [Fact]
    public async Task Completed_requests_become_metrics()
    {
        var queue = new CompletedRequestQueue(8);
        var metrics = new GatewayMetrics();
        queue.Post(Record("a") with { Usage = new() { Input = 7, Output = 9 } });
        new MetricsWorker(queue, metrics, TimeProvider.System).Drain();
        using var text = new MemoryStream();
        await metrics.Registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        var page = Encoding.UTF8.GetString(text.ToArray());
        Assert.Contains("edge_requests_total{operation=\"chat_completions\",provider=\"p\",status=\"200\",outcome=\"completed\",streamed=\"false\"} 1", page);
        Assert.Contains("edge_tokens_total{provider=\"p\",kind=\"output\"} 9", page);
        Assert.Contains("edge_config_reloads_total{result=\"failure\"} 0", page);
    }

    [Theory]
    [InlineData("", Command.Run, null)]
    [InlineData("--config a.yaml", Command.Run, "a.yaml")]
    [InlineData("--config=a.yaml", Command.Run, "a.yaml")]
    [InlineData("--check-config", Command.CheckConfig, null)]
    [InlineData("--check-config a.yaml", Command.CheckConfig, "a.yaml")]
    [InlineData("--config a.yaml --check-config", Command.CheckConfig, "a.yaml")]
    [InlineData("--print-schema", Command.PrintSchema, null)]
    [InlineData("--version", Command.Version, null)]
    [InlineData("--help", Command.Help, null)]
    [InlineData("health --url http://x", Command.Health, null)]
    [InlineData("--config", Command.Wrong, null)]
    [InlineData("serve", Command.Wrong, null)]
    [InlineData("--cofnig a", Command.Wrong, null)]
    public void The_command_line(string line, Command command, string? config)
    {
        var parsed = CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((command, config), (parsed.Command, parsed.ConfigPath));
    }

    private static CompletedRequest Record(string id) => new()
    {
        Id = id,
        Operation = Edge.Endpoints.Operation.ChatCompletions,
        Provider = "p",
        Status = 200,
        Outcome = Outcome.Completed,
        Streamed = false,
        Usage = new(),
        TotalMicroseconds = 10,
        GatewayMicroseconds = 1,
        UpstreamMicroseconds = 8,
    };
}
