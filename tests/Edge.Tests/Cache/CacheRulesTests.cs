using System.Globalization;
using System.Text.Json.Nodes;
using Edge.Cache;
using Edge.Configuration;
using Edge.Guard.Policy;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Tests.Guard;
using Edge.Tests.Pipeline;
using Edge.Upstream;

namespace Edge.Tests.Cache;

/// <summary>What is kept, for whom, and for how long.</summary>
public sealed class CacheRulesTests
{
    private const string Path = "/v1/chat/completions";

    /// <summary>What does not shape an answer, or is only written in another way.</summary>
    public static TheoryData<string> Same =>
    [
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}]}""",
        """ { "messages" : [ { "content" : "Wh\u0061t?" , "role" : "user" } ] , "max_tokens" : 1.00e2 , "model" : "m" } """,
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"stream":true,"stream_options":{"include_usage":true}}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"user":"ann","metadata":{"a":"b"},"prompt_cache_key":"k","safety_identifier":"s"}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"cache":{"ttl":60},"budget":{"maxCostPerRequest":1}}""",
    ];

    public static TheoryData<string> Other =>
    [
        """{"model":"n","max_tokens":100,"messages":[{"role":"user","content":"What?"}]}""",
        """{"model":"m","max_tokens":101,"messages":[{"role":"user","content":"What?"}]}""",
        """{"model":"m","messages":[{"role":"user","content":"What?"}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"what?"}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What? "}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"system","content":"What?"}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What?"}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"},{"role":"user","content":"What?"}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?","name":"ann"}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"temperature":0}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"seed":1}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"response_format":{"type":"json_object"}}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"what_nobody_knows":1}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"What?"}],"routing":{"providers":["fake"]}}""",
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":[{"type":"text","text":"What?"}]}]}""",
    ];

    [Theory]
    [MemberData(nameof(Same))]
    public async Task The_same_request_in_other_words_is_a_hit(string body)
    {
        var kit = await FilledAsync();
        var sent = await kit.SendAsync(Path, body);
        Assert.True(sent.StatusCode == 200, sent.WrittenText);
        Assert.Equal("hit", sent.Cache());
    }

    [Theory]
    [MemberData(nameof(Other))]
    public async Task Another_request_is_none(string body)
    {
        var kit = await FilledAsync();
        Assert.Equal("miss", (await kit.SendAsync(Path, body)).Cache());
    }

    [Fact]
    public async Task Betas_and_dialects_are_told_apart()
    {
        var kit = await FilledAsync();
        Assert.Equal("miss", (await kit.SendAsync(Path, Body(), ("openai-beta", "x"))).Cache());
        Assert.Equal("miss", (await kit.SendAsync("/v1/messages", Body())).Cache());
    }

    [Fact]
    public async Task One_client_never_gets_what_another_has()
    {
        var config = new EdgeConfig { Auth = new AuthConfig { ApiKeys = [new() { Key = new Secret("sk-a"), Name = "a" }, new() { Key = new Secret("sk-b"), Name = "b" }] } };
        var kit = CacheKit.Kit(config: config);
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "for one alone", streamed: false));
        foreach (var (key, expected) in new[] { ("sk-a", "miss"), ("sk-b", "miss"), ("sk-a", "hit"), ("sk-b", "hit") })
        {
            Assert.Equal(expected, (await kit.SendAsync(Path, Body(), ("authorization", "Bearer " + key))).Cache());
        }
        var id = (await kit.SendAsync(Path, Body(), ("authorization", "Bearer sk-a"))).ResponseHeaders["x-edge-cache-id"].ToString();
        // Nor can it take it away.
        Assert.Equal("hit", (await kit.SendAsync(Path, Body(), ("authorization", "Bearer sk-b"), ("x-edge-cache-reject", id))).Cache());
        Assert.Equal("hit", (await kit.SendAsync(Path, Body(), ("authorization", "Bearer sk-a"))).Cache());
        Assert.Equal(2, kit.SentBodies.Count);
    }

    [Fact]
    public async Task An_answer_that_was_sent_back_is_never_given_again()
    {
        var kit = await FilledAsync();
        var id = (await kit.SendAsync(Path, Body())).ResponseHeaders["x-edge-cache-id"].ToString();
        kit.Completed.Take(new CompletedRequest[8]);
        Assert.Equal("miss", (await kit.SendAsync(Path, Body(), ("x-edge-cache-reject", id))).Cache());
        Assert.True(kit.TakeRecord().Cache.IsRejected);
        Assert.Equal("hit", (await kit.SendAsync(Path, Body(), ("x-edge-cache-reject", "nonsense"))).Cache());
    }

    [Theory]
    [InlineData("no-store", "bypass", "bypass")]
    [InlineData("no-cache", "miss", "hit")]
    [InlineData("max-age=0", "miss", "hit")]
    [InlineData("max-age=3", "miss", "hit")]
    [InlineData("max-age=60", "hit", "hit")]
    [InlineData("MAX-AGE=\"60\" , whatever", "hit", "hit")]
    [InlineData("max-age=99999999999999999", "hit", "hit")]
    public async Task Cache_control_is_honoured(string control, string first, string then)
    {
        var time = new Clock();
        var kit = await FilledAsync(time: time);
        time.Now += TimeSpan.FromSeconds(5);
        Assert.Equal(first, (await kit.SendAsync(Path, Body(), ("cache-control", control))).Cache());
        if (then == "hit") Assert.Equal("hit", (await kit.SendAsync(Path, Body())).Cache());
    }

    [Fact]
    public async Task A_provider_is_not_asked_where_the_client_forbids_it()
    {
        var kit = CacheKit.Kit();
        var sent = await kit.SendAsync(Path, Body(), ("cache-control", "only-if-cached"));
        Assert.Equal(504, sent.StatusCode);
        Assert.Contains("NOT_CACHED", sent.WrittenText);
        Assert.Empty(kit.SentBodies);
        kit = await FilledAsync();
        Assert.Equal("hit", (await kit.SendAsync(Path, Body(), ("cache-control", "only-if-cached"))).Cache());
    }

    [Fact]
    public async Task An_answer_has_its_time()
    {
        var time = new Clock();
        var kit = CacheKit.Kit(caching: CacheKit.Exact with { Ttl = TimeSpan.FromSeconds(100) }, time: time);
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "hello", streamed: false));
        // Its own wish can only shorten it.
        foreach (var (wish, lives) in new[] { ("", 100), ("\"ttl\":1000", 100), ("\"ttl\":10", 10), ("\"ttl\":0", 0), ("\"enabled\":false", 0) })
        {
            var body = CacheKit.Body(Dialect.OpenAi, "with " + wish, change: wish.Length == 0 ? null : json => json["cache"] = JsonNode.Parse($"{{{wish}}}"));
            var plain = CacheKit.Body(Dialect.OpenAi, "with " + wish);
            await kit.SendAsync(Path, body);
            time.Now += TimeSpan.FromSeconds(lives) - TimeSpan.FromSeconds(1);
            if (lives > 0)
            {
                var hit = await kit.SendAsync(Path, plain);
                Assert.Equal("hit", hit.Cache());
                Assert.Equal((lives - 1).ToString(CultureInfo.InvariantCulture), hit.ResponseHeaders.Age.ToString());
            }
            time.Now += TimeSpan.FromSeconds(1);
            Assert.Equal("miss", (await kit.SendAsync(Path, plain)).Cache());
        }
        Assert.True(kit.Pipeline.Cache.Sweep((time.Now + TimeSpan.FromHours(1)).ToUnixTimeMilliseconds()) > 0);
        Assert.Equal(0, kit.Pipeline.Cache.Memory.Count);
    }

    [Fact]
    public async Task A_model_may_have_its_own_time_or_none()
    {
        var time = new Clock();
        var models = new Dictionary<string, ModelCachingConfig> { ["m"] = new() { Ttl = TimeSpan.FromSeconds(5) }, ["never"] = new() { Enabled = false } };
        var kit = await FilledAsync(CacheKit.Exact with { Models = models }, time);
        time.Now += TimeSpan.FromSeconds(6);
        Assert.Equal("miss", (await kit.SendAsync(Path, Body())).Cache());
        Assert.Equal("bypass", (await kit.SendAsync(Path, Body(json => json["model"] = "never"))).Cache());
    }

    [Fact]
    public async Task A_temperature_may_be_too_high()
    {
        var kit = await FilledAsync(CacheKit.Exact with { MaxTemperature = 0.5 });
        Assert.Equal("miss", (await kit.SendAsync(Path, Body(json => json["temperature"] = 0.5))).Cache());
        Assert.Equal("bypass", (await kit.SendAsync(Path, Body(json => json["temperature"] = 0.6))).Cache());
    }

    [Theory]
    [InlineData("previous_response_id", "\"r1\"")]
    [InlineData("conversation", "\"c1\"")]
    [InlineData("background", "true")]
    [InlineData("prompt", "{\"id\":\"p\"}")]
    public async Task What_the_provider_keeps_is_not_ours_to_know(string member, string value)
    {
        var kit = CacheKit.Kit();
        kit.Answer(() => CacheKit.Answer(Dialect.Responses, "hello", streamed: false));
        Assert.Equal("bypass", (await kit.SendAsync("/v1/responses", CacheKit.Body(Dialect.Responses, "What?", change: json => json[member] = JsonNode.Parse(value)))).Cache());
        Assert.Equal(CacheBypass.Stateful, kit.TakeRecord().Cache.Bypass);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("content_filter")]
    [InlineData("something_new")]
    public async Task What_is_cut_off_is_not_kept(string finish)
    {
        foreach (var streamed in new[] { false, true })
        {
            var kit = CacheKit.Kit();
            var whole = $$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"half"},"finish_reason":"{{finish}}"}]}""";
            var events = $"data: {{\"id\":\"c\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"half\"}},\"finish_reason\":null}}]}}\n\ndata: {{\"id\":\"c\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{finish}\"}}]}}\n\ndata: [DONE]\n\n";
            kit.Answer(() => streamed ? CannedResponse.Events(events) : CannedResponse.Json(whole));
            for (var i = 0; i < 2; i++) Assert.Equal("miss", (await kit.SendAsync(Path, Body(streamed: streamed))).Cache());
        }
    }

    [Fact]
    public async Task What_failed_or_says_nothing_is_not_kept()
    {
        var good = RestoreWire.Events(Dialect.OpenAi, ["hel", "lo"], [], escapeAll: false);
        var answers = new (bool Streamed, Func<CannedResponse> Answer)[]
        {
            (false, () => CannedResponse.Json("""{"error":{"message":"no","type":"server_error"}}""", 500)),
            (false, () => CannedResponse.Json("""{"error":{"message":"no","type":"invalid_request_error"}}""", 400)),
            (false, () => CannedResponse.Json("""{"error":{"message":"no","type":"server_error"}}""")),
            (false, () => CacheKit.Answer(Dialect.OpenAi, "", streamed: false)),
            (true, () => CannedResponse.Events(good[..^2])),
            (true, () => CannedResponse.Events([.. good[..^2], "data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n\n"])),
            (true, () => new CannedResponse(200, "text/event-stream", [.. good[..^1].Select(one => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(one))], UpstreamFailure.Cut)),
        };
        for (var i = 0; i < answers.Length; i++)
        {
            var kit = CacheKit.Kit();
            kit.Answer(answers[i].Answer);
            for (var round = 0; round < 2; round++)
            {
                var sent = await kit.SendAsync(Path, Body(streamed: answers[i].Streamed));
                Assert.True(sent.Cache() == "miss", $"{i}: {sent.WrittenText}");
            }
            Assert.Equal(0, kit.Pipeline.Cache.Memory.Count);
        }
    }

    [Theory]
    [InlineData("OpenAi")]
    [InlineData("Anthropic")]
    public async Task Calls_of_tools_are_kept_by_rule(string provider)
    {
        foreach (var keeps in new[] { false, true })
        {
            var kit = CacheKit.Kit(provider, CacheKit.Exact with { StoreToolCalls = keeps });
            var wire = Enum.Parse<Dialect>(provider);
            kit.Answer(() => CacheKit.Answer(wire, "I call.", streamed: true, arguments: """{\"city\":\"Bonn\"}"""));
            var first = await kit.SendAsync(Path, Body(streamed: true));
            var again = await kit.SendAsync(Path, Body(streamed: true));
            Assert.Equal(keeps ? "hit" : "miss", again.Cache());
            Assert.Equal(RestoreWire.Read(Dialect.OpenAi, first.WrittenText), RestoreWire.Read(Dialect.OpenAi, again.WrittenText));
        }
    }

    /// <summary>Two requests that are one to the provider share an answer, and each client gets its own values.</summary>
    [Fact]
    public async Task Hidden_values_are_each_clients_own()
    {
        var kit = CacheKit.Kit(config: new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true } } } });
        foreach (var streamed in new[] { false, true })
        {
            var question = streamed ? "Mail to" : "Write to";
            kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "I wrote to <EMAIL_1>.", streamed));
            foreach (var (mail, cache) in new[] { ("ann@example.com", "miss"), ("bob@example.org", "hit"), ("ann@example.com", "hit") })
            {
                var sent = await kit.SendAsync(Path, CacheKit.Body(Dialect.OpenAi, $"{question} {mail}", streamed));
                Assert.Equal(cache, sent.Cache());
                Assert.Equal($"I wrote to {mail}.", CacheKit.TextOf(Dialect.OpenAi, sent, streamed));
            }
        }
        // In another order they are others.
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "<EMAIL_2> and <EMAIL_1>", streamed: false));
        Assert.Equal("bob@example.org and ann@example.com", CacheKit.TextOf(Dialect.OpenAi, await kit.SendAsync(Path, CacheKit.Body(Dialect.OpenAi, "ann@example.com bob@example.org")), false));
        var other = await kit.SendAsync(Path, CacheKit.Body(Dialect.OpenAi, "bob@example.org ann@example.com"));
        Assert.Equal("hit", other.Cache());
        Assert.Equal("ann@example.com and bob@example.org", CacheKit.TextOf(Dialect.OpenAi, other, false));
    }

    [Fact]
    public async Task What_a_model_may_not_say_is_not_kept()
    {
        var pii = new PiiConfig { Enabled = true, OutputActions = new Dictionary<string, GuardAction> { ["CREDIT_CARD"] = GuardAction.Redact } };
        var kit = CacheKit.Kit(config: new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = pii } } });
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "It is 4111 1111 1111 1111, I think.", streamed: false));
        for (var i = 0; i < 2; i++) Assert.Equal("miss", (await kit.SendAsync(Path, Body())).Cache());
        Assert.Equal(0, kit.Pipeline.Cache.Memory.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(0)]
    public async Task An_old_answer_is_better_than_none(int status)
    {
        foreach (var streamed in new[] { false, true })
        {
            var time = new Clock();
            var kit = await FilledAsync(CacheKit.Exact with { Ttl = TimeSpan.FromSeconds(10), StaleIfError = TimeSpan.FromSeconds(60) }, time);
            time.Now += TimeSpan.FromSeconds(30);
            kit.AnswerTo = null;
            kit.Answer(() => status == 0 ? CannedResponse.Failed(UpstreamFailure.Connect) : CannedResponse.Json("""{"error":{"message":"no","type":"server_error"}}""", status));
            var sent = await kit.SendAsync(Path, Body(streamed: streamed));
            Assert.True(sent.StatusCode == 200, sent.WrittenText);
            Assert.Equal("true", sent.ResponseHeaders["x-edge-cache-stale"].ToString());
            Assert.Equal("hello", CacheKit.TextOf(Dialect.OpenAi, sent, streamed));
            Assert.Equal(Outcome.Completed, LastRecord(kit).Outcome);
            // What is the request's own fault stays so, and no answer lives for ever.
            kit.Answer(() => CannedResponse.Json("""{"error":{"message":"no","type":"invalid_request_error"}}""", 400));
            Assert.Equal(400, (await kit.SendAsync(Path, Body(streamed: streamed))).StatusCode);
            time.Now += TimeSpan.FromSeconds(60);
            kit.Answer(() => CannedResponse.Failed(UpstreamFailure.Connect));
            Assert.InRange((await kit.SendAsync(Path, Body(streamed: streamed))).StatusCode, 500, 599);
        }
    }

    [Fact]
    public async Task While_one_fetches_the_new_answer_others_have_the_old_one()
    {
        var time = new Clock();
        var kit = await FilledAsync(CacheKit.Exact with { Ttl = TimeSpan.FromSeconds(10), StaleWhileRevalidate = TimeSpan.FromSeconds(60) }, time);
        time.Now += TimeSpan.FromSeconds(30);
        NullTransport? other = null;
        kit.LaterOf = async (_, _) =>
        {
            other ??= await kit.SendAsync(Path, Body());
            return CacheKit.Answer(Dialect.OpenAi, "newer", streamed: false);
        };
        var first = await kit.SendAsync(Path, Body());
        Assert.Equal("newer", CacheKit.TextOf(Dialect.OpenAi, first, streamed: false));
        Assert.Equal("hello", CacheKit.TextOf(Dialect.OpenAi, other!, streamed: false));
        Assert.Equal("true", other!.ResponseHeaders["x-edge-cache-stale"].ToString());
        var last = await kit.SendAsync(Path, Body());
        Assert.Equal(("hit", "newer"), (last.Cache(), CacheKit.TextOf(Dialect.OpenAi, last, streamed: false)));
    }

    [Fact]
    public async Task A_slow_answer_is_given_again_at_its_own_pace_where_that_is_asked_for()
    {
        var time = new Clock();
        var kit = CacheKit.Kit(caching: CacheKit.Exact with { Replay = CacheReplayPace.Natural }, time: time);
        var pieces = RestoreWire.Events(Dialect.OpenAi, ["one ", "two ", "three"], [], escapeAll: false).Select(one => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(one)).ToList();
        kit.Answer(() => new GatedResponse(pieces, () =>
        {
            time.Stamp += 400;
            return Task.CompletedTask;
        }, before: 2));
        await kit.SendAsync(Path, Body(streamed: true));
        time.Delays.Clear();
        var sent = await kit.SendAsync(Path, Body(streamed: true));
        Assert.Equal(("hit", "one two three"), (sent.Cache(), CacheKit.TextOf(Dialect.OpenAi, sent, streamed: true)));
        Assert.Contains(TimeSpan.FromMilliseconds(400), time.Delays);
    }

    private static CompletedRequest LastRecord(PipelineKit kit)
    {
        var records = new CompletedRequest[64];
        return records[kit.Completed.Take(records) - 1];
    }

    private static async Task<PipelineKit> FilledAsync(CachingConfig? caching = null, TimeProvider? time = null)
    {
        var kit = CacheKit.Kit(caching: caching, time: time);
        kit.AnswerTo = sent => CacheKit.Answer(Dialect.OpenAi, "hello", JsonNode.Parse(sent)!["stream"]?.GetValue<bool>() ?? false);
        var sent = await kit.SendAsync(Path, Body());
        Assert.Equal("miss", sent.Cache());
        Assert.Equal(1, kit.Pipeline.Cache.Memory.Count);
        return kit;
    }

    private static string Body(Action<JsonObject>? change = null, bool streamed = false) => CacheKit.Body(Dialect.OpenAi, "What?", streamed, change);

    /// <summary>A wall clock that stands, whose timers fire at once.</summary>
    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public long Stamp { get; set; } = 1_000;

        public List<TimeSpan> Delays { get; } = [];

        public override long TimestampFrequency => 1_000;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Stamp;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Delays.Add(dueTime);
            return System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
        }
    }
}
