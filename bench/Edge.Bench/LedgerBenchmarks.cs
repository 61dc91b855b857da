using BenchmarkDotNet.Attributes;
using Edge.Configuration;
using Edge.Ledger;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers.Chat;
using Edge.Tests.Pipeline;

namespace Edge.Bench;

/// <summary>A request's row, on its way into the backlog: what Step 9 pays for the ledger.</summary>
[BenchmarkCategory("ledger-post")]
public class LedgerBenchmarks
{
    private Action _run = null!;

    [Params("no tags", "four tags")]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _run = Operation(Case);

    [Benchmark]
    public void Post() => _run();

    internal static Action Operation(string name)
    {
        var kit = new PipelineKit(config: new EdgeConfig()) { KeepSent = false };
        var stage = new LedgerStage(TimeProvider.System);
        var backlog = new MemoryBacklog(4 << 20);
        stage.Begin(backlog);
        var transport = new NullTransport().Begin(default);
        if (name == "four tags") transport.RequestHeaders["x-edge-tags"] = "project=apollo,team=research,environment=production,cost-centre=4711";
        var context = new RequestContext();
        var settlement = new Settlement { WasSent = true, IsPriced = true, Cost = 1_234_567, Usage = new Usage { Input = 1200, Output = 150 } };
        var posted = 0L;
        return () =>
        {
            context.Begin(transport, kit.State.Current, "req_0123456789abcdefghjkmnpqrs", 1);
            context.Operation = Edge.Endpoints.Operation.ChatCompletions;
            stage.Post(context, settlement);
            context.Clear();
            // As the worker does, some thousand rows at a time.
            if (++posted % 1000 == 0) backlog.Release(posted);
        };
    }
}
