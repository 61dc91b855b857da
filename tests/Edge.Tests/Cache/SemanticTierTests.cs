using System.Globalization;
using System.Text.Json.Nodes;
using Edge.Cache;
using Edge.Cache.Semantic;
using Edge.Cache.Semantic.Embedding;
using Edge.Cache.Semantic.Gate;
using Edge.Cache.Stores;
using Edge.Configuration;
using Edge.Pipeline;
using Edge.Providers;
using Edge.Telemetry;
using Edge.Tests.Pipeline;

namespace Edge.Tests.Cache;

/// <summary>Answers for requests that mean the same, with the model that ships, through the whole pipeline.</summary>
public sealed class SemanticTierTests
{
    private const string Path = "/v1/chat/completions";
    private const string Asked = "How do I reset my password?";
    private const string Again = "Could you tell me how I can reset my password, please?";

    // Nothing of these tests is about time.
    private static readonly CachingConfig _semantic = new() { Mode = CachingMode.Semantic, SemanticDeadline = TimeSpan.FromSeconds(10) };

    [Theory]
    [InlineData("/v1/chat/completions", "OpenAi")]
    [InlineData("/v1/chat/completions", "Anthropic")]
    [InlineData("/v1/messages", "Anthropic")]
    [InlineData("/v1/messages", "OpenAi")]
    [InlineData("/v1/responses", "OpenAi")]
    [InlineData("/v1/responses", "Anthropic")]
    public async Task Who_asks_for_the_same_in_other_words_gets_the_answer_streamed_or_not(string path, string provider)
    {
        var (client, wire) = (CacheKit.ClientOf(path), CacheKit.WireOf(path, provider));
        var kit = await KitAsync(provider: provider);
        foreach (var filled in new[] { false, true })
        {
            // A scope of its own for each.
            void Own(JsonObject body) => body["what_nobody_knows"] = filled;
            kit.Answer(() => CacheKit.Answer(wire, "Click \"forgot\".", filled));
            var first = await SendAsync(kit, path, CacheKit.Body(client, Asked, filled, Own));
            Assert.Equal("miss", first.Cache());
            Assert.False(first.ResponseHeaders.ContainsKey("x-edge-cache-similarity"));
            kit.TakeRecord();
            foreach (var asked in new[] { false, true })
            {
                var again = await SendAsync(kit, path, CacheKit.Body(client, Again, asked, Own));
                Assert.True(again.StatusCode == 200, again.WrittenText);
                Assert.Equal("semantic", again.Cache());
                Assert.Equal(CacheKit.TextOf(client, first, filled), CacheKit.TextOf(client, again, asked));
                Assert.InRange(double.Parse(again.ResponseHeaders["x-edge-cache-similarity"].ToString(), CultureInfo.InvariantCulture), 0.95, 1);
                Assert.Equal("fake", again.ResponseHeaders["x-edge-provider"].ToString());
                var record = kit.TakeRecord();
                Assert.Equal((Outcome.Completed, CacheResult.Semantic, "fake", ""), (record.Outcome, record.Cache.Result, record.Cache.SavedProvider, record.Provider));
            }
        }
        Assert.Equal(2, kit.SentBodies.Count);
        Assert.Equal((4, 2), (kit.Pipeline.Cache.Semantic.Of(SemanticUse.Hit), kit.Pipeline.Cache.Semantic.Of(SemanticUse.Miss)));
    }

    [Fact]
    public async Task Who_asks_for_another_number_does_not()
    {
        var kit = await KitAsync();
        await SendAsync(kit, Body("Transfer 15 USD to my savings account"));
        Assert.Equal("miss", (await SendAsync(kit, Body("Transfer 50 USD to my savings account"))).Cache());
        var tier = kit.Pipeline.Cache.Semantic;
        Assert.Equal((1, 1), (tier.Of(SemanticUse.Refused), tier.Counters.Refused(GateReason.Numbers)));
    }

