using System.Net;
using System.Text;
using Edge.Configuration;
using Edge.Limits;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Providers.Chat;
using Edge.Storage.Redis;
using Edge.Telemetry;
using Edge.Tenancy;
using Edge.Tests.Pipeline;
using Edge.Tests.Simulator;
using Edge.TestSupport;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Tests.Limits;

/// <summary>Step 3 by itself: callers with tenants above them, what they send, what they are told.</summary>
public sealed class RateLimitStageTests
{
    private const string Body = """{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}""";

    private readonly ManualTime _time = new();
    private readonly MeterRegistry _meters = new();
    private readonly RateLimitStage _stage;

    public RateLimitStageTests() => _stage = new(_time, _meters);

    [Fact]
    public async Task Without_limits_nothing_is_counted_and_nothing_is_said()
    {
        var context = await ContextAsync(new Caller { Kind = CallerKind.Key, Id = "k", Tenants = Tenants(new(), new()) });
        Assert.True(await _stage.RunAsync(context));
        Assert.False(context.Limits is { Count: > 0 });
        LimitHeaders.Add(context);
        Assert.Empty(context.Response.Headers);
        var anonymous = await ContextAsync(new Caller { Kind = CallerKind.Anonymous, Id = "a" });
        Assert.True(await _stage.RunAsync(anonymous));
        Assert.Null(anonymous.Limits);
    }

    [Fact]
    public async Task Limits_of_every_level_hold_at_once()
    {
        var tenants = Tenants(new() { RequestsPerMinute = 4 }, new() { RequestsPerMinute = 2 });
        var other = new Tenant { Path = "key:2", Level = TenantLevel.Key, Name = "two", Own = new() { RequestsPerMinute = 3 }, Meters = _meters.Of("key:2") };
        var (one, two) = (new Caller { Kind = CallerKind.Key, Id = "1", Tenants = tenants }, new Caller { Kind = CallerKind.Key, Id = "2", Tenants = [tenants[0], other] });
        Assert.Equal("yynn", await TriesAsync(one, Body, Body, Body, Body));
        // The refused ones took nothing of the organisation's four.
        Assert.Equal("yyn", await TriesAsync(two, Body, Body, Body));
        var context = await ContextAsync(two);
        await _stage.RunAsync(context);
        Assert.Equal("The limit is reached: 4 requests a minute (limit 'requests_per_minute' of organisation 'Acme'). Try again in 15s.", context.ErrorMessage);
        Assert.Equal(ErrorCode.RateLimitExceeded, context.ErrorCode);
    }

    [Fact]
    public async Task What_was_counted_outlives_a_reload_that_changes_the_amount()
    {
        Assert.True(await TryAsync(Key(new() { RequestsPerMinute = 1 })));
        Assert.False(await TryAsync(Key(new() { RequestsPerMinute = 1 })));
        Assert.True(await TryAsync(Key(new() { RequestsPerMinute = 3 })));
        Assert.True(await TryAsync(Key(new() { RequestsPerMinute = 3 })));
        Assert.False(await TryAsync(Key(new() { RequestsPerMinute = 3 })));
    }

