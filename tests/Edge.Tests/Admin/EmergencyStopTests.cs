using System.Text;
using System.Text.Json.Nodes;
using Edge.Model;
using Edge.Pipeline;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Admin;

/// <summary><c>/admin/emergency-stop</c>.</summary>
public class EmergencyStopTests
{
    private const string Path = "/admin/emergency-stop";
    private const string All = """{"scope":"all"}""";
    private const string KeyA = """{"scope":"key","key":"a"}""";

    [Fact]
    public async Task Everything_is_stopped_until_it_is_lifted()
    {
        var kit = new AdminKit();
        Assert.False((await kit.JsonAsync("GET", Path))["stopped"]!.GetValue<bool>());

        var state = await kit.JsonAsync("POST", Path, All);
        Assert.Equal((true, "admin"), (state["stopped"]!.GetValue<bool>(), state["all"]!["by"]!.GetValue<string>()));
        var answer = await kit.ChatAsync();
        Assert.Equal((503, "TRAFFIC_STOPPED"), (answer.StatusCode, AdminKit.Code(answer)));
        Assert.Empty(kit.Gateway.Called);
        Assert.Equal(Outcome.Rejected, kit.Gateway.TakeRecord().Outcome);
        // A second stop does not make it younger.
        Assert.Equal(state["all"]!["since"]!.ToJsonString(), (await kit.JsonAsync("POST", Path, All))["all"]!["since"]!.ToJsonString());

        Assert.False((await kit.JsonAsync("DELETE", Path, All))["stopped"]!.GetValue<bool>());
        Assert.Equal(200, (await kit.ChatAsync()).StatusCode);
        await kit.JsonAsync("DELETE", Path, All);
    }