    /// <summary>What shapes the answer beside the last turn.</summary>
    public static TheoryData<string, string> Others => new()
    {
        { "model", "\"n\"" },
        { "temperature", "0" },
        { "max_tokens", "101" },
        { "seed", "1" },
        { "tools", """[{"type":"function","function":{"name":"f","parameters":{}}}]""" },
        { "response_format", """{"type":"json_object"}""" },
        { "what_nobody_knows", "1" },
        { "messages", $$"""[{"role":"system","content":"Be brief."},{"role":"user","content":"{{Again}}"}]""" },
        { "messages", $$"""[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"{{Again}}"}]""" },
        { "messages", $$"""[{"role":"user","content":"{{Again}}","name":"ann"}]""" },
        { "messages", $$"""[{"role":"user","content":[{"type":"text","text":"{{Again}}"}]}]""" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Whatever_else_differs_is_another_scope(string member, string value)
    {
        var kit = await KitAsync();
        await SendAsync(kit, Body(Asked));
        Assert.Equal("semantic", (await SendAsync(kit, Body(Again))).Cache());
        Assert.Equal("miss", (await SendAsync(kit, Body(Again, body => body[member] = JsonNode.Parse(value)))).Cache());
        Assert.Equal(2, kit.SentBodies.Count);
    }

    [Fact]
    public async Task The_same_history_is_the_same_scope_and_another_is_not()
    {
        var kit = await KitAsync();
        string Turns(string history, string text) => Body("", body => body["messages"] = JsonNode.Parse($$"""[{"role":"system","content":"Be brief."},{"role":"user","content":"{{history}}"},{"role":"assistant","content":"Hello"},{"role":"user","content":[{"type":"text","text":"{{text}}"} ] } ]"""));
        await SendAsync(kit, Turns("Hi", Asked));
        Assert.Equal("semantic", (await SendAsync(kit, Turns("Hi", Again))).Cache());
        Assert.Equal("miss", (await SendAsync(kit, Turns("Hi!", Again))).Cache());
    }

    [Fact]
    public async Task No_client_gets_what_another_has()
    {
        var config = new EdgeConfig { Auth = new AuthConfig { ApiKeys = [new() { Key = new Secret("sk-a"), Name = "a" }, new() { Key = new Secret("sk-b"), Name = "b" }] } };
        var kit = await KitAsync(config: config);
        await SendAsync(kit, Body(Asked), ("authorization", "Bearer sk-a"));
        Assert.Equal("miss", (await SendAsync(kit, Body(Again), ("authorization", "Bearer sk-b"))).Cache());
        Assert.Equal("semantic", (await SendAsync(kit, Body(Again), ("authorization", "Bearer sk-a"))).Cache());
    }

    public static TheoryData<string, string, string> Bypasses => new()
    {
        { nameof(SemanticBypass.Turn), "messages", $$"""[{"role":"user","content":"{{Asked}}"},{"role":"assistant","content":"Click"}]""" },
        { nameof(SemanticBypass.Parts), "messages", $$"""[{"role":"user","content":[{"type":"text","text":"{{Asked}}"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"} } ] }]""" },
        { nameof(SemanticBypass.Parts), "messages", $$"""[{"role":"user","content":[{"type":"text","text":"{{Asked}}"},{"type":"text","text":"{{Asked}}"}]}]""" },
        { nameof(SemanticBypass.Tools), "tool_choice", "\"required\"" },
        { nameof(SemanticBypass.Tools), "tool_choice", """{"type":"function","function":{"name":"f"}}""" },
        { nameof(SemanticBypass.Broken), "messages", """[{"role":"user","content":"How do I \ud800 reset my password?"}]""" },
        { nameof(GateReason.TooLong), "messages", $$"""[{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("and another thing that matters", 40))}}"}]""" },
        { nameof(GateReason.TooLong), "messages", $$"""[{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("and another thing that matters", 600))}}"}]""" },
        { nameof(GateReason.Language), "messages", """[{"role":"user","content":"日本の首都はどこですか"}]""" },
        { nameof(GateReason.Code), "messages", """[{"role":"user","content":"{\"a\": 1}"}]""" },
    };

    [Theory]
    [MemberData(nameof(Bypasses))]
    public async Task What_is_no_plain_question_is_neither_looked_up_nor_added(string reason, string member, string value)
    {
        var kit = await KitAsync();
        // The parser of these tests would repair what is broken.
        var body = Body(Asked, body => body[member] = "MARK").Replace("\"MARK\"", value, StringComparison.Ordinal);
        if (member == "tool_choice") body = body[..^1] + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]}";
        var sent = await SendAsync(kit, body);
        Assert.True(sent.StatusCode == 200, sent.WrittenText);
        Assert.Equal("miss", sent.Cache());
        var tier = kit.Pipeline.Cache.Semantic;
        Assert.Equal(1, tier.Of(SemanticUse.Bypassed));
        Assert.Equal(1, Enum.TryParse<SemanticBypass>(reason, out var bypass) ? tier.Of(bypass) : tier.Counters.Bypassed(Enum.Parse<GateReason>(reason)));
        Assert.Equal(0, tier.Count);
        Assert.Equal("hit", (await SendAsync(kit, body)).Cache());
    }