    [Theory]
    [InlineData(LimitBy.Model, """{"model":"a","messages":[{"role":"user","content":"Hi"}]}""", """{"model":"b","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData(LimitBy.User, """{"model":"a","messages":[{"role":"user","content":"Hi"}],"user":"ann"}""", """{"model":"a","messages":[{"role":"user","content":"Hi"}],"user":"bob"}""")]
    [InlineData(LimitBy.User, """{"model":"a","messages":[{"role":"user","content":"Hi"}],"safety_identifier":"ann"}""", """{"model":"a","messages":[{"role":"user","content":"Hi"}],"metadata":{"user_id":"bob"}}""")]
    [InlineData(LimitBy.User, """{"model":"a","messages":[{"role":"user","content":"Hi"}]}""", """{"model":"a","messages":[{"role":"user","content":"Hi"}],"user":"bob"}""")]
    public async Task Each_model_or_user_has_a_limit_of_its_own(LimitBy by, string one, string other)
    {
        var caller = Key(new() { Limits = [new() { Requests = 1, By = by }] });
        Assert.Equal("ynyn", await TriesAsync(caller, one, one, other, other));
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public async Task Each_address_has_a_limit_of_its_own(string one, string other, bool isSame)
    {
        var caller = Key(new() { Limits = [new() { Requests = 1, By = LimitBy.Ip }] });
        Assert.True(await TryAsync(caller, from: one));
        Assert.Equal(!isSame, await TryAsync(caller, from: other));
    }

    [Theory]
    [InlineData(null, true, false)]
    [InlineData("none", true, true)]
    [InlineData("1/min", false, false)]
    [InlineData(null, false, true)]
    public async Task Who_shows_no_key_has_a_limit_by_address_where_others_can_connect(string? anonymous, bool isOpen, bool mayAlways)
    {
        var config = new EdgeConfig
        {
            Limits = new() { Anonymous = anonymous is null ? null : anonymous == "none" ? LimitKinds.NoRate : new Rate(1, TimeSpan.FromMinutes(1)) },
            Server = new() { Listen = [ListenAddress.TryParse(isOpen ? "0.0.0.0:80" : "127.0.0.1:80", out var address) ? address! : default!] },
        };
        var caller = new Caller { Kind = CallerKind.Anonymous, Id = "anonymous" };
        var let = 0;
        for (var i = 0; i < 1001; i++) let += await TryAsync(caller, config: config) ? 1 : 0;
        Assert.Equal(mayAlways ? 1001 : anonymous is null ? 1000 : 1, let);
        Assert.Equal(mayAlways, await TryAsync(caller, config: config));
        Assert.True(await TryAsync(caller, config: config, from: "10.9.9.9"));
        // Whoever has a key is somebody.
        Assert.True(await TryAsync(Key(new()), config: config));
    }

    [Fact]
    public async Task A_limit_may_be_for_some_models_only()
    {
        var caller = Key(new() { Limits = [new() { Requests = 1, Models = ["gpt-*", "o1"] }] });
        Assert.True(await TryAsync(caller));
        Assert.False(await TryAsync(caller));
        Assert.False(await TryAsync(caller, """{"model":"o1","messages":[{"role":"user","content":"Hi"}]}"""));
        Assert.True(await TryAsync(caller, """{"model":"claude","messages":[{"role":"user","content":"Hi"}]}"""));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"0123456789012345678901234567890123456789"}]}""", 510)]
    [InlineData("""{"model":"m","max_tokens":70,"messages":[{"role":"user","content":"0123456789012345678901234567890123456789"}]}""", 80)]
    [InlineData("""{"model":"m","max_completion_tokens":99999,"messages":[{"role":"user","content":"0123456789012345678901234567890123456789"}]}""", 1000)]
    public async Task Tokens_are_taken_as_estimated_and_settled_as_used(string body, long taken)
    {
        var caller = Key(new() { Limits = [new() { Tokens = 1000, Per = LimitWindow.Hour }] });
        var context = await ContextAsync(caller, body);
        Assert.True(await _stage.RunAsync(context));
        Assert.Equal(taken, context.Limits!.Entries[0].Cost);
        var slot = caller.Tenants[0].Meters.Limits.Slots[0];
        Assert.Equal(taken, slot.Cells.One.Used(slot.Rule));
        _stage.Settle(context, new Settlement { WasSent = true, Usage = new Usage { Input = 12, Output = 30 } });
        Assert.Equal(42, slot.Cells.One.Used(slot.Rule));
        // Twice is once.
        _stage.Settle(context, new Settlement { WasSent = true, Usage = new Usage { Input = 12, Output = 30 } });
        Assert.Equal(42, slot.Cells.One.Used(slot.Rule));
    }

