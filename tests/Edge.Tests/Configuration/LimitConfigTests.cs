using Edge.Configuration;
using Edge.Limits;

namespace Edge.Tests.Configuration;

public sealed class LimitConfigTests
{
    [Fact]
    public void Limits_are_read_at_every_level()
    {
        var config = new FakeEnvironment().Load("""
            limits:
              max_requests_per_minute: 100
              anonymous: 10/min
              time_zone: Europe/Berlin
              on_store_failure: closed
              assumed_output_tokens: 300
              rules:
                - {requests: 5, per: second, by: ip}
            tenants:
              acme:
                limits:
                  - {name: peak, requests: 100, per: minute, by: model, burst: 20, models: ["gpt-*"]}
                  - {tokens: 1000000, per: day}
                teams:
                  research:
                    limits: [{concurrent: 8}]
            auth:
              api_keys:
                - key: sk-1
                  limits: [{tokens: 5000, per: 15m}]
            """).Valid();
        Assert.Equal((100, "Europe/Berlin", LimitFallback.Closed, 300), (config.Limits.MaxRequestsPerMinute, config.Limits.TimeZone.Id, config.Limits.OnStoreFailure, config.Limits.AssumedOutputTokens));
        Assert.Equal(new Rate(10, TimeSpan.FromMinutes(1)), config.Limits.Anonymous);
        Assert.Equal((5, LimitWindow.Second, LimitBy.Ip), (config.Limits.Rules[0].Requests, config.Limits.Rules[0].Per, config.Limits.Rules[0].By));
        var acme = config.Tenants["acme"];
        Assert.Equal(("peak", 20, "gpt-*"), (acme.Policy.Limits[0].Name, acme.Policy.Limits[0].Burst, acme.Policy.Limits[0].Models[0]));
        Assert.Equal(LimitWindow.Day, acme.Policy.Limits[1].Per);
        Assert.Equal(8, acme.Teams["research"].Policy.Limits[0].Concurrent);
        Assert.Equal(900_000_000_000, config.Auth.ApiKeys[0].Policy.Limits[0].Per.Nanoseconds);
    }

    [Theory]
    [InlineData("limits: {rules: [{per: minute}]}", "limits.rules[0]: limits nothing; allowed: one of requests, tokens and concurrent")]
    [InlineData("limits: {rules: [{requests: 1, tokens: 1}]}", "limits.rules[0]: limits several things")]
    [InlineData("limits: {rules: [{tokens: 10, per: month, burst: 5}]}", "limits.rules[0]: has a burst, and no window that slides")]
    [InlineData("limits: {rules: [{requests: 0}]}", "limits.rules[0].requests: is out of range (value '0')")]
    [InlineData("limits: {rules: [{requests: 1, per: fortnight}]}", "limits.rules[0].per: is no time (value 'fortnight')")]
    [InlineData("limits: {rules: [{requests: 1, per: 10ms}]}", "limits.rules[0].per: is out of range (value '10ms')")]
    [InlineData("limits: {rules: [{requests: 1, by: moon}]}", "limits.rules[0].by: is unknown (value 'moon')")]
    [InlineData("limits: {rules: [{requests: 1, name: 'a b'}]}", "limits.rules[0].name: is no name")]
    [InlineData("limits: {rules: [5]}", "limits.rules[0]: is text; allowed: a section")]
    [InlineData("limits: {rules: 5}", "limits.rules: is text; allowed: a list of sections")]
    [InlineData("limits: {time_zone: Moon/Base}", "limits.time_zone: is no time zone that this machine knows (value 'Moon/Base')")]
    [InlineData("limits: {anonymous: lots}", "limits.anonymous: is not a rate (value 'lots')")]
    [InlineData("stores: {redis: 'http://secret@host'}", "stores.redis: is no address of Redis; allowed: redis://")]
    public void What_makes_no_sense_is_an_error_that_says_what_is_allowed(string yaml, string error)
    {
        var result = new FakeEnvironment().Load(yaml);
        var line = Assert.Single(result.Errors).ToString();
        Assert.Contains(error, line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }
}
