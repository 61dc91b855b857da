using Edge.Configuration;
using Edge.Model;
using Edge.Pipeline;
using Edge.Routing.Health;
using Edge.Telemetry;
using Edge.Tests.Admin;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Telemetry;

/// <summary>What /metrics says of calls and targets.</summary>
public class RoutingMetricsTests
{
    [Fact]
    public async Task Calls_failovers_and_retries_are_counted()
    {
        var kit = new AdminKit(change: config => config with { Routing = config.Routing with { Retry = new RetryConfig { PerTarget = 2, MaxAttempts = 3 } } });
        var calls = 0;
        kit.Gateway.AnswerOf = _ => ++calls < 3 ? CannedResponse.Json("""{"error":{"message":"oops"}}""", 500) : CannedResponse.Json(AdminKit.Good);
        await kit.ChatAsync();

        Assert.Equal(["fake", "groq", "fake"], kit.Gateway.Called);
        Assert.Equal(
            [
                """edge_upstream_attempts_total{provider="fake",model="m",result="ok"} 1""",
                """edge_upstream_attempts_total{provider="fake",model="m",result="server_error"} 1""",
                """edge_upstream_attempts_total{provider="groq",model="m",result="server_error"} 1""",
            ],
            await kit.MetricsAsync("edge_upstream_attempts_total{"));
        Assert.Equal(
            ["""edge_upstream_failovers_total{from="fake",to="groq"} 1""", """edge_upstream_failovers_total{from="groq",to="fake"} 1"""],
            await kit.MetricsAsync("edge_upstream_failovers_total{"));
        Assert.Empty(await kit.MetricsAsync("edge_upstream_retries_total{"));
    }

    [Fact]
    public void A_retry_is_no_failover_and_a_hedge_is_neither()
    {
        var provider = new ProviderState("p", TimeProvider.System);
        var (one, two) = (provider.For("one"), provider.For("two"));
        var metrics = new GatewayMetrics();
        metrics.Routing.Add(new CompletedAttempts(one, "ok", [new(one, "server_error", 500, 1)]));
        metrics.Routing.Add(new CompletedAttempts(two, "ok", [new(one, AttemptResult.HedgeLost, 0, 1)]));
        metrics.Routing.Add(default);
        var text = Text(metrics);
        Assert.Contains("""edge_upstream_retries_total{provider="p"} 1""", text);
        Assert.Contains("""edge_upstream_hedges_lost_total{provider="p"} 1""", text);
        Assert.DoesNotContain("edge_upstream_failovers_total{", text);
        Assert.Contains("""edge_upstream_attempts_total{provider="p",model="one",result="hedge_lost"} 1""", text);
    }

    [Fact]
    public void A_client_cannot_make_series_without_end()
    {
        var provider = new ProviderState("p", TimeProvider.System);
        var metrics = new GatewayMetrics();
        for (var i = 0; i < 500; i++) metrics.Routing.Add(new CompletedAttempts(provider.For($"model-{i}"), "ok", null));
        var lines = Text(metrics).Split('\n').Where(line => line.StartsWith("edge_upstream_attempts_total{", StringComparison.Ordinal)).ToList();
        Assert.Equal(RoutingMetrics.MaxModels + 1, lines.Count);
        Assert.Contains("""edge_upstream_attempts_total{provider="p",model="other",result="ok"} 300""", lines);
    }

    [Fact]
    public async Task Targets_are_shown_as_they_are_and_gone_with_their_provider()
    {
        var kit = new AdminKit(change: config => config with { Routing = config.Routing with { Breaker = new BreakerConfig { MinRequests = 1, OpenFor = TimeSpan.FromHours(1), MaxOpenFor = TimeSpan.FromHours(1) } } });
        kit.Gateway.AnswerOf = name => name == "fake" ? CannedResponse.Failed(UpstreamFailure.Connect) : CannedResponse.Json(AdminKit.Good);
        await kit.ChatAsync();
        await kit.JsonAsync("POST", "/admin/targets/groq/drain");
        await kit.JsonAsync("POST", "/admin/emergency-stop", """{"scope":"all"}""");

        Assert.Equal(["""edge_breaker_state{provider="fake",model="m"} 1""", """edge_breaker_state{provider="groq",model="m"} 0"""], await kit.MetricsAsync("edge_breaker_state{"));
        Assert.Equal(["""edge_target_error_rate{provider="fake",model="m"} 0.1""", """edge_target_error_rate{provider="groq",model="m"} 0"""], await kit.MetricsAsync("edge_target_error_rate{"));
        Assert.Equal(["""edge_target_in_flight{provider="fake",model="m"} 0""", """edge_target_in_flight{provider="groq",model="m"} 0"""], await kit.MetricsAsync("edge_target_in_flight{"));
        // Nothing was ever answered by the first.
        Assert.StartsWith("""edge_target_answer_seconds{provider="groq",model="m"} """, Assert.Single(await kit.MetricsAsync("edge_target_answer_seconds{")), StringComparison.Ordinal);
        Assert.Equal(["""edge_provider_switch{provider="fake"} 0""", """edge_provider_switch{provider="groq"} 1"""], await kit.MetricsAsync("edge_provider_switch{"));
        Assert.Equal(["""edge_traffic_stops{scope="all"} 1""", """edge_traffic_stops{scope="key"} 0"""], await kit.MetricsAsync("edge_traffic_stops{"));

        kit.Gateway.State.Swap(GatewayStateBuilder.Build(kit.Gateway.State.Current.Config with { Providers = [], Routing = new RoutingConfig() }, TimeProvider.System));
        foreach (var name in (string[])["edge_breaker_state{", "edge_target_", "edge_provider_switch{"]) Assert.Empty(await kit.MetricsAsync(name));
    }

    private static string Text(GatewayMetrics metrics)
    {
        using var text = new MemoryStream();
        metrics.Registry.CollectAndExportAsTextAsync(text).GetAwaiter().GetResult();
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }
}