    [Theory]
    [InlineData(false, 200, 0)]
    [InlineData(true, 200, 510)]
    [InlineData(true, 500, 0)]
    public async Task What_was_not_sent_or_failed_used_no_tokens_and_what_reports_none_used_what_was_estimated(bool wasSent, int status, long used)
    {
        var caller = Key(new() { Limits = [new() { Tokens = 1000, Per = LimitWindow.Hour }] });
        var context = await ContextAsync(caller, """{"model":"m","messages":[{"role":"user","content":"0123456789012345678901234567890123456789"}]}""");
        Assert.True(await _stage.RunAsync(context));
        context.SentStatus = status;
        _stage.Settle(context, new Settlement { WasSent = wasSent, Usage = new Usage() });
        var slot = caller.Tenants[0].Meters.Limits.Slots[0];
        Assert.Equal(used, slot.Cells.One.Used(slot.Rule));
    }

    [Fact]
    public async Task A_prompt_that_is_larger_than_the_limit_is_told_that_waiting_does_not_help()
    {
        var caller = Key(new() { Limits = [new() { Tokens = 100, Name = "small" }] });
        var context = await ContextAsync(caller, $$"""{"model":"m","messages":[{"role":"user","content":"{{new string('x', 4000)}}"}]}""");
        Assert.False(await _stage.RunAsync(context));
        Assert.Equal("The request is larger than the limit: it needs about 1000 tokens of 100 tokens a minute (limit 'small' of key 'app'), and can never pass.", context.ErrorMessage);
        LimitHeaders.Add(context);
        Assert.Equal("false", context.Response.Headers["x-should-retry"].ToString());
        Assert.False(context.Response.Headers.ContainsKey("retry-after"));
    }

    [Theory]
    [InlineData(4000, 0, true)]
    [InlineData(4004, 0, false)]
    [InlineData(2000, 500, true)]
    [InlineData(2000, 501, false)]
    public async Task A_request_may_not_ask_for_more_tokens_than_one_may_use(int bytes, int asked, bool isAllowed)
    {
        var config = new EdgeConfig { Limits = new() { MaxTokensPerRequest = 1000 } };
        var cap = asked > 0 ? $"\"max_tokens\":{asked}," : "";
        var body = $$"""{"model":"m",{{cap}}"messages":[{"role":"user","content":"{{new string('x', bytes)}}"}]}""";
        var context = await ContextAsync(Key(new()), body, config: config);
        Assert.Equal(isAllowed, await _stage.RunAsync(context));
        Assert.Equal(isAllowed ? ErrorCode.None : ErrorCode.TooManyTokens, context.ErrorCode);
    }

    [Fact]
    public async Task Places_are_given_back_when_the_request_ends()
    {
        var caller = Key(new() { Limits = [new() { Concurrent = 1 }] });
        var first = await ContextAsync(caller);
        Assert.True(await _stage.RunAsync(first));
        var second = await ContextAsync(caller);
        Assert.False(await _stage.RunAsync(second));
        // A refused one gives back nothing that it does not have.
        _stage.Settle(second, default);
        Assert.False(await TryAsync(caller));
        _stage.Settle(first, default);
        Assert.True(await TryAsync(caller));
    }

