using Edge.Configuration;
using Edge.Model;
using Edge.Tests.Simulator;

namespace Edge.Tests.Admin;

/// <summary>Who gets in.</summary>
public class AdminAccessTests
{
    [Theory]
    [InlineData("GET", "/admin/targets")]
    [InlineData("POST", "/admin/targets/fake/off")]
    [InlineData("POST", "/admin/emergency-stop")]
    [InlineData("GET", "/admin/nothing")]
    [InlineData("GET", "/admin")]
    public async Task Closed_unless_configured(string method, string path)
    {
        var kit = new AdminKit(new AdminConfig());
        foreach (var authorization in (string?[])[null, "Bearer ", "Bearer " + AdminKit.Token])
        {
            var answer = await kit.SendAsync(method, path, """{"scope":"all"}""", authorization);
            Assert.Equal((403, "ADMIN_CLOSED"), (answer.StatusCode, AdminKit.Code(answer)));
        }
        Assert.Equal(200, (await kit.ChatAsync()).StatusCode);
    }

    [Fact]
    public async Task Health_and_metrics_need_no_token()
    {
        var kit = new AdminKit();
        kit.Gateway.Lifetime.SetReady();
        foreach (var path in (string[])["/health/live", "/health/ready", "/metrics"])
        {
            Assert.Equal(200, (await kit.SendAsync("GET", path, authorization: null)).StatusCode);
            Assert.Equal(405, (await kit.SendAsync("POST", path, authorization: null)).StatusCode);
        }
        Assert.Equal(404, (await kit.SendAsync("GET", "/administrator", authorization: null)).StatusCode);
    }

    [Theory]
    [InlineData(null, 401, "MISSING_ADMIN_TOKEN")]
    [InlineData("Bearer", 401, "MISSING_ADMIN_TOKEN")]
    [InlineData("Bearer   ", 401, "MISSING_ADMIN_TOKEN")]
    [InlineData("Basic 0123456789abcdef", 401, "MISSING_ADMIN_TOKEN")]
    [InlineData("0123456789abcdef", 401, "MISSING_ADMIN_TOKEN")]
    [InlineData("Bearer 0123456789abcde", 401, "INVALID_ADMIN_TOKEN")]
    [InlineData("Bearer 0123456789abcdef0", 401, "INVALID_ADMIN_TOKEN")]
    [InlineData("Bearer 0123456789ABCDEF", 401, "INVALID_ADMIN_TOKEN")]
    [InlineData("Bearer 0123456789abcdef", 200, null)]
    [InlineData("bearer  0123456789abcdef", 200, null)]
    [InlineData("Bearer viewer-0123456789abcdef", 200, null)]
    public async Task A_token_opens(string? authorization, int status, string? code)
    {
        var answer = await new AdminKit().SendAsync("GET", "/admin/targets", authorization: authorization);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == 401, answer.ResponseHeaders.ContainsKey("WWW-Authenticate"));
        if (code is not null) Assert.Equal(code, AdminKit.Code(answer));
    }

    [Theory]
    [InlineData("POST", "/admin/targets/fake/off", "")]
    [InlineData("POST", "/admin/emergency-stop", """{"scope":"all"}""")]
    [InlineData("DELETE", "/admin/emergency-stop", """{"scope":"all"}""")]
    public async Task A_viewer_changes_nothing(string method, string path, string body)
    {
        var kit = new AdminKit();
        var answer = await kit.SendAsync(method, path, body, "Bearer " + AdminKit.Viewer);
        Assert.Equal((403, "ADMIN_FORBIDDEN"), (answer.StatusCode, AdminKit.Code(answer)));
        Assert.Equal(200, (await kit.ChatAsync()).StatusCode);
        Assert.Equal(["fake"], kit.Gateway.Called);
    }

    [Fact]
    public async Task Guessing_is_slow_and_the_right_token_does_not_show_through()
    {
        var time = new ManualTime();
        var kit = new AdminKit(time: time);
        for (var i = 0; i < 10; i++) Assert.Equal(401, (await kit.SendAsync("GET", "/admin/targets", authorization: $"Bearer wrong{i}")).StatusCode);

        var answer = await kit.SendAsync("GET", "/admin/targets");
        Assert.Equal((429, "ADMIN_TOO_MANY_ATTEMPTS", "60"), (answer.StatusCode, AdminKit.Code(answer), answer.ResponseHeaders.RetryAfter.ToString()));
        Assert.Equal(200, (await kit.SendAsync("GET", "/admin/targets", from: "10.0.0.9")).StatusCode);

        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(200, (await kit.SendAsync("GET", "/admin/targets")).StatusCode);
    }

    [Fact]
    public async Task A_thousand_addresses_do_not_fill_the_memory()
    {
        var kit = new AdminKit();
        for (var i = 0; i < 1100; i++) Assert.Equal(401, (await kit.SendAsync("GET", "/admin/targets", authorization: "Bearer wrong", from: $"10.0.{i / 250}.{i % 250}")).StatusCode);
        Assert.Equal(200, (await kit.SendAsync("GET", "/admin/targets")).StatusCode);
    }

    [Fact]
    public async Task A_reload_changes_the_tokens()
    {
        var kit = new AdminKit();
        Assert.Equal(200, (await kit.SendAsync("GET", "/admin/targets")).StatusCode);
        var config = kit.Gateway.State.Current.Config with { Admin = new AdminConfig { Tokens = [new() { Token = new Secret("another-token-of-16") }] }, Providers = [] };
        kit.Gateway.State.Swap(GatewayStateBuilder.Build(config, TimeProvider.System));
        Assert.Equal(401, (await kit.SendAsync("GET", "/admin/targets")).StatusCode);
        Assert.Equal(200, (await kit.SendAsync("GET", "/admin/targets", authorization: "Bearer another-token-of-16")).StatusCode);
    }

    [Fact]
    public async Task A_wrong_token_is_in_the_log_by_its_sender_alone()
    {
        var kit = new AdminKit();
        await kit.SendAsync("GET", "/admin/targets", authorization: "Bearer my-other-secret", from: "10.1.2.3");
        await kit.Gateway.Log.DisposeAsync();
        var log = System.Text.Encoding.UTF8.GetString(kit.Gateway.LogOutput.ToArray());
        Assert.Contains("admin_refused", log, StringComparison.Ordinal);
        Assert.Contains("10.1.2.3", log, StringComparison.Ordinal);
        Assert.DoesNotContain("my-other-secret", log, StringComparison.Ordinal);
    }
}