    [Fact]
    public async Task What_the_guard_hides_is_never_answered_by_what_it_means()
    {
        var config = new EdgeConfig { Guard = new GuardConfig { Policy = new GuardPolicyConfig { Pii = new PiiConfig { Enabled = true } } } };
        var kit = await KitAsync(config: config);
        kit.AnswerTo = body => CacheKit.Answer(Dialect.OpenAi, "sent", streamed: false);
        Assert.Equal("miss", (await SendAsync(kit, Body("How do I write a mail to ann@example.com?"))).Cache());
        Assert.DoesNotContain("ann@example.com", kit.SentBody!);
        Assert.Equal("miss", (await SendAsync(kit, Body("Please, how can I write a mail to bob@example.com?"))).Cache());
        var tier = kit.Pipeline.Cache.Semantic;
        Assert.Equal((2, 0), (tier.Of(SemanticBypass.Hidden), tier.Count));
        // Without hidden values the guard changes nothing.
        await SendAsync(kit, Body(Asked));
        Assert.Equal("semantic", (await SendAsync(kit, Body(Again))).Cache());
    }

    /// <summary>The pair is about 0.98 alike; the gate refuses what reaches the threshold, so that a refusal tells that it was reached.</summary>
    [Theory]
    [InlineData(0.95, 0, SemanticUse.Refused)]
    [InlineData(0.95, 0.1, SemanticUse.Refused)]
    [InlineData(0.95, 0.999, SemanticUse.Miss)]
    [InlineData(0.999, 0.95, SemanticUse.Miss)]
    [InlineData(0.999, 0, SemanticUse.Miss)]
    public async Task A_request_can_raise_the_threshold_and_not_lower_it(double configured, double asked, object use)
    {
        foreach (var name in new[] { "similarityThreshold", "similarity_threshold" })
        {
            var kit = await KitAsync(_semantic with { SimilarityThreshold = configured });
            await SendAsync(kit, Body("Transfer 15 USD to my savings account"));
            var before = kit.Pipeline.Cache.Semantic.Of((SemanticUse)use);
            var body = Body("Transfer 50 USD to my savings account", body => body["cache"] = asked == 0 ? null : new JsonObject { [name] = asked });
            Assert.Equal("miss", (await SendAsync(kit, body)).Cache());
            Assert.Equal(before + 1, kit.Pipeline.Cache.Semantic.Of((SemanticUse)use));
        }
    }