    [Fact]
    public async Task Answers_say_how_the_limits_stand_as_sdks_know_it()
    {
        var caller = new Caller
        {
            Kind = CallerKind.Key,
            Id = "1",
            Tenants = Tenants(new() { TokensPerMonth = 1_000_000 }, new() { RequestsPerMinute = 100, Limits = [new() { Concurrent = 5 }, new() { Requests = 10, Per = LimitWindow.Second, Name = "peak" }] }),
        };
        var context = await ContextAsync(caller);
        Assert.True(await _stage.RunAsync(context));
        LimitHeaders.Add(context);
        string Of(string name) => context.Response.Headers[name].ToString();
        Assert.Equal("\"organisation.tokens_per_month\";q=1000000;qu=\"tokens\";w=2592000, \"key.requests_per_minute\";q=100;w=60, \"key.concurrent\";q=5;qu=\"concurrent-requests\", \"key.peak\";q=10;w=1", Of("RateLimit-Policy"));
        // 1970-01-02: thirty days of January are left.
        Assert.Equal("\"organisation.tokens_per_month\";r=999499;t=2592000, \"key.requests_per_minute\";r=99;t=1, \"key.concurrent\";r=4, \"key.peak\";r=9;t=1", Of("RateLimit"));
        // Of two the one that is nearer to its end.
        Assert.Equal(("10", "9", "100ms"), (Of("x-ratelimit-limit-requests"), Of("x-ratelimit-remaining-requests"), Of("x-ratelimit-reset-requests")));
        Assert.Equal(("1000000", "999499", "720h0m0s"), (Of("x-ratelimit-limit-tokens"), Of("x-ratelimit-remaining-tokens"), Of("x-ratelimit-reset-tokens")));
        Assert.DoesNotContain(context.Response.Headers, header => header.Key.StartsWith("anthropic", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Clients_of_the_messages_dialect_are_told_in_its_words()
    {
        var context = await ContextAsync(Key(new() { RequestsPerMinute = 60, TokensPerMonth = 1000 }));
        context.Client = Edge.Clients.ClientDialects.Anthropic;
        Assert.True(await _stage.RunAsync(context));
        LimitHeaders.Add(context);
        string Of(string name) => context.Response.Headers[name].ToString();
        Assert.Equal(("60", "59", "1970-01-02T00:00:01Z"), (Of("anthropic-ratelimit-requests-limit"), Of("anthropic-ratelimit-requests-remaining"), Of("anthropic-ratelimit-requests-reset")));
        Assert.Equal("1970-02-01T00:00:00Z", Of("anthropic-ratelimit-tokens-reset"));
        Assert.DoesNotContain(context.Response.Headers, header => header.Key.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_strangers_use_together_is_not_told_but_when_to_come_again_is()
    {
        var config = new EdgeConfig { Limits = new() { MaxRequestsPerMinute = 1 } };
        var first = await ContextAsync(Key(new()), config: config);
        Assert.True(await _stage.RunAsync(first));
        LimitHeaders.Add(first);
        Assert.Empty(first.Response.Headers);
        var second = await ContextAsync(Key(new()), config: config);
        Assert.False(await _stage.RunAsync(second));
        LimitHeaders.Add(second);
        Assert.Equal(("60", "60000"), (second.Response.Headers.RetryAfter.ToString(), second.Response.Headers["retry-after-ms"].ToString()));
        Assert.Equal(2, second.Response.Headers.Count);
        Assert.Contains("of this gateway", second.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_may_be_turned_off()
    {
        var config = new EdgeConfig { Limits = new() { Headers = false } };
        var context = await ContextAsync(Key(new() { RequestsPerMinute = 60 }), config: config);
        Assert.True(await _stage.RunAsync(context));
        LimitHeaders.Add(context);
        Assert.Empty(context.Response.Headers);
    }

    [Theory]
    [InlineData(LimitFallback.Local)]
    [InlineData(LimitFallback.Open)]
    [InlineData(LimitFallback.Closed)]
    public async Task While_redis_is_away_the_policy_says_what_happens(LimitFallback action)
    {
        await using var log = new Log(new MemoryStream(), TimeProvider.System, LogSeverity.Info);
        Assert.True(RedisAddress.TryParse("redis://127.0.0.1:1", out var address, out _));
        await using var redis = new RedisConnection(address, TimeSpan.FromSeconds(1), TimeProvider.System, log);
        using var stage = new RateLimitStage(TimeProvider.System, _meters, redis);
        var config = new EdgeConfig { Limits = new() { OnStoreFailure = action } };
        var caller = Key(new() { Limits = [new() { Requests = 2, Per = LimitWindow.Hour }, new() { Concurrent = 9 }] });
        var results = new List<bool>();
        for (var i = 0; i < 3; i++)
        {
            var context = await ContextAsync(caller, config: config);
            var run = stage.RunAsync(context);
            Assert.True(run.IsCompletedSuccessfully);
            results.Add(await run);
            if (action == LimitFallback.Closed) Assert.Equal(ErrorCode.LimitsUnavailable, context.ErrorCode);
            stage.Settle(context, default);
        }
        Assert.Equal(action switch { LimitFallback.Open => [true, true, true], LimitFallback.Closed => [false, false, false], _ => [true, true, false] }, results);
        Assert.Equal(3, stage.Counters.DecidedAlone);
    }

    [Fact]
    public async Task A_redis_that_hangs_costs_its_deadline_once_and_goes_on_where_it_was()
    {
        await using var log = new Log(new MemoryStream(), TimeProvider.System, LogSeverity.Info);
        await using var server = await RedisServer.StartNewAsync();
        Assert.True(RedisAddress.TryParse(server.Url, out var address, out _));
        await using var redis = new RedisConnection(address, TimeSpan.FromSeconds(1), TimeProvider.System, log);
        using var stage = new RateLimitStage(TimeProvider.System, _meters, redis);
        redis.Start();
        while (!redis.IsUp) await Task.Delay(5, TestContext.Current.CancellationToken);
        var caller = Key(new() { Limits = [new() { Requests = 6, Per = LimitWindow.Of(TimeSpan.FromDays(300)) }, new() { Concurrent = 9 }] });
        Assert.True(await RunAsync());
        server.Pause();
        // As many as find the connection up wait; whoever comes after does not.
        while (redis.IsUp) Assert.True(await RunAsync());
        var timeouts = redis.Timeouts;
        var more = 0;
        while (true)
        {
            var context = await ContextAsync(caller);
            var run = stage.RunAsync(context);
            Assert.True(run.IsCompletedSuccessfully);
            var isLet = await run;
            stage.Settle(context, default);
            if (!isLet) break;
            more++;
        }
        Assert.Equal(timeouts, redis.Timeouts);
        Assert.InRange(more, 1, 5);
        server.Resume();
        while (!redis.IsUp) await Task.Delay(5, TestContext.Current.CancellationToken);
        // Redis knows what it knew.
        Assert.True(await RunAsync());

        async Task<bool> RunAsync()
        {
            var context = await ContextAsync(caller);
            var isLet = await stage.RunAsync(context);
            stage.Settle(context, default);
            return isLet;
        }
    }

    private async Task<string> TriesAsync(Caller caller, params string[] bodies)
    {
        var text = "";
        foreach (var body in bodies) text += await TryAsync(caller, body) ? 'y' : 'n';
        return text;
    }

    private Caller Key(TenantPolicyConfig own) => new()
    {
        Kind = CallerKind.Key,
        Id = "1",
        Tenants = [new Tenant { Path = "key:1", Level = TenantLevel.Key, Name = "app", Own = own, Meters = _meters.Of("key:1") }],
    };

    private Tenant[] Tenants(TenantPolicyConfig organisation, TenantPolicyConfig key) =>
    [
        new() { Path = "acme", Level = TenantLevel.Organisation, Name = "Acme", Own = organisation, Meters = _meters.Of("acme") },
        new() { Path = "key:1", Level = TenantLevel.Key, Name = "app", Own = key, Meters = _meters.Of("key:1") },
    ];

    private async Task<bool> TryAsync(Caller caller, string body = Body, EdgeConfig? config = null, string? from = null) => await _stage.RunAsync(await ContextAsync(caller, body, config, from));

    private async Task<RequestContext> ContextAsync(Caller caller, string body = Body, EdgeConfig? config = null, string? from = null)
    {
        var kit = _kits.TryGetValue(config ?? _default, out var known) ? known : _kits[config ?? _default] = new PipelineKit(Dialect.OpenAi, config);
        var transport = new NullTransport().Begin(Encoding.UTF8.GetBytes(body));
        transport.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Parse(from ?? "10.1.1.1") });
        var context = new RequestContext();
        context.Begin(transport, kit.State.Current, "id", 1);
        context.Operation = Edge.Endpoints.Operation.ChatCompletions;
        Assert.True(await BodyStage.RunAsync(context, _time), context.ErrorMessage);
        context.Caller = caller;
        return context;
    }

    private readonly EdgeConfig _default = new();
    private readonly Dictionary<object, PipelineKit> _kits = new(ReferenceEqualityComparer.Instance);
}
