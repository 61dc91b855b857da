using Edge.Configuration;
using Edge.Tests.Admin;
using Edge.Upstream;

namespace Edge.Tests.Pipeline;

/// <summary><c>x-edge-debug: route</c>, and what the record of a request holds of its calls.</summary>
public class RouteHeadersTests
{
    private const string Route = "x-edge-route";
    private const string Why = "x-edge-route-why";
    private const string Attempts = "x-edge-attempts";

    [Theory]
    [InlineData(false, "ok")]
    [InlineData(true, "streaming")]
    public async Task Each_call_is_told_in_order(bool stream, string result)
    {
        var kit = new AdminKit();
        kit.Gateway.AnswerOf = name => name == "fake"
            ? CannedResponse.Json("""{"error":{"message":"slow down","type":"rate_limit_error"}}""", 429)
            : stream ? CannedResponse.Events(AdminKit.Stream) : CannedResponse.Json(AdminKit.Good);

        var answer = await AskAsync(kit, stream ? AdminKit.StreamBody : AdminKit.Body);

        Assert.Equal(200, answer.StatusCode);
        Assert.Matches($@"^fake/m=rate_limit;429;\d+\.\d, groq/m={result};200;\d+\.\d$", answer.ResponseHeaders[Route].ToString());
        Assert.Equal("strategy=priority; candidates=fake/m@0, groq/m@1", answer.ResponseHeaders[Why]);
        Assert.Equal("2", answer.ResponseHeaders[Attempts]);
        var attempts = kit.Gateway.TakeRecord().Attempts;
        Assert.Equal(("groq", "m", "ok"), (attempts.Target!.Provider.Name, attempts.Target.Model, attempts.Result));
        Assert.Equal(("fake", "rate_limit", 429), (Assert.Single(attempts.Others!).Target.Provider.Name, attempts.Others![0].Result, attempts.Others[0].Status));
    }

    [Fact]
    public async Task One_call_that_succeeds_is_told_too_and_its_record_carries_no_array()
    {
        var kit = new AdminKit();
        var answer = await AskAsync(kit, AdminKit.Body);
        Assert.Matches(@"^fake/m=ok;200;\d+\.\d$", answer.ResponseHeaders[Route].ToString());
        Assert.False(answer.ResponseHeaders.ContainsKey(Attempts));
        var attempts = kit.Gateway.TakeRecord().Attempts;
        Assert.Equal(("ok", null), (attempts.Result, attempts.Others));
    }

    [Fact]
    public async Task Where_all_have_failed_all_are_told()
    {
        var kit = new AdminKit();
        kit.Gateway.AnswerOf = name => name == "fake" ? CannedResponse.Failed(UpstreamFailure.Connect) : CannedResponse.Json("""{"error":{"message":"oops"}}""", 500);
        var answer = await AskAsync(kit, AdminKit.Body);
        Assert.Matches(@"^fake/m=upstream_unreachable;0;\d+\.\d, groq/m=server_error;500;\d+\.\d$", answer.ResponseHeaders[Route].ToString());
        Assert.Equal("2", answer.ResponseHeaders[Attempts]);
        Assert.Equal("server_error", kit.Gateway.TakeRecord().Attempts.Result);
    }

    [Fact]
    public async Task An_error_of_the_clients_own_is_no_success()
    {
        var kit = new AdminKit();
        kit.Gateway.AnswerOf = _ => CannedResponse.Json("""{"error":{"message":"bad","type":"invalid_request_error"}}""", 400);
        var answer = await AskAsync(kit, AdminKit.Body);
        Assert.Matches(@"^fake/m=invalid_request;400;\d+\.\d$", answer.ResponseHeaders[Route].ToString());
        Assert.Equal("invalid_request", kit.Gateway.TakeRecord().Attempts.Result);
    }

    [Fact]
    public async Task A_request_that_goes_nowhere_has_no_route()
    {
        var kit = new AdminKit();
        var answer = await AskAsync(kit, """{"model":"fake/m"}""");
        Assert.Equal(400, answer.StatusCode);
        Assert.False(answer.ResponseHeaders.ContainsKey(Route) || answer.ResponseHeaders.ContainsKey(Why));
        Assert.Null(kit.Gateway.TakeRecord().Attempts.Target);
    }

    [Theory]
    [InlineData("sk-a", "route", false)]
    [InlineData("sk-unnamed", "route", false)]
    [InlineData("sk-b", "route", true)]
    [InlineData("sk-b", " Route ", true)]
    [InlineData("sk-b", "body", false)]
    [InlineData("sk-b", "", false)]
    public async Task Only_a_permitted_key_is_told(string key, string wish, bool told)
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        kit.Gateway.AnswerOf = name => name == "fake" ? CannedResponse.Failed(UpstreamFailure.Connect) : CannedResponse.Json(AdminKit.Good);
        var answer = await AskAsync(kit, AdminKit.Body, key, wish);
        Assert.Equal(200, answer.StatusCode);
        Assert.Equal((told, told), (answer.ResponseHeaders.ContainsKey(Route), answer.ResponseHeaders.ContainsKey(Why)));
        // How many calls it took is no secret.
        Assert.Equal("2", answer.ResponseHeaders[Attempts]);
    }

    [Theory]
    [InlineData("127.0.0.1:8080", true)]
    [InlineData("localhost:8080", true)]
    [InlineData("0.0.0.0:8080", false)]
    public async Task Without_keys_only_this_machine_is_told(string listen, bool told)
    {
        Assert.True(ListenAddress.TryParse(listen, out var address));
        var kit = new AdminKit(change: config => config with { Server = config.Server with { Listen = [address] } });
        Assert.Equal(told, (await AskAsync(kit, AdminKit.Body)).ResponseHeaders.ContainsKey(Route));
    }

    [Fact]
    public async Task Names_are_the_clients_and_divide_nothing()
    {
        var kit = new AdminKit(change: config => config with { Routing = config.Routing with { FallbackChain = [] } });
        var answer = await AskAsync(kit, """{"model":"fake/a, b=c;d\u00e9\r\n\ud83d\ude00","messages":[{"role":"user","content":"hi"}]}""");
        Assert.Matches(@"^fake/a%2C%20b%3Dc%3Bd%C3%A9%0D%0A%F0%9F%98%80=ok;200;\d+\.\d$", answer.ResponseHeaders[Route].ToString());
        Assert.Equal("strategy=none; candidates=fake/a%2C%20b%3Dc%3Bd%C3%A9%0D%0A%F0%9F%98%80@0", answer.ResponseHeaders[Why]);
    }

    [Fact]
    public async Task What_decided_is_told()
    {
        var kit = new AdminKit(change: config => config with
        {
            Routing = config.Routing with
            {
                ContextWindows = new Dictionary<string, long> { ["fake/m"] = 1 },
                Rules = new Dictionary<string, RoutingRuleConfig> { ["by day"] = new() { Models = ["fake/*"], Strategy = SelectionStrategy.RoundRobin } },
            },
        });
        var answer = await AskAsync(kit, """{"model":"fake/m","messages":[{"role":"user","content":"a prompt that is longer than one token"}]}""");
        Assert.Equal("strategy=round_robin; rule=by%20day; candidates=groq/m@1; left_out=fake/m@0", answer.ResponseHeaders[Why]);
    }

    private static Task<NullTransport> AskAsync(AdminKit kit, string body, string? key = null, string wish = "route") => kit.Gateway.SendAsync(body, transport =>
    {
        transport.RequestHeaders["x-edge-debug"] = wish;
        if (key is not null) transport.RequestHeaders.Authorization = "Bearer " + key;
    });
}