    [Fact]
    public async Task A_stop_of_everything_comes_before_the_key_and_the_body()
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        await kit.JsonAsync("POST", Path, All);
        Assert.Equal("TRAFFIC_STOPPED", AdminKit.Code(await kit.ChatAsync("sk-wrong", "no json")));
        Assert.Equal("TRAFFIC_STOPPED", AdminKit.Code(await kit.ChatAsync("sk-a")));
    }

    [Fact]
    public async Task One_key_alone_is_stopped()
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        var state = await kit.JsonAsync("POST", Path, KeyA);
        Assert.Null(state["all"]);
        Assert.Equal(["a"], state["keys"]!.AsArray().Select(key => key!["key"]!.GetValue<string>()));

        // Before the body is read.
        var answer = await kit.ChatAsync("sk-a", "no json");
        Assert.Equal((503, "TRAFFIC_STOPPED"), (answer.StatusCode, AdminKit.Code(answer)));
        Assert.Equal(401, (await kit.ChatAsync("sk-wrong")).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync("sk-b")).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync("sk-unnamed")).StatusCode);

        await kit.JsonAsync("DELETE", Path, KeyA);
        Assert.Equal(200, (await kit.ChatAsync("sk-a")).StatusCode);
    }

    [Fact]
    public async Task A_stop_outlives_a_reload_and_its_key()
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        await kit.JsonAsync("POST", Path, KeyA);
        var with = kit.Gateway.State.Current;
        var config = with.Config with { Providers = [], Auth = with.Config.Auth with { ApiKeys = [.. with.Config.Auth.ApiKeys.Skip(1)] } };
        kit.Gateway.State.Swap(GatewayStateBuilder.Build(config, TimeProvider.System));
        Assert.Equal(401, (await kit.ChatAsync("sk-a")).StatusCode);
        Assert.Equal("NO_HEALTHY_PROVIDER", AdminKit.Code(await kit.ChatAsync("sk-b")));

        kit.Gateway.State.Swap(with);
        Assert.Equal("TRAFFIC_STOPPED", AdminKit.Code(await kit.ChatAsync("sk-a")));
        Assert.Equal(200, (await kit.ChatAsync("sk-b")).StatusCode);

        // The key is gone for good, the stop can still be lifted.
        kit.Gateway.State.Swap(GatewayStateBuilder.Build(config, TimeProvider.System));
        Assert.False((await kit.JsonAsync("DELETE", Path, KeyA))["stopped"]!.GetValue<bool>());
        Assert.Equal(404, (await kit.SendAsync("POST", Path, KeyA)).StatusCode);
    }

    [Theory]
    [InlineData(All, "sk-a", true)]
    [InlineData(All, "sk-unnamed", true)]
    [InlineData(KeyA, "sk-a", true)]
    [InlineData(KeyA, "sk-b", false)]
    [InlineData(KeyA, "sk-unnamed", false)]
    public async Task What_runs_is_ended_where_that_is_asked_for(string scope, string key, bool ends)
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        var first = Encoding.UTF8.GetBytes(AdminKit.Stream[..(AdminKit.Stream.IndexOf("\n\n", StringComparison.Ordinal) + 2)]);
        var rest = Encoding.UTF8.GetBytes(AdminKit.Stream[first.Length..]);
        // Between the first event and the second the operator stops it.
        kit.Gateway.AnswerOf = _ => new GatedResponse([first, rest], before: 1, then: async () =>
        {
            await kit.JsonAsync("POST", Path, scope);
            await kit.JsonAsync("POST", Path, scope[..^1] + ""","end_streams":true}""");
        });

        var answer = await kit.ChatAsync(key, AdminKit.StreamBody);

        Assert.Equal(200, answer.StatusCode);
        Assert.Contains("hello", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal(ends, answer.WrittenText.Contains("TRAFFIC_STOPPED", StringComparison.Ordinal));
        Assert.Equal(!ends, answer.WrittenText.Contains("[DONE]", StringComparison.Ordinal));
        var record = kit.Gateway.TakeRecord();
        Assert.Equal(ends ? Outcome.Stopped : Outcome.Completed, record.Outcome);
        Assert.Equal(ends ? "stopped" : "ok", record.Attempts.Result);
        // That a target was cut off by us says nothing about it.
        Assert.Equal(0, kit.Gateway.State.Current.Targets[0].State.For("m").Failures);

        // Who comes after the lift is not ended by it.
        await kit.JsonAsync("DELETE", Path, scope);
        kit.Gateway.AnswerOf = _ => CannedResponse.Events(AdminKit.Stream);
        Assert.Contains("[DONE]", (await kit.ChatAsync(key, AdminKit.StreamBody)).WrittenText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("{} {}", null)]
    [InlineData("{}", "scope")]
    [InlineData("""{"scope":"everything"}""", "scope")]
    [InlineData("""{"scope":true}""", "scope")]
    [InlineData("""{"scope":"key"}""", "key")]
    [InlineData("""{"scope":"key","key":null}""", "key")]
    [InlineData("""{"scope":"all","key":"a"}""", "key")]
    [InlineData("""{"key":"a"}""", "scope")]
    [InlineData("""{"scope":"all","end_streams":"yes"}""", "end_streams")]
    [InlineData("""{"scope":"all","dry_run":true}""", "dry_run")]
    [InlineData("""{"scope":"key","key":"\ud800"}""", null)]
    public async Task What_is_not_understood_stops_nothing_and_says_so(string body, string? field)
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        var answer = await kit.SendAsync("POST", Path, body);
        Assert.Equal((400, "INVALID_REQUEST"), (answer.StatusCode, AdminKit.Code(answer)));
        Assert.Equal(field, JsonNode.Parse(answer.WrittenText)!["error"]!["param"]?.GetValue<string>());
        Assert.False((await kit.JsonAsync("GET", Path))["stopped"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_key_that_does_not_exist_and_a_body_that_is_too_large_are_refused()
    {
        var kit = new AdminKit(change: AdminKit.WithKeys);
        var answer = await kit.SendAsync("POST", Path, """{"scope":"key","key":"A"}""");
        Assert.Equal((404, "KEY_NOT_FOUND"), (answer.StatusCode, AdminKit.Code(answer)));
        Assert.Contains("a, b", answer.WrittenText, StringComparison.Ordinal);
        Assert.Equal(413, (await kit.SendAsync("POST", Path, All + new string(' ', 5000))).StatusCode);
        Assert.Equal(200, (await kit.ChatAsync("sk-a")).StatusCode);
    }
}
