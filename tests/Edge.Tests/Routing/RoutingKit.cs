using Edge.Configuration;
using Edge.Model;
using Edge.Providers;
using Edge.Routing;
using Edge.Routing.Health;
using Edge.Tests.Simulator;
using Edge.Upstream;

namespace Edge.Tests.Routing;

/// <summary>Candidates without a network behind them, and requests for strategies.</summary>
internal sealed class RoutingKit
{
    public ManualTime Time { get; } = new();

    public Entropy Entropy { get; } = new(1);

    public long Now => Time.GetTimestamp();

    /// <summary>Prices in dollars for a million tokens; negative = not known.</summary>
    public Candidate Candidate(string provider, double input = -1, double output = -1, double quality = 0.5, int weight = 1, string model = "m")
    {
        var state = new ProviderState(provider, Time);
        return new Candidate
        {
            Weight = weight,
            Route = Route(state.For(model), new ModelFacts { InputPrice = Nano(input), OutputPrice = Nano(output), Quality = quality }),
        };
    }

    public RoutingQuery Query(long input = 1000, long most = 0, bool stream = true, ulong sticky = 0, uint turn = 0, BalanceConfig? balance = null) => new()
    {
        InputTokens = input,
        MaxOutputTokens = most,
        IsStream = stream,
        StickyHash = sticky,
        Turn = turn,
        Now = Now,
        Entropy = Entropy,
        Balance = balance ?? new BalanceConfig(),
    };

    /// <summary>A call that went well, at this moment.</summary>
    public void Answer(in Candidate candidate, double firstToken, double interToken = double.NaN, double output = double.NaN, bool whole = false)
    {
        Assert.True(candidate.State.TryBegin(Now, force: false, out var isProbe));
        candidate.State.InterToken.Observe(interToken, Now);
        candidate.State.OutputTokens.Observe(output);
        candidate.State.End(CallResult.Ok, isProbe, firstToken, Now, null, whole);
    }

    public void Fail(in Candidate candidate)
    {
        candidate.State.TryBegin(Now, force: true, out var isProbe);
        candidate.State.End(CallResult.Failed, isProbe, -1, Now);
    }

    /// <summary>The candidates' providers in the order in which the stage would try them.</summary>
    public static string[] Order(SelectionStrategy kind, in RoutingQuery query, params Candidate[] candidates)
    {
        RoutingStrategies.Of(kind).Score(query, candidates);
        Assert.DoesNotContain(candidates, one => double.IsNaN(one.Score));
        return [.. candidates.OrderBy(one => one.Score).Select(one => one.State.Provider.Name)];
    }

    /// <summary>How often each is first.</summary>
    public Dictionary<string, int> Shares(SelectionStrategy kind, int rounds, Func<int, RoutingQuery> query, params Candidate[] candidates)
    {
        var shares = candidates.ToDictionary(one => one.State.Provider.Name, _ => 0);
        for (var i = 0; i < rounds; i++) shares[Order(kind, query(i), candidates)[0]]++;
        return shares;
    }

    private static ModelRoute Route(TargetState state, ModelFacts facts)
    {
        var sheet = ProviderCatalog.Find("openai")!;
        var target = new Target
        {
            Name = state.Provider.Name,
            NameHeader = state.Provider.Name,
            Sheet = sheet,
            Endpoint = new UpstreamEndpoint { Host = "127.0.0.1", Port = 9 },
            RootPath = "",
            Headers = default,
            KnownState = state.Provider,
            Limits = new UpstreamConfig(),
        };
        return new ModelRoute(target, default, state.Model, new TargetPaths("", sheet, state.Model, ""), state) { FindFacts = () => facts };
    }

    private static long Nano(double dollars) => dollars < 0 ? -1 : (long)(dollars * 1e9);
}
