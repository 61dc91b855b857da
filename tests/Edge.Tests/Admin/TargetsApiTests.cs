using System.Text.Json.Nodes;
using Edge.Configuration;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Admin;

/// <summary><c>/admin/targets</c> and <c>/admin/routes</c>.</summary>
public class TargetsApiTests
{
    [Fact]
    public async Task What_was_learnt_of_a_target_is_shown()
    {
        var kit = new AdminKit();
        kit.Gateway.AnswerOf = name => name == "fake" ? CannedResponse.Json("""{"error":{"message":"oops"}}""", 500) : CannedResponse.Json(AdminKit.Good);
        await kit.ChatAsync();

        var all = await kit.JsonAsync("GET", "/admin/targets");
        Assert.Equal(["fake", "groq"], all["providers"]!.AsArray().Select(provider => provider!["name"]!.GetValue<string>()));
        var fake = await kit.JsonAsync("GET", "/admin/targets/fake");
        Assert.True(JsonNode.DeepEquals(all["providers"]![0], fake));
        Assert.Equal(("on", true, 0, 0), (fake["switch"]!.GetValue<string>(), fake["well"]!.GetValue<bool>(), fake["running"]!.GetValue<int>(), fake["queued"]!.GetValue<int>()));
        Assert.Null(fake["limit"]);
        var model = fake["models"]!.AsArray().Single(one => one!["model"]!.GetValue<string>() == "m")!;
        Assert.Equal("closed", model["breaker"]!.GetValue<string>());
        Assert.Equal((0, 1, 1), (model["in_flight"]!.GetValue<int>(), model["requests"]!.GetValue<int>(), model["failures"]!.GetValue<int>()));
        // One failure is a tenth and not all.
        Assert.Equal(0.1, model["error_rate"]!.GetValue<double>(), 9);
        Assert.Equal(("server_error", 500), (model["last_error"]!["what"]!.GetValue<string>(), model["last_error"]!["status"]!.GetValue<int>()));
        Assert.True(DateTimeOffset.TryParse(model["last_error"]!["when"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture, out _));
        Assert.Null(model["open_until"]);
        Assert.Null(model["first_token_ms"]!["p95"]);
        var other = all["providers"]![1]!["models"]!.AsArray().Single(one => one!["model"]!.GetValue<string>() == "m")!;
        Assert.True(other["answer_ms"]!["mean"]!.GetValue<double>() >= 0);
        Assert.Null(other["last_error"]);
    }

    [Fact]
    public async Task An_open_breaker_and_a_throttled_target_say_until_when()
    {
        var kit = new AdminKit(change: config => config with { Routing = config.Routing with { Breaker = new BreakerConfig { MinRequests = 1, OpenFor = TimeSpan.FromHours(1), MaxOpenFor = TimeSpan.FromHours(1) } } });
        kit.Gateway.AnswerOf = name => name == "fake"
            ? CannedResponse.Failed(UpstreamFailure.Connect)
            : CannedResponse.Json("""{"error":{"message":"slow down","type":"rate_limit_error"}}""", 429).WithHeader("retry-after", "600");
        await kit.ChatAsync();

        var providers = (await kit.JsonAsync("GET", "/admin/targets"))["providers"]!;
        Assert.Equal("open", Model(0)["breaker"]!.GetValue<string>());
        Assert.InRange(Minutes(Model(0)["open_until"]), 55, 61);
        Assert.Equal(("upstream_unreachable", null), (Model(0)["last_error"]!["what"]!.GetValue<string>(), Model(0)["last_error"]!["status"]));
        Assert.Equal("closed", Model(1)["breaker"]!.GetValue<string>());
        Assert.InRange(Minutes(Model(1)["throttled_until"]), 8, 11);

        JsonNode Model(int provider) => providers[provider]!["models"]!.AsArray().Single(one => one!["model"]!.GetValue<string>() == "m")!;
        static double Minutes(JsonNode? time) => (time!.GetValue<DateTimeOffset>() - TimeProvider.System.GetUtcNow()).TotalMinutes;
    }

    [Theory]
    [InlineData("off", "groq")]
    [InlineData("drain", "groq")]
    [InlineData("on", "fake")]
    [InlineData("force", "fake")]
    public async Task An_operators_switch_holds_at_once(string action, string called)
    {
        var kit = new AdminKit();
        var answer = await kit.JsonAsync("POST", "/admin/targets/fake/" + action);
        Assert.Equal(action, answer["switch"]!.GetValue<string>());
        Assert.Equal(200, (await kit.ChatAsync()).StatusCode);
        Assert.Equal([called], kit.Gateway.Called);

        await kit.JsonAsync("POST", "/admin/targets/fake/on");
        await kit.ChatAsync();
        Assert.Equal("fake", kit.Gateway.Called[^1]);

        await kit.Gateway.Log.DisposeAsync();
        var log = System.Text.Encoding.UTF8.GetString(kit.Gateway.LogOutput.ToArray()).Split('\n').First(line => line.Contains("target_switched", StringComparison.Ordinal));
        var line = JsonNode.Parse(log)!;
        Assert.Equal(("fake", "on", action, "admin"), (line["provider"]!.GetValue<string>(), line["from"]!.GetValue<string>(), line["to"]!.GetValue<string>(), line["by"]!.GetValue<string>()));
    }

    [Fact]
    public async Task With_every_target_off_nobody_is_asked()
    {
        var kit = new AdminKit();
        await kit.JsonAsync("POST", "/admin/targets/fake/off");
        await kit.JsonAsync("POST", "/admin/targets/groq/off");
        var answer = await kit.ChatAsync();
        Assert.Equal((503, "NO_HEALTHY_PROVIDER"), (answer.StatusCode, AdminKit.Code(answer)));
        Assert.Empty(kit.Gateway.Called);
    }

    [Theory]
    [InlineData("GET", "/admin/targets/nobody", 404, "PROVIDER_NOT_FOUND", null)]
    [InlineData("POST", "/admin/targets/nobody/off", 404, "PROVIDER_NOT_FOUND", null)]
    [InlineData("POST", "/admin/targets/fake/explode", 404, "NOT_FOUND", null)]
    [InlineData("POST", "/admin/targets/fake/off/now", 404, "NOT_FOUND", null)]
    [InlineData("GET", "/admin", 404, "NOT_FOUND", null)]
    [InlineData("GET", "/admin//targets", 404, "NOT_FOUND", null)]
    [InlineData("GET", "/admin/targets/fake/off", 405, "METHOD_NOT_ALLOWED", "POST")]
    [InlineData("POST", "/admin/targets", 405, "METHOD_NOT_ALLOWED", "GET, HEAD")]
    [InlineData("PUT", "/admin/emergency-stop", 405, "METHOD_NOT_ALLOWED", "GET, HEAD, POST, DELETE")]
    [InlineData("GET", "/admin/routes", 400, "INVALID_REQUEST", null)]
    [InlineData("GET", "/admin/routes?model=", 400, "INVALID_REQUEST", null)]
    public async Task Wrong_paths_and_methods(string method, string target, int status, string code, string? allow)
    {
        var answer = await new AdminKit().SendAsync(method, target);
        Assert.Equal((status, code, allow ?? ""), (answer.StatusCode, AdminKit.Code(answer), answer.ResponseHeaders.Allow.ToString()));
    }

    [Fact]
    public async Task Head_has_no_body()
    {
        var answer = await new AdminKit().SendAsync("HEAD", "/admin/targets");
        Assert.Equal((200, ""), (answer.StatusCode, answer.WrittenText));
        Assert.True(answer.ResponseHeaders.ContentLength > 0);
    }

    [Fact]
    public async Task A_models_name_is_explained()
    {
        var kit = new AdminKit(change: config => config with
        {
            Routing = config.Routing with
            {
                ContextWindows = new Dictionary<string, long> { ["fake/m"] = 1000 },
                Rules = new Dictionary<string, RoutingRuleConfig>
                {
                    ["all"] = new() { Tools = true, Use = "groq/t" },
                    ["fakes"] = new() { Models = ["fake/*"], Use = "groq/f" },
                    ["gpts"] = new() { Models = ["gpt-*"], Use = "groq/g" },
                },
            },
        });
        await kit.JsonAsync("POST", "/admin/targets/groq/drain");
        var plan = await kit.JsonAsync("GET", "/admin/routes?model=fake%2Fm");
        Assert.Equal(("fake/m", "priority"), (plan["model"]!.GetValue<string>(), plan["strategy"]!.GetValue<string>()));
        Assert.Equal(
            ["fake/m@0*1 on preferred", "groq/m@1*1 drain unavailable"],
            plan["targets"]!.AsArray().Select(target => $"{target!["provider"]}/{target["model"]}@{target["tier"]}*{target["weight"]} {target["switch"]} {target["health"]}"));
        Assert.Equal((1000, 0.0), (plan["targets"]![0]!["facts"]!["context_window"]!.GetValue<long>(), plan["targets"]![0]!["facts"]!["input_usd_per_million"]!.GetValue<double>()));
        Assert.Null(plan["targets"]![1]!["facts"]!["context_window"]);
        Assert.Equal(["all", "fakes"], plan["rules_that_may_apply"]!.AsArray().Select(rule => rule!.GetValue<string>()));
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_is_an_error()
    {
        var kit = new AdminKit(change: config => config with { Routing = config.Routing with { DefaultProvider = "none-of-them" } });
        var answer = await kit.SendAsync("GET", "/admin/routes?model=nothing");
        Assert.Equal((404, "MODEL_NOT_FOUND"), (answer.StatusCode, AdminKit.Code(answer)));
    }
}