    [Theory]
    [InlineData("key")]
    [InlineData("tag")]
    [InlineData("model")]
    [InlineData("tenant")]
    [InlineData("all")]
    [InlineData("reject")]
    [InlineData("time")]
    [InlineData("room")]
    public async Task What_is_dropped_cannot_be_reached(string how)
    {
        var time = new Clock();
        var kit = await KitAsync(_semantic with { MaxMemory = 64 << 10 }, time: time);
        await SendAsync(kit, Body(Asked), ("x-edge-cache-tag", "news"));
        // What was asked for is not what leaves for lack of room.
        var id = how == "room" ? "" : (await SendAsync(kit, Body(Again))).ResponseHeaders["x-edge-cache-id"].ToString();
        var cache = kit.Pipeline.Cache;
        Assert.Equal(1, cache.Semantic.Count);
        if (how == "time") time.Now += TimeSpan.FromHours(1);
        if (how == "room")
        {
            for (var i = 0; i < 200; i++) await SendAsync(kit, Body($"{{\"a\": {i}}}"));
        }
        CachePurge? purge = how switch { "key" => new(CachePurgeKind.Key, id), "tag" => new(CachePurgeKind.Tag, "news"), "model" => new(CachePurgeKind.Model, "m"), "tenant" => CachePurge.OfScope(kit.State.Current.Tenancy.Anonymous.Scope), "all" => new(CachePurgeKind.All), _ => null };
        if (purge is { } order) Assert.Equal((1, null), await cache.PurgeAsync(order));
        var sent = await kit.SendAsync(Path, Body(Again), how == "reject" ? [("x-edge-cache-reject", id)] : []);
        Assert.Equal("miss", sent.Cache());
        cache.Semantic.Drain();
        // What takes its place is found.
        Assert.Equal("semantic", (await SendAsync(kit, Body(Asked + " "))).Cache());
        if (how == "time") cache.Sweep((time.Now + TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds());
        cache.Semantic.Drain();
        Assert.Equal(1, cache.Semantic.Count);
    }

    [Fact]
    public async Task Cache_control_holds_for_similar_ones_too()
    {
        var time = new Clock();
        var kit = await KitAsync(time: time);
        await SendAsync(kit, Body(Asked));
        time.Now += TimeSpan.FromSeconds(5);
        Assert.Equal("semantic", (await SendAsync(kit, Body(Again), ("cache-control", "only-if-cached"))).Cache());
        Assert.Equal("bypass", (await SendAsync(kit, Body(Again), ("cache-control", "no-store"))).Cache());
        Assert.Equal("miss", (await SendAsync(kit, Body("How can I reset my password?"), ("cache-control", "max-age=3"))).Cache());
        Assert.Equal("miss", (await SendAsync(kit, Body("How could I reset my password?"), ("cache-control", "no-cache"))).Cache());
        Assert.Equal(504, (await SendAsync(kit, Body("What is the capital of France?"), ("cache-control", "only-if-cached"))).StatusCode);
    }

    [Fact]
    public async Task A_shadow_counts_and_asks_the_provider()
    {
        var kit = await KitAsync(_semantic with { SemanticShadow = true });
        await SendAsync(kit, Body(Asked));
        Assert.Equal("miss", (await SendAsync(kit, Body(Again))).Cache());
        Assert.Equal(1, kit.Pipeline.Cache.Semantic.Of(SemanticUse.Shadow));
        Assert.Equal(2, kit.SentBodies.Count);
    }

    [Fact]
    public async Task Without_the_model_the_cache_stays_exact()
    {
        var kit = CacheKit.Kit(caching: _semantic);
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "hello", streamed: false));
        await SendAsync(kit, Body(Asked));
        Assert.Equal("miss", (await SendAsync(kit, Body(Again))).Cache());
        Assert.Equal("hit", (await SendAsync(kit, Body(Asked))).Cache());
        Assert.Equal(2, kit.Pipeline.Cache.Semantic.Of(SemanticUse.Unavailable));
    }

    [Fact]
    public void It_is_loaded_only_where_a_configuration_asks_for_it()
    {
        var tier = CacheKit.Kit().Policy.Cache.Semantic;
        tier.Apply(CacheKit.Exact);
        Assert.Equal("off", tier.State);
        tier.Apply(_semantic);
        Assert.NotEqual("off", tier.State);
        tier.Dispose();
    }

    [Fact]
    public async Task What_is_missing_is_told_once()
    {
        using var lookup = new SemanticLookup(new SemanticOptions { Model = new EmbeddingModelConfig { Model = "absent.onnx" } }, TimeProvider.System);
        using var output = new MemoryStream();
        await using (var log = new Log(output, TimeProvider.System, LogSeverity.Trace))
        {
            using var tier = new SemanticTier(new MemoryCache(1 << 20), lookup, log);
            Assert.Equal(tier.StartAsync(), tier.StartAsync());
            await tier.StartAsync();
            Assert.Equal("unavailable", tier.State);
            Assert.Contains("absent.onnx is missing", tier.Problem);
        }
        var lines = System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("semantic_cache_unavailable", Assert.Single(lines));
    }

    [Fact]
    public async Task The_metrics_tell_what_came_of_look_ups()
    {
        var kit = await KitAsync();
        await SendAsync(kit, Body("Transfer 15 USD to my savings account"));
        await SendAsync(kit, Body("Transfer 50 USD to my savings account"));
        await SendAsync(kit, Body("Please transfer 15 USD to my savings account"));
        await SendAsync(kit, Body("{\"a\": 1}"));
        await SendAsync(kit, Body(Asked, body => body["tool_choice"] = "required"));
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var metrics = new CacheMetrics(Prometheus.Metrics.WithCustomRegistry(registry));
        metrics.Sample(kit.Policy.Cache);
        using var output = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(output, TestContext.Current.CancellationToken);
        var text = System.Text.Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("edge_cache_semantic_lookups_total{result=\"hit\"} 1", text);
        Assert.Contains("edge_cache_semantic_lookups_total{result=\"miss\"} 1", text);
        Assert.Contains("edge_cache_semantic_lookups_total{result=\"refused\"} 1", text);
        Assert.Contains("edge_cache_semantic_lookups_total{result=\"bypassed\"} 2", text);
        Assert.Contains("edge_cache_semantic_refusals_total{reason=\"numbers\"} 1", text);
        Assert.Contains("edge_cache_semantic_bypasses_total{reason=\"code\"} 1", text);
        Assert.Contains("edge_cache_semantic_bypasses_total{reason=\"tools\"} 1", text);
        Assert.Contains("edge_cache_semantic_entries 2", text);
        Assert.Contains("edge_cache_semantic_ready 1", text);
    }

    private static string Body(string text, Action<JsonObject>? change = null) => CacheKit.Body(Dialect.OpenAi, text, change: change);

    private static Task<NullTransport> SendAsync(PipelineKit kit, string body, params (string Name, string Value)[] headers) => SendAsync(kit, Path, body, headers);

    private static async Task<NullTransport> SendAsync(PipelineKit kit, string path, string body, params (string Name, string Value)[] headers)
    {
        var sent = await kit.SendAsync(path, body, headers);
        kit.Policy.Cache.Semantic.Drain();
        return sent;
    }

    private static async Task<PipelineKit> KitAsync(CachingConfig? caching = null, string provider = "OpenAi", EdgeConfig? config = null, TimeProvider? time = null)
    {
        var kit = CacheKit.Kit(provider, caching ?? _semantic, config, time);
        kit.Answer(() => CacheKit.Answer(Dialect.OpenAi, "Click here.", streamed: false));
        await kit.Policy.Cache.Semantic.StartAsync();
        Assert.Equal("ready", kit.Policy.Cache.Semantic.State);
        return kit;
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
